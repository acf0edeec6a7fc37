"""From the images of a DICOM series to one stack: their order along the normal, the affine, and what is no stack."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np

from quantseg.errors import InputRefused
from quantseg.reading.dicom_frames import DIRECTION_TOLERANCE, IN_PLANE_TOLERANCE, Frame

_DISTANCE_TOLERANCE = 0.05
"""Relative difference of the distances between slices; positions are often rounded to 0.01 mm."""
_SAME_POSITION = 0.1
"""Share of the distance between slices within which two images show one slice: a repeated one is planned anew."""
_SAME_POSITION_MM = 1e-3
_TILT_TOLERANCE_DEGREES = 0.5
_OFFSET_TOLERANCE_MM = 0.1
"""How far a slice may lie beside the line through all slices."""

_RAS_FROM_LPS = np.diag([-1.0, -1.0, 1.0, 1.0])


def stack(frames: Sequence[Frame]) -> tuple[list[Frame], np.ndarray]:
    """Return the images in order along their common normal, and the affine of the stack.

    The order of files and InstanceNumber play no part. The affine's columns follow DICOM PS3.3, C.7.6.2.1.1.

    Returns:
        the frames from the lowest to the highest along the normal; and the 4x4 affine from (column, row, slice) to
        RAS in mm.

    Raises:
        InputRefused: the images do not form one regular, complete, rectangular stack.
    """
    refuse_unlike(frames)
    if len(frames) < 2:
        raise InputRefused("the series has one slice, expected a volume; give the folder with the whole series")
    # Directions may differ by rounding: those of the same image are taken whatever the order of files.
    normal = min(frames, key=lambda frame: tuple(frame.position_mm)).normal
    ordered = sorted(frames, key=lambda frame: (float(frame.position_mm @ normal), str(frame.path), frame.index))
    positions_mm = np.array([frame.position_mm for frame in ordered])
    _refuse_irregular(positions_mm @ normal)
    step_mm = (positions_mm[-1] - positions_mm[0]) / (len(ordered) - 1)
    _refuse_tilted(positions_mm, step_mm, normal)
    first = ordered[0]
    lps = np.eye(4)
    lps[:3, 0] = first.row_direction * first.spacing_mm[1]
    lps[:3, 1] = first.column_direction * first.spacing_mm[0]
    lps[:3, 2] = step_mm
    lps[:3, 3] = first.position_mm
    return ordered, _RAS_FROM_LPS @ lps


def refuse_unlike(frames: Sequence[Frame]) -> None:
    """Refuse a series whose images differ in size, spacing or orientation.

    Raises:
        InputRefused: they do.
    """
    first = frames[0]
    sizes = sorted({frame.size for frame in frames})
    if len(sizes) > 1:
        found = ", ".join(f"{rows}×{columns}" for rows, columns in sizes[:4])
        raise InputRefused(f"the series mixes images of {len(sizes)} sizes ({found}), expected one; export it again")
    if not np.allclose([frame.spacing_mm for frame in frames], first.spacing_mm, rtol=IN_PLANE_TOLERANCE, atol=0):
        raise InputRefused("the series mixes images of several pixel spacings, expected one; export it again")
    directions = np.array([[frame.row_direction, frame.column_direction] for frame in frames])
    if np.max(np.abs(directions - directions[0])) > DIRECTION_TOLERANCE:
        raise InputRefused(
            "the images of the series have different orientations (a localizer or a rotating view), expected parallel "
            "slices; choose another series"
        )


def _refuse_irregular(along_mm: np.ndarray) -> None:
    """Refuse repeated positions and gaps; ``along_mm`` holds the sorted positions along the normal, shape (n,)."""
    distances_mm = np.diff(along_mm)
    apart_mm = distances_mm[distances_mm > _SAME_POSITION_MM]
    # Where every slice is there twice, half of the distances are small; where slices are missing, few are large.
    same_mm = _SAME_POSITION * float(np.quantile(apart_mm, 0.75)) if apart_mm.size else np.inf
    repeats = Counter(np.cumsum(np.concatenate([[True], distances_mm > same_mm])).tolist())
    if len(repeats) < len(along_mm):
        _refuse_repeated(repeats)
    typical_mm = float(np.median(distances_mm))
    ratios = distances_mm / typical_mm
    if np.all(np.abs(ratios - 1) <= _DISTANCE_TOLERANCE):
        return
    steps = np.rint(ratios)
    missing = int(np.sum(steps - 1))
    # More than there are means that one lies far away.
    in_step = np.all(steps >= 1) and np.all(np.abs(ratios - steps) <= _DISTANCE_TOLERANCE * steps)
    if in_step and missing <= len(along_mm):
        noun = "slice is" if missing == 1 else "slices are"
        raise InputRefused(
            f"{missing} {noun} missing from the series ({len(along_mm)} found, {typical_mm:.4g} mm apart); export the "
            "whole series again"
        )
    raise InputRefused(
        f"the distances between slices are uneven ({distances_mm.min():.4g} to {distances_mm.max():.4g} mm), expected "
        "one distance; choose another series or resample it"
    )


def _refuse_repeated(repeats: Counter[int]) -> None:
    counts = set(repeats.values())
    if len(counts) == 1:
        raise InputRefused(
            f"the series holds {counts.pop()} images at each of {len(repeats)} positions (times, echoes or kinds of "
            "image), expected one; export one volume of it"
        )
    repeated = sum(count > 1 for count in repeats.values())
    raise InputRefused(
        f"the series holds more than one image at {repeated} of {len(repeats)} positions, expected one at each; export "
        "it again"
    )


def _refuse_tilted(positions_mm: np.ndarray, step_mm: np.ndarray, normal: np.ndarray) -> None:
    """Refuse slices that do not lie straight above each other: each as far beside the last, or here and there.

    A tilted gantry moves every slice by the same distance; whatever else moves them leaves them beside that line.
    """
    tilt_degrees = _tilt_degrees(step_mm, normal)
    numbers = np.arange(len(positions_mm))
    offset_mm = _beside_mm(positions_mm - positions_mm[0] - numbers[:, None] * step_mm, normal)
    if tilt_degrees <= _TILT_TOLERANCE_DEGREES and offset_mm <= _OFFSET_TOLERANCE_MM:
        return
    slope_mm, start_mm = np.polynomial.polynomial.polyfit(numbers, positions_mm, 1)[::-1]
    from_line_mm = _beside_mm(positions_mm - start_mm - numbers[:, None] * slope_mm, normal)
    slope_degrees = _tilt_degrees(slope_mm, normal)
    if from_line_mm <= _OFFSET_TOLERANCE_MM and slope_degrees > _TILT_TOLERANCE_DEGREES:
        raise InputRefused(
            f"the stack is sheared by {slope_degrees:.1f}° (gantry tilt), expected slices stacked along their normal; "
            "resample it to a rectangular grid"
        )
    raise InputRefused(
        f"slices lie up to {max(offset_mm, from_line_mm):.2g} mm beside each other, by irregular distances, expected "
        "them stacked straight; choose another series"
    )


def _tilt_degrees(step_mm: np.ndarray, normal: np.ndarray) -> float:
    cosine = float(step_mm @ normal / np.linalg.norm(step_mm))
    return float(np.degrees(np.arccos(np.clip(cosine, -1, 1))))


def _beside_mm(offsets_mm: np.ndarray, normal: np.ndarray) -> float:
    """Return the longest part within the slices of offsets, shape (n, 3)."""
    within_mm = offsets_mm - np.outer(offsets_mm @ normal, normal)
    return float(np.linalg.norm(within_mm, axis=1).max())
