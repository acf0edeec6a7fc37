"""Numbers that tell a plausible hippocampus from an implausible one; what is plausible is decided in ``checks``."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from quantseg.inference.uncertainty import pairwise_dice
from quantseg.measure.noise import noise_sd
from quantseg.tasks.hippocampus.edge import with_content
from quantseg.tasks.hippocampus.segmenting import ANTERIOR, PARTS, SideSegmentation
from quantseg.volume.masks import grown, shrunk

_ROBUST_PERCENTILES = (2.0, 98.0)
_SHELL_VOXELS = 2


@dataclass(frozen=True)
class HippocampusFeatures:
    """What the checks look at, for one hippocampus, measured at 1 mm.

    Attributes:
        volume_mm3: anterior and posterior together.
        anterior_share: of the volume.
        member_dice: mean Dice of the whole hippocampus over all pairs of members.
        lowest_member_dice: the lowest of a member against the ensemble.
        entropy_per_volume: summed voxel entropy divided by the volume.
        promised_dice: Dice of the whole that a member's own probabilities promise, mean over the members.
        border_share: share of the hippocampus within one voxel of the edge of the scan, or of what it shows.
        anterior_in_front_mm: how far the anterior part's centroid lies in front of the posterior's; 0 where either part
            is missing.
        anterior_below_mm: how far it lies below; 0 likewise.
        length_mm: extent along the longest principal axis.
        brightness: where the hippocampus' mean intensity lies between the patch's darkest (0) and brightest (1).
        surround_brightness: the same for a 2 mm shell around it.
        sharpness: mean gradient at the hippocampus' surface, in patch intensity ranges a millimetre.
        noise: SD of the patch's high-frequency residual, in patch intensity ranges.
    """

    volume_mm3: float
    anterior_share: float
    member_dice: float
    lowest_member_dice: float
    entropy_per_volume: float
    promised_dice: float
    border_share: float
    anterior_in_front_mm: float
    anterior_below_mm: float
    length_mm: float
    brightness: float
    surround_brightness: float
    sharpness: float
    noise: float


def hippocampus_features(segmentation: SideSegmentation, witness: int | None = None) -> HippocampusFeatures:
    """Measure one segmentation; one without any voxel has volume 0 and the worst value of what depends on it.

    Args:
        segmentation: of one hippocampus.
        witness: where only this member had not seen the case: its agreement with each other member is taken for the
            members' agreement, since the others agree with each other on what they learned by heart; and what its
            own probabilities promise for what all of theirs do.
    """
    labels, members = segmentation.patch_labels, segmentation.member_labels
    in_view = with_content(segmentation.patch.array, segmentation.patch_in_view)
    whole = labels > 0
    volume_mm3 = float(whole.sum()) * segmentation.patch.voxel_volume_mm3
    image = segmentation.patch.array.astype(np.float32)
    # What shows a slab of a plane or two alone has nothing within its edge.
    shown = in_view if in_view.any() else segmentation.patch_in_view
    low, high = np.percentile(image[shown], _ROBUST_PERCENTILES)
    scaled = np.clip((image - low) / max(float(high - low), 1e-6), -0.5, 1.5)
    ball = _shell(whole, _SHELL_VOXELS)
    front_mm, below_mm = _anterior_offset_mm(segmentation)
    kept = max(float(whole.sum()), 1.0)
    return HippocampusFeatures(
        volume_mm3=volume_mm3,
        anterior_share=float((labels == ANTERIOR).sum()) / kept,
        member_dice=pairwise_dice(members, PARTS, witness),
        lowest_member_dice=min(pairwise_dice(np.stack([member, labels]), PARTS) for member in members),
        entropy_per_volume=float(segmentation.patch_entropy[in_view].sum()) / kept,
        promised_dice=float(segmentation.promised_dice[slice(None) if witness is None else witness].mean()),
        border_share=float((whole & ~shrunk(in_view, corners=False)).sum()) / kept,
        anterior_in_front_mm=front_mm,
        anterior_below_mm=below_mm,
        length_mm=_length_mm(segmentation),
        brightness=_mean_in(scaled, whole),
        surround_brightness=_mean_in(scaled, ball),
        sharpness=_mean_in(_gradient(scaled), _shell(whole, 1)),
        noise=noise_sd(scaled, in_view),
    )


def _mean_in(values: np.ndarray, mask: np.ndarray) -> float:
    return float(values[mask].mean()) if mask.any() else 0.0


def _shell(mask: np.ndarray, voxels: int) -> np.ndarray:
    """Return what lies outside a mask but within that many voxels of it."""
    return np.asarray(grown(mask, voxels) & ~mask)


def _anterior_offset_mm(segmentation: SideSegmentation) -> tuple[float, float]:
    centroids = []
    for value in PARTS:
        indices = np.argwhere(segmentation.patch_labels == value)
        if not len(indices):
            return 0.0, 0.0
        centroids.append(segmentation.patch.grid.to_world(indices.mean(axis=0)))
    difference = centroids[0] - centroids[1]
    return float(difference[1]), float(-difference[2])


def _length_mm(segmentation: SideSegmentation) -> float:
    points_mm = np.argwhere(segmentation.patch_labels > 0) * np.array(segmentation.patch.spacing_mm)
    if len(points_mm) < 2:
        return 0.0
    centred = points_mm - points_mm.mean(axis=0)
    axis = np.linalg.eigh(centred.T @ centred)[1][:, -1]
    return float(np.ptp(centred @ axis)) + segmentation.patch.spacing_mm[0]


def _gradient(image: np.ndarray) -> np.ndarray:
    return np.asarray(np.sqrt(sum(component**2 for component in np.gradient(image))))
