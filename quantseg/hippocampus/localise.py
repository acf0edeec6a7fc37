"""Both hippocampi and the intracranial space of a head, found coarsely in any contrast."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np
import SimpleITK as sitk

from quantseg.hippocampus.head_labels import MIRRORED, HeadLabel
from quantseg.measure.values import Interval, Measurement
from quantseg.volume import Grid, Volume, aligned_grid, resample
from quantseg.volume.binning import bin_towards

if TYPE_CHECKING:
    from quantseg.models.bundle import Bundle

# Provisional: set by eye on real heads and on synthetic heads of the training maps, never on the four test maps.
_LEAST_VOLUME_MM3 = 400.0
_LEAST_MEAN_PROBABILITY = 0.6
_LEAST_INTRACRANIAL_MM3 = 150_000.0
_MOST_AT_BORDER_MM3 = 2_000.0
# 95th percentile of the error on whole synthetic heads of the training maps
# (Testing/benchmarks/localiser_accuracy.py --split train --heads 60).
_INTRACRANIAL_RELATIVE_INTERVAL = (-0.26, 0.26)

# Beyond this distance from the intracranial mask the background's traces of probability are not summed.
_SOFT_RIM_MM = 4.0
_SUREST_SHARE = 0.5
_LEAST_TISSUE_MM3 = 5_000.0
_AIR_AROUND_VOXELS = 3
_AIR_PERCENTILE = 1.0
_MIRROR = np.diag([-1.0, 1.0, 1.0, 1.0])
# The median absolute deviation of a normal distribution times this is its standard deviation.
_SD_PER_MAD = 1.4826


class SupportsLocalisation(Protocol):
    """What localising needs of an ensemble."""

    bundle: Bundle

    def predict(self, image: np.ndarray) -> np.ndarray:
        """Return softmax probabilities (M, C, I, J, K) for intensities (I, J, K)."""
        ...


@dataclass(frozen=True)
class HippocampusLocation:
    """One hippocampus, coarsely.

    Attributes:
        centre_mm: RAS middle of its bounding box, shape (3,).
        centroid_mm: RAS mean position of its voxels, shape (3,).
        volume_mm3: of its coarse voxels; not to be reported.
        mean_probability: of its voxels being this hippocampus.
    """

    centre_mm: np.ndarray
    centroid_mm: np.ndarray
    volume_mm3: float
    mean_probability: float


@dataclass(frozen=True)
class TissueContrast:
    """Intensities where white and grey matter are surest.

    Attributes:
        white_median: of the intensities, in the scan's own scale.
        grey_median: likewise.
        standardised_difference: (white - grey) over the pooled robust SD of the two; positive in T1.
    """

    white_median: float
    grey_median: float
    standardised_difference: float

    @property
    def white_to_grey_ratio(self) -> float | None:
        """White over grey median; None where the scale has no natural zero."""
        return self.white_median / self.grey_median if min(self.white_median, self.grey_median) > 0 else None


@dataclass(frozen=True)
class Localisation:
    """What the localiser sees in a head.

    Attributes:
        left: hippocampus on the patient's left; None where none was found.
        right: on the patient's right.
        intracranial_volume_mm3: sum of probabilities times voxel volume.
        whole_head_in_view: the intracranial space ends before the picture does.
        tissue_contrast: None where too little brain is in view.
        labels: ``HeadLabel`` values at the localiser's spacing, along the axes of space, uint8.
    """

    left: HippocampusLocation | None
    right: HippocampusLocation | None
    intracranial_volume_mm3: float
    whole_head_in_view: bool
    tissue_contrast: TissueContrast | None
    labels: Volume

    def intracranial_measurement(self) -> Measurement:
        """Return the intracranial volume with its 95 % interval."""
        value = self.intracranial_volume_mm3
        low, high = (value * (1 + error) for error in _INTRACRANIAL_RELATIVE_INTERVAL)
        return Measurement(
            "intracranial_volume",
            "head",
            value,
            "mm3",
            "sum over coarse voxels of the localiser's probability of brain, ventricles and the fluid around them, "
            "down to the foramen magnum; the interval is that of its errors on synthetic heads",
            Interval(low, high),
        )


def localise(volume: Volume, ensemble: SupportsLocalisation) -> Localisation:
    """Find both hippocampi and the intracranial space.

    The image and its mirror image are both looked at, and the two answers averaged: a mirrored head gives exactly
    the mirrored answer.

    Args:
        volume: a scan in canonical order.
        ensemble: of the bundle ``head-localiser``.
    """
    spacing_mm = float(ensemble.bundle.inference["spacing_mm"][0])
    grid = aligned_grid(volume.grid, spacing_mm)
    there, back = (_centred_resample(view, grid) for view in (volume, _mirrored(volume)))
    image = 0.5 * (there + back[::-1])
    there, back = (_centred_in_view(view, grid) for view in (volume, _mirrored(volume)))
    in_view = there | back[::-1]
    probabilities = _predict_symmetrically(image, ensemble)
    probabilities[1:, ~in_view] = 0.0
    probabilities[0, ~in_view] = 1.0
    intracranial = 1 - probabilities[HeadLabel.BACKGROUND]
    skull = _largest_component(intracranial > 0.5)
    labels = np.where(skull, probabilities.argmax(axis=0), HeadLabel.BACKGROUND).astype(np.uint8)
    rim = _grown(skull, round(_SOFT_RIM_MM / spacing_mm))
    intracranial_mm3 = float(np.round(intracranial[rim].sum(dtype=np.float64), 3)) * grid.voxel_volume_mm3
    left, right = (
        _find(labels, probabilities, side, grid) if intracranial_mm3 >= _LEAST_INTRACRANIAL_MM3 else None
        for side in (HeadLabel.LEFT_HIPPOCAMPUS, HeadLabel.RIGHT_HIPPOCAMPUS)
    )
    at_border_mm3 = float((skull & ~_shrunk(in_view)).sum()) * grid.voxel_volume_mm3
    return Localisation(
        left,
        right,
        intracranial_mm3,
        bool(skull.any()) and at_border_mm3 <= _MOST_AT_BORDER_MM3,
        _tissue_contrast(image, labels, probabilities, grid.voxel_volume_mm3),
        Volume(labels, grid.affine),
    )


def _mirrored(volume: Volume) -> Volume:
    """Mirror a volume about the middle of its grid."""
    affine = _MIRROR @ volume.affine @ _MIRROR
    return Volume(np.ascontiguousarray(volume.array[::-1]), affine)


def _centred_resample(volume: Volume, grid: Grid) -> np.ndarray:
    """Return a volume's intensities on an aligned grid with the same centre.

    Positions count from that centre, so that rounding does not depend on where the head lies.
    """
    # Not the minimum: after somebody's cubic resampling that is a ring's undershoot, far below air.
    fill = float(np.percentile(volume.array, _AIR_PERCENTILE))
    return resample(bin_towards(_centred(volume), grid.spacing_mm[0]), _centred_grid(grid), fill=fill).array


def _centred_in_view(volume: Volume, grid: Grid) -> np.ndarray:
    """Tell which voxels of an aligned grid with the same centre lie inside the volume."""
    ones = _centred(volume.with_array(np.ones(volume.array.shape, np.uint8)))
    return resample(ones, _centred_grid(grid), "nearest").array > 0


def _centred(volume: Volume) -> Volume:
    return Volume(volume.array, _centred_grid(volume.grid).affine)


def _centred_grid(grid: Grid) -> Grid:
    """Return the grid moved so that its middle is the origin."""
    affine = grid.affine.copy()
    affine[:3, 3] = -affine[:3, :3] @ ((np.array(grid.shape) - 1) / 2)
    return Grid(grid.shape, affine)


def _predict_symmetrically(image: np.ndarray, ensemble: SupportsLocalisation) -> np.ndarray:
    """Return probabilities, shape (C, I, J, K), averaged over the members and over the image and its mirror image."""
    box = _box_of_object(image)
    part = np.ascontiguousarray(image[box])
    there = ensemble.predict(part).mean(axis=0)
    mirrored = ensemble.predict(np.ascontiguousarray(part[::-1])).mean(axis=0)
    probabilities = np.zeros((len(HeadLabel), *image.shape), np.float32)
    probabilities[HeadLabel.BACKGROUND] = 1.0
    probabilities[(slice(None), *box)] = 0.5 * (there + mirrored[list(MIRRORED), ::-1])
    return probabilities


def _box_of_object(image: np.ndarray) -> tuple[slice, slice, slice]:
    """Return the box around what is brighter than air, with a little air about it.

    The network normalises by all it is shown: much air, as around an obliquely stored head, would change the greys.
    """
    bright = sitk.GetArrayFromImage(sitk.OtsuThreshold(sitk.GetImageFromArray(image), 0, 1)) > 0
    voxels = np.argwhere(_largest_component(bright))
    if not len(voxels):
        return slice(None), slice(None), slice(None)
    first = np.maximum(voxels.min(axis=0) - _AIR_AROUND_VOXELS, 0)
    last = np.minimum(voxels.max(axis=0) + _AIR_AROUND_VOXELS, np.array(image.shape) - 1)
    i, j, k = (slice(int(a), int(b) + 1) for a, b in zip(first, last, strict=True))
    return i, j, k


def _find(labels: np.ndarray, probabilities: np.ndarray, side: HeadLabel, grid: Grid) -> HippocampusLocation | None:
    """Return the most probable connected structure of one label, if it is large and sure enough."""
    numbered = _components(labels == side)
    weights = np.bincount(numbered.ravel(), weights=probabilities[side].ravel())
    weights[0] = 0.0
    if not weights.any():
        return None
    structure = numbered == weights.argmax()
    voxels = np.argwhere(structure)
    volume_mm3 = len(voxels) * grid.voxel_volume_mm3
    mean_probability = float(np.round(probabilities[side][structure].mean(dtype=np.float64), 4))
    if volume_mm3 < _LEAST_VOLUME_MM3 or mean_probability < _LEAST_MEAN_PROBABILITY:
        return None
    return HippocampusLocation(
        grid.to_world(_box_centre(np.where(_grown(structure, 1), probabilities[side], 0.0))),
        grid.to_world(voxels.mean(axis=0)),
        volume_mm3,
        mean_probability,
    )


def _box_centre(probability: np.ndarray) -> np.ndarray:
    """Return the middle of the box where a probability exceeds one half, between voxels by interpolation, shape (3,).

    On voxels of a few millimetres a box of whole voxels would jump; where the largest probability of each plane
    crosses one half tells the face more finely.
    """
    centre = []
    for axis in range(3):
        profile = np.pad(probability.max(axis=tuple(a for a in range(3) if a != axis)), 1)
        half = min(0.5, float(profile.max()))
        inside = np.flatnonzero(profile >= half)
        first, last = int(inside[0]), int(inside[-1])
        start = first - (profile[first] - half) / (profile[first] - profile[first - 1])
        end = last + (profile[last] - half) / (profile[last] - profile[last + 1])
        centre.append((start + end) / 2 - 1)
    return np.array(centre)


def _tissue_contrast(
    image: np.ndarray, labels: np.ndarray, probabilities: np.ndarray, voxel_mm3: float
) -> TissueContrast | None:
    white, grey = (
        image[_surest(labels == label, probabilities[label])]
        for label in (HeadLabel.WHITE_MATTER, HeadLabel.GREY_MATTER)
    )
    if min(len(white), len(grey)) * voxel_mm3 < _LEAST_TISSUE_MM3:
        return None
    medians = float(np.median(white)), float(np.median(grey))
    spreads = [_SD_PER_MAD * float(np.median(np.abs(t - m))) for t, m in zip((white, grey), medians, strict=True)]
    spread = float(np.sqrt(np.mean(np.square(spreads)))) or 1.0
    return TissueContrast(*medians, (medians[0] - medians[1]) / spread)


def _surest(mask: np.ndarray, probability: np.ndarray) -> np.ndarray:
    """Keep the more probable part of a mask: its core, away from partial volume."""
    if not mask.any():
        return mask
    return mask & (probability >= np.quantile(probability[mask], 1 - _SUREST_SHARE))


def _components(mask: np.ndarray) -> np.ndarray:
    """Number the connected structures of a mask; voxels that share a corner are connected."""
    return sitk.GetArrayFromImage(sitk.ConnectedComponent(sitk.GetImageFromArray(mask.astype(np.uint8)), True))


def _largest_component(mask: np.ndarray) -> np.ndarray:
    numbered = _components(mask)
    sizes = np.bincount(numbered.ravel())
    sizes[0] = 0
    return (numbered == sizes.argmax()) & mask


def _grown(mask: np.ndarray, voxels: int) -> np.ndarray:
    image = sitk.GetImageFromArray(mask.astype(np.uint8))
    return sitk.GetArrayFromImage(sitk.BinaryDilate(image, [voxels] * 3, sitk.sitkBall)) > 0


def _shrunk(mask: np.ndarray) -> np.ndarray:
    """Take one voxel off a mask, also where it ends with the array."""
    padded = sitk.GetImageFromArray(np.pad(mask.astype(np.uint8), 1))
    return sitk.GetArrayFromImage(sitk.BinaryErode(padded, [1] * 3, sitk.sitkBox))[1:-1, 1:-1, 1:-1] > 0
