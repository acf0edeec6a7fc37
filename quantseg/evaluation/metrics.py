"""Agreement of one predicted mask with one reference mask; the metrics themselves are MONAI's.

Empty masks: where both are empty they agree (Dice 1, volume error 0) and there is no surface to measure (distances
nan). Where one is empty the Dice is 0 and the distances are nan, too: no finite distance would be fair. Every nan
counts as a missing value in a summary, which prints how many there are.
"""

from __future__ import annotations

import math
import warnings
from dataclasses import dataclass, fields

import numpy as np

_HAUSDORFF_PERCENTILE = 95.0


@dataclass(frozen=True)
class MaskScores:
    """How one predicted mask compares with its reference.

    Attributes:
        dice: 2 |A and B| / (|A| + |B|), from 0 to 1.
        hausdorff95_mm: larger of the two directed 95th percentiles of the distances between the surfaces.
        surface_distance_mm: mean distance between the surfaces, both directions pooled.
        predicted_volume_mm3: volume of the prediction.
        reference_volume_mm3: volume of the reference.
        volume_error_mm3: predicted minus reference.
        volume_error_percent: that error in % of the reference's volume; nan where the reference is empty and the
            prediction is not.
    """

    dice: float
    hausdorff95_mm: float
    surface_distance_mm: float
    predicted_volume_mm3: float
    reference_volume_mm3: float
    volume_error_mm3: float
    volume_error_percent: float


METRIC_NAMES = tuple(field.name for field in fields(MaskScores))


def dice(predicted: np.ndarray, reference: np.ndarray) -> float:
    """Return the Dice coefficient of two masks: 1 where both are empty, 0 where one is.

    Args:
        predicted: bool mask of any shape.
        reference: bool mask of the same shape.
    """
    import torch
    from monai.metrics import compute_dice

    first, second = (torch.from_numpy(np.ascontiguousarray(mask))[None, None] for mask in (predicted, reference))
    return float(compute_dice(first, second, ignore_empty=False))


def score_masks(
    predicted: np.ndarray, reference: np.ndarray, spacing_mm: tuple[float, float, float], voxel_volume_mm3: float
) -> MaskScores:
    """Compare two masks on one grid.

    Args:
        predicted: bool, shape (I, J, K).
        reference: bool, same shape.
        spacing_mm: distance between neighbouring voxels along i, j and k.
        voxel_volume_mm3: volume of one voxel.

    Raises:
        ValueError: the shapes differ or a mask is not boolean, as when label values are passed by mistake.
    """
    for mask in (predicted, reference):
        if mask.dtype != bool:
            raise ValueError(f"Expected a boolean mask, got values of type {mask.dtype}.")
    if predicted.shape != reference.shape:
        raise ValueError(f"Expected masks of one shape, got {predicted.shape} and {reference.shape}.")
    hausdorff95_mm, surface_distance_mm = _surface_distances_mm(predicted, reference, spacing_mm)
    predicted_mm3, reference_mm3 = (float(mask.sum()) * voxel_volume_mm3 for mask in (predicted, reference))
    error_mm3 = predicted_mm3 - reference_mm3
    return MaskScores(
        dice=dice(predicted, reference),
        hausdorff95_mm=hausdorff95_mm,
        surface_distance_mm=surface_distance_mm,
        predicted_volume_mm3=predicted_mm3,
        reference_volume_mm3=reference_mm3,
        volume_error_mm3=error_mm3,
        volume_error_percent=_percent(error_mm3, reference_mm3),
    )


def failed_scores(reference: np.ndarray, voxel_volume_mm3: float) -> MaskScores:
    """Return the scores of a prediction that does not exist: those of an empty mask, Dice 0 in any case.

    Args:
        reference: bool mask.
        voxel_volume_mm3: volume of one voxel.
    """
    reference_mm3 = float(reference.sum()) * voxel_volume_mm3
    return MaskScores(
        dice=0.0,
        hausdorff95_mm=math.nan,
        surface_distance_mm=math.nan,
        predicted_volume_mm3=0.0,
        reference_volume_mm3=reference_mm3,
        volume_error_mm3=-reference_mm3,
        volume_error_percent=_percent(-reference_mm3, reference_mm3),
    )


def _percent(error: float, reference: float) -> float:
    if reference == 0:
        return 0.0 if error == 0 else math.nan
    return 100 * error / reference


def _surface_distances_mm(
    predicted: np.ndarray, reference: np.ndarray, spacing_mm: tuple[float, float, float]
) -> tuple[float, float]:
    if not (predicted.any() and reference.any()):
        return math.nan, math.nan
    import torch
    from monai.metrics import compute_average_surface_distance, compute_hausdorff_distance

    box = _bounding_box(predicted | reference)
    first, second = (torch.from_numpy(np.ascontiguousarray(mask[box]))[None, None] for mask in (predicted, reference))
    with warnings.catch_warnings():
        # MONAI 1.6 warns of a deprecated argument that it passes to itself.
        warnings.simplefilter("ignore", FutureWarning)
        hausdorff = compute_hausdorff_distance(
            first, second, include_background=True, percentile=_HAUSDORFF_PERCENTILE, spacing=spacing_mm
        )
        surface = compute_average_surface_distance(
            first, second, include_background=True, symmetric=True, spacing=spacing_mm
        )
    return float(hausdorff), float(surface)


def _bounding_box(mask: np.ndarray) -> tuple[slice, ...]:
    """Return the smallest box that holds a mask; a whole head is mostly background."""
    used = [np.flatnonzero(mask.any(axis=tuple(a for a in range(mask.ndim) if a != axis))) for axis in range(mask.ndim)]
    return tuple(slice(int(indices[0]), int(indices[-1]) + 1) for indices in used)
