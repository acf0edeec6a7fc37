"""Where a hippocampus lies, from a network's probabilities."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from quantseg.tasks.hippocampus.head_labels import HeadLabel
from quantseg.volume import Grid
from quantseg.volume.masks import components, grown

# Of 240 hippocampi on synthetic heads of the training maps each had 2,000 mm3 and a mean probability of 0.72 at least,
# and nothing was taken for one in 60 inputs without (Testing/benchmarks/localiser_accuracy.py --split train --heads 120
# --without 60); the limits leave room for small and half-seen ones.
_LEAST_VOLUME_MM3 = 400.0
_LEAST_MEAN_PROBABILITY = 0.6


@dataclass(frozen=True)
class HippocampusLocation:
    """One hippocampus, roughly.

    Attributes:
        centre_mm: RAS middle of its bounding box, shape (3,).
        centroid_mm: RAS mean position of its voxels, shape (3,).
        volume_mm3: of its voxels as the localiser sees them; not to be reported.
        mean_probability: of its voxels being this hippocampus.
    """

    centre_mm: np.ndarray
    centroid_mm: np.ndarray
    volume_mm3: float
    mean_probability: float


def find_hippocampus(
    labels: np.ndarray, probabilities: np.ndarray, side: HeadLabel, grid: Grid
) -> HippocampusLocation | None:
    """Return the most probable connected structure of one label, if it is large and sure enough.

    Args:
        labels: ``HeadLabel`` values, shape (I, J, K).
        probabilities: of each label, shape (C, I, J, K).
        side: LEFT_HIPPOCAMPUS or RIGHT_HIPPOCAMPUS.
        grid: of both.
    """
    numbered = components(labels == side)
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
        grid.to_world(_box_centre(np.where(grown(structure, 1), probabilities[side], 0.0))),
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
