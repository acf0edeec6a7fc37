"""One left hippocampus: cut out, predicted by every member, and brought back to the grid it came from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np

from quantseg.inference.uncertainty import mean_probabilities, promised_dice, voxel_entropy
from quantseg.measure.doubt import DoubtfulSlice, disagreement, doubtful_slices, segment_disagreement
from quantseg.tasks.hippocampus.sides import MIRROR_X
from quantseg.tasks.hippocampus.volume_correction import Thresholds, VolumeCorrection, labelled, thresholds_for
from quantseg.volume import Grid, Volume, aligned_grid, resample
from quantseg.volume.masks import grown, largest_component

PATCH_SPACING_MM = 1.0
PARTS = ANTERIOR, POSTERIOR = 1, 2

# What the network was trained on: the median extent of its training crops, and where in such a crop the bounding box
# of a left hippocampus lies (Task04: 1 mm to the left of, and half a millimetre behind and below, the middle).
_HEAD_PATCH_VOXELS = (36, 50, 36)
_MIDDLE_FROM_BOX_CENTRE_MM = np.array([1.0, 0.5, 0.5])
_FRONT_BACK_AXIS = 1
# Probabilities count this near to what was labelled: traces of them elsewhere are no hippocampus.
_RIM_VOXELS = 3


class SupportsPrediction(Protocol):
    """What segmenting needs of an ensemble."""

    def predict(self, image: np.ndarray) -> np.ndarray:
        """Return softmax probabilities (M, C, I, J, K) for intensities (I, J, K)."""
        ...


@dataclass(frozen=True)
class SideSegmentation:
    """One hippocampus on the scan's canonical grid, with what its doubt is judged by.

    Attributes:
        labels: 0 background, 1 anterior, 2 posterior; uint8, shape of the canonical volume.
        entropy: normalised entropy of the mean probability, float32, same shape, 0 outside the patch.
        patch: intensities that the network saw, 1 mm or scaled with the head, in the frame of a left hippocampus.
        patch_in_view: which voxels of the patch lie inside the scan.
        patch_labels: label map on the patch, before it was carried to the scan's grid.
        patch_entropy: entropy on the patch.
        member_labels: label map of every member on the patch, shape (M, I, J, K), uint8.
        promised_dice: Dice of the whole that each member's own probabilities promise, shape (M,).
        scan_voxel_mm3: volume of a voxel of the scan.
    """

    labels: np.ndarray
    entropy: np.ndarray
    patch: Volume
    patch_in_view: np.ndarray
    patch_labels: np.ndarray
    patch_entropy: np.ndarray
    member_labels: np.ndarray
    promised_dice: np.ndarray
    scan_voxel_mm3: float

    def with_scan_arrays(self, labels: np.ndarray, entropy: np.ndarray) -> SideSegmentation:
        """Return the same with labels and entropy brought to another order of the scan's axes."""
        return replace(self, labels=labels, entropy=entropy)

    def doubtful_slices(self, region: str, mirrored: bool, parts: Mapping[int, str]) -> list[DoubtfulSlice]:
        """Return the coronal slices of the patch in which the members disagree.

        Args:
            region: what to call this hippocampus.
            mirrored: whether the patch shows a right hippocampus as a left one.
            parts: key of the segment of each label value.
        """
        affine = MIRROR_X @ self.patch.affine if mirrored else self.patch.affine
        grid = Grid(self.patch.grid.shape, affine)
        by_part = {key: segment_disagreement(self.member_labels, value) for value, key in parts.items()}
        return doubtful_slices(region, disagreement(self.member_labels), grid, _FRONT_BACK_AXIS, by_part)

    def volumes_mm3(self) -> dict[str, float]:
        """Return the volumes of ``anterior``, ``posterior`` and ``whole`` on the scan's grid."""
        anterior, posterior = (float((self.labels == part).sum()) for part in PARTS)
        voxels = {"anterior": anterior, "posterior": posterior, "whole": anterior + posterior}
        return {part: count * self.scan_voxel_mm3 for part, count in voxels.items()}


def crop_patch_grid(scan_grid: Grid) -> Grid:
    """Return the 1 mm grid of a crop: its own where it has that spacing already."""
    return aligned_grid(scan_grid, PATCH_SPACING_MM)


def head_patch_grid(scan_grid: Grid, box_centre_mm: np.ndarray, scale: float = 1.0) -> Grid:
    """Return the grid around the left hippocampus of a head, with the extent and centring of a training crop.

    Args:
        scan_grid: canonical grid of the head.
        box_centre_mm: RAS centre of the hippocampus's bounding box.
        scale: size of the hippocampus relative to a usual one; voxels, extent and centring grow with it from 1 mm on.
    """
    whole = aligned_grid(scan_grid, PATCH_SPACING_MM * scale)
    middle = whole.to_voxel(np.asarray(box_centre_mm) + scale * _MIDDLE_FROM_BOX_CENTRE_MM)
    start = np.round(middle - (np.array(_HEAD_PATCH_VOXELS) - 1) / 2, 3)
    i, j, k = (int(np.floor(s + 0.5)) for s in start)
    return whole.window((i, j, k), _HEAD_PATCH_VOXELS)


def segment_left(
    volume: Volume, patch_grid: Grid, ensemble: SupportsPrediction, correction: VolumeCorrection | None = None
) -> SideSegmentation:
    """Segment the left hippocampus inside a patch of a canonical volume.

    Args:
        volume: the scan in canonical order; mirrored if the hippocampus is a right one.
        patch_grid: where to look, 1 mm or scaled with the head, in the same space.
        ensemble: predicts the patch.
        correction: tells how large the labels shall be; None takes the likeliest class of each voxel.

    Returns:
        labels on the volume's grid and the material for checks.
    """
    return on_scan(volume, look_at(volume, patch_grid, ensemble), correction)


@dataclass(frozen=True)
class Seen:
    """What an ensemble makes of a patch.

    Attributes:
        patch: intensities, 1 mm or scaled with the head.
        in_view: which voxels of the patch lie inside the scan.
        probabilities: of every member, shape (M, C, I, J, K).
        mean: of the probabilities.
        labels: the largest structure, uint8.
    """

    patch: Volume
    in_view: np.ndarray
    probabilities: np.ndarray
    mean: np.ndarray
    labels: np.ndarray


def look_at(volume: Volume, patch_grid: Grid, ensemble: SupportsPrediction) -> Seen:
    """Predict a patch and leave the result there; arguments as for :func:`segment_left`."""
    air = float(volume.array.min())
    # Cubic, because linear interpolation blurs, and a blurred hippocampus is segmented differently.
    patch = resample(volume, patch_grid, "cubic", fill=air)
    inside = _in_view(volume.grid, patch_grid)
    probabilities = ensemble.predict(patch.array.astype(np.float32))
    mean = mean_probabilities(probabilities)
    labels = largest_structure(np.where(inside, mean.argmax(axis=0), 0).astype(np.uint8))
    return Seen(patch, inside, probabilities, mean, labels)


def on_scan(volume: Volume, seen: Seen, correction: VolumeCorrection | None = None) -> SideSegmentation:
    """Bring what was seen in a patch onto the grid of the volume that it was cut from.

    Args:
        volume: the scan in canonical order.
        seen: the patch.
        correction: as for :func:`segment_left`.
    """
    member_labels = seen.probabilities.argmax(axis=1).astype(np.uint8)
    member_labels[:, ~seen.in_view] = 0
    promised = _promised(seen, member_labels)
    thresholds = _thresholds(seen, float(promised.mean()), correction)
    labels = seen.labels
    if thresholds is not None:
        labels = largest_structure(np.where(seen.in_view, labelled(seen.mean, thresholds), 0).astype(np.uint8))
    entropy = voxel_entropy(seen.mean)
    on_grid, entropy_on_scan = _restore(seen.mean, labels, entropy, thresholds, seen.patch.grid, volume.grid)
    return SideSegmentation(
        on_grid,
        entropy_on_scan,
        seen.patch,
        seen.in_view,
        labels,
        entropy,
        member_labels,
        promised,
        volume.voxel_volume_mm3,
    )


def _promised(seen: Seen, member_labels: np.ndarray) -> np.ndarray:
    """Return the Dice that each member's probabilities promise, near what all of them labelled, shape (M,)."""
    near = grown(seen.labels > 0, _RIM_VOXELS)
    return np.array(
        [
            promised_dice(1 - one[0][near], labels[near] > 0)
            for one, labels in zip(seen.probabilities, member_labels, strict=True)
        ]
    )


def _thresholds(seen: Seen, promised: float, correction: VolumeCorrection | None) -> Thresholds | None:
    anterior, posterior = (float((seen.labels == part).sum()) for part in PARTS)
    if correction is None or not anterior + posterior:
        return None
    return thresholds_for(seen.mean, seen.in_view, *correction.estimate(anterior, posterior, promised))


def largest_structure(labels: np.ndarray) -> np.ndarray:
    """Keep the largest connected structure of a label map, all labels counted as one."""
    return np.where(largest_component(labels > 0), labels, 0).astype(labels.dtype)


def _in_view(scan_grid: Grid, patch_grid: Grid) -> np.ndarray:
    """Tell which voxels of a patch have their centre inside the scan, counting the scan's voxels at full width."""
    axes = [np.arange(n) for n in patch_grid.shape]
    positions_mm = patch_grid.to_world(np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1))
    voxels = scan_grid.to_voxel(positions_mm)
    inside = (voxels > -0.5 - 1e-6) & (voxels < np.array(scan_grid.shape) - 0.5 + 1e-6)
    return np.asarray(np.all(inside, axis=-1))


def _restore(
    mean: np.ndarray,
    patch_labels: np.ndarray,
    entropy: np.ndarray,
    thresholds: Thresholds | None,
    patch_grid: Grid,
    scan_grid: Grid,
) -> tuple[np.ndarray, np.ndarray]:
    """Carry label map and entropy to the scan's grid: copied where the grids coincide, interpolated elsewhere."""
    labels = np.zeros(scan_grid.shape, np.uint8)
    entropy_on_scan = np.zeros(scan_grid.shape, np.float32)
    window, box = _window_over(scan_grid, patch_grid)
    if window is None:
        return labels, entropy_on_scan
    if patch_grid.same_as(window):
        labels[box], entropy_on_scan[box] = patch_labels, entropy
        return labels, entropy_on_scan
    # Probabilities, not labels, are interpolated: the boundary then falls where the network put it, not on a step.
    carried = [
        resample(Volume(channel, patch_grid.affine), window, fill=float(index == 0)).array
        for index, channel in enumerate(mean.astype(np.float32))
    ]
    labels[box] = largest_structure(labelled(np.stack(carried), thresholds))
    entropy_on_scan[box] = resample(Volume(entropy.astype(np.float32), patch_grid.affine), window).array
    return labels, entropy_on_scan


def _window_over(scan_grid: Grid, patch_grid: Grid) -> tuple[Grid | None, tuple[slice, ...]]:
    """Return the part of the scan's grid that a patch covers, as a grid and as slices; None if they are apart."""
    corners = np.array(list(np.ndindex(2, 2, 2))) * np.array(patch_grid.shape) - 0.5
    voxels = scan_grid.to_voxel(patch_grid.to_world(corners))
    first = np.maximum(np.ceil(voxels.min(axis=0) - 1e-3), 0).astype(int)
    last = np.minimum(np.floor(voxels.max(axis=0) + 1e-3), np.array(scan_grid.shape) - 1).astype(int)
    if np.any(last < first):
        return None, ()
    i, j, k = (int(n) for n in first)
    ni, nj, nk = (int(n) for n in last - first + 1)
    box = tuple(slice(a, b + 1) for a, b in zip(first, last, strict=True))
    return scan_grid.window((i, j, k), (ni, nj, nk)), box
