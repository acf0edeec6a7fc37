"""Signs by which T1-weighted MRI is told from FDG: a bright scalp over a dark skull, and white matter as the top.

Limits were set by what was looked at once, all at 2 mm (``Testing/benchmarks/low_dose_kinds.py``). Rows with a scalp
are 70 to 88 % in three whole heads of T1, at most 7 % in T1 without a skull, and at most 14 % in 42 images of FDG (40
of them painted, half with noise). The top is 1.26 to 1.38 in 21 of 22 T1 images without a skull (the other 1.70), and
1.47 and more in FDG (1.54 in the mean of 116 adults).
"""

from __future__ import annotations

import numpy as np
import SimpleITK as sitk

from quantseg.brain.tissue_mixture import smoothed
from quantseg.tasks.low_dose_pet.estimating import Estimate
from quantseg.volume.masks import distance_mm

_MOST_ROWS_WITH_SCALP = 0.35
# Along a row from the air: the first that is bright, as far as its top and the gap behind it may reach, and the brain.
_BRIGHT, _TOP_VOXELS, _GAP_VOXELS, _REACH_VOXELS = 0.45, 5, 7, 15
_DARKER, _BRIGHTER_AGAIN, _AS_BRAIN = 0.65, 1.25, 0.6
_ALONG_SD, _ACROSS_SD = 0.6, 2.0
_TOPMOST_VOXELS = 6

_LEAST_TOP = 1.42
_WITHIN_VOXELS = 5.0
_FAR_VOXELS = 1000.0


def why_mri(made: Estimate) -> str:
    """Say by what an image looks like T1-weighted MRI rather than FDG; empty where nothing tells so."""
    rows = share_of_rows_with_scalp(made.low.array, made.level.region, made.level.mean)
    if rows > _MOST_ROWS_WITH_SCALP:
        return (
            f"in {100 * rows:.0f} % of rows from the side a bright rim lies over a dark gap, as scalp over skull do "
            f"(expected at most {100 * _MOST_ROWS_WITH_SCALP:.0f} %)"
        )
    top = height_of_top(made.estimate, made.level.region)
    if top < _LEAST_TOP:
        return (
            f"the brightest hundredth of its inside is {top:.2f} times as bright as the middle, as where white matter "
            f"is brighter than grey (expected {_LEAST_TOP} or more, for grey matter takes up more)"
        )
    return ""


def share_of_rows_with_scalp(image: np.ndarray, region: np.ndarray, mean: float) -> float:
    """Return the share of rows, from left and right, that meet a bright rim, a dark gap and something bright again.

    Args:
        image: voxels of 2 mm, canonical order, float32.
        region: what is brightest in it.
        mean: of the image in the region.
    """
    smooth = smoothed(np.maximum(image, 0), (_ALONG_SD, _ACROSS_SD, _ACROSS_SD)) / mean
    slices, depths = (np.flatnonzero(region.any(axis=axes)) for axes in ((0, 1), (0, 2)))
    quarter = (depths[-1] - depths[0]) // 4
    # Above the middle, where there is neither a face nor a neck, and where the head's sides are steep.
    part = smooth[
        :,
        depths[0] + quarter : depths[-1] - quarter,
        (slices[0] + slices[-1]) // 2 : slices[-1] - _TOPMOST_VOXELS,
    ]
    lines = part.reshape(len(part), -1).T
    found = [_has_scalp(line) for line in (*lines, *lines[:, ::-1])]
    known = [one for one in found if one is not None]
    return float(np.mean(known)) if known else 0.0


def _has_scalp(line: np.ndarray) -> bool | None:
    """Tell whether a row begins with a scalp; None where it meets nothing."""
    bright = np.flatnonzero(line > _BRIGHT)
    near = line[bright[0] : bright[0] + _REACH_VOXELS] if bright.size else line[:0]
    if len(near) < _REACH_VOXELS:
        return None
    top = int(np.argmax(near[:_TOP_VOXELS]))
    gap = top + int(np.argmin(near[top : top + _GAP_VOXELS]))
    behind = float(near[gap:].max())
    return bool(near[gap] < _DARKER * near[top] and behind > max(_BRIGHTER_AGAIN * near[gap], _AS_BRAIN))


def height_of_top(image: np.ndarray, region: np.ndarray) -> float:
    """Return by how much the brightest hundredth within a region exceeds the median there; 10 mm from its edge."""
    slices = (sitk.GetImageFromArray(region[:, :, k].astype(np.uint8)) for k in range(region.shape[2]))
    filled = np.stack([sitk.GetArrayFromImage(sitk.BinaryFillhole(one)) for one in slices], axis=-1)
    outside = np.pad(filled, ((1, 1), (1, 1), (0, 0))) == 0
    # Slices far apart: how deep a voxel lies is asked of its own slice.
    inside = distance_mm(outside, (1.0, 1.0, _FAR_VOXELS))[1:-1, 1:-1] > _WITHIN_VOXELS
    if not inside.any():
        return float("inf")
    middle, top = np.percentile(smoothed(image, 1.5)[inside], (50, 99))
    return float(top / max(middle, 1e-12))
