"""How large both hippocampi are on a standard brain, where heads are of one size.

The patch around each has the extent and the centring of what the networks of the bundle ``hippocampus`` were trained
on, on voxels as much larger as the atlas's brain is than a usual one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from quantseg.volume import Grid, Volume, resample
from quantseg.volume.masks import largest_component

# The ICBM 152 atlas's intracranial space holds about 1.85 l, a usual one 1.5.
_VOXEL_MM = 1.07
_PATCH_VOXELS = (36, 52, 36)
# RAS in mm of the atlas: the middle of the box around the left one, and where in a training crop that middle lies.
_LEFT_CENTRE_MM = np.array([-26.0, -23.0, -12.0])
_MIDDLE_FROM_BOX_CENTRE_MM = np.array([1.0, 0.5, 0.5])
# A patch that lies this near to what it shows is not moved again.
_CLOSE_ENOUGH_MM = 1.5
_MIRROR = np.array([-1.0, 1.0, 1.0])


class SeesHippocampus(Protocol):
    """What is needed of the ensemble of the bundle ``hippocampus``."""

    def predict(self, image: np.ndarray) -> np.ndarray:
        """Return softmax probabilities (M, C, I, J, K) for intensities (I, J, K)."""
        ...


@dataclass(frozen=True)
class StandardHippocampus:
    """One hippocampus on a standard brain.

    Attributes:
        volume_mm3: sum of the mean probabilities, on the scale of the atlas.
        disagreement: standard deviation of the members' volumes over their mean; 1 where nothing was found.
    """

    volume_mm3: float
    disagreement: float


def measure_standard_hippocampi(
    image: np.ndarray, grid: Grid, ensemble: SeesHippocampus
) -> tuple[StandardHippocampus, StandardHippocampus]:
    """Measure the left and the right hippocampus.

    Args:
        image: of a standard brain, T1-weighted, shape (I, J, K).
        grid: of the atlas.
        ensemble: of the bundle ``hippocampus``.
    """
    brain = Volume(image, grid.affine)
    left, right = (_measure(brain, mirror, ensemble) for mirror in (np.ones(3), _MIRROR))
    return left, right


def _measure(brain: Volume, mirror: np.ndarray, ensemble: SeesHippocampus) -> StandardHippocampus:
    centre_mm = _LEFT_CENTRE_MM + _VOXEL_MM * _MIDDLE_FROM_BOX_CENTRE_MM
    probabilities = _look(brain, centre_mm, mirror, ensemble)
    found = _box_centre_mm(probabilities, centre_mm)
    if found is not None and np.abs(found - centre_mm).max() > _CLOSE_ENOUGH_MM:
        probabilities = _look(brain, found, mirror, ensemble)
    members = probabilities[:, 1:].sum(axis=(1, 2, 3, 4), dtype=np.float64) * _VOXEL_MM**3
    mean = float(members.mean())
    return StandardHippocampus(mean, float(members.std() / mean) if mean > 1 else 1.0)


def _look(brain: Volume, centre_mm: np.ndarray, mirror: np.ndarray, ensemble: SeesHippocampus) -> np.ndarray:
    """Return probabilities of a patch about a place, which is given for the left side."""
    affine = np.diag([*(_VOXEL_MM * mirror), 1.0])
    affine[:3, 3] = mirror * (centre_mm - _VOXEL_MM * (np.array(_PATCH_VOXELS) - 1) / 2)
    patch = resample(brain, Grid(_PATCH_VOXELS, affine), "cubic", fill=0.0)
    return ensemble.predict(np.ascontiguousarray(patch.array, np.float32))


def _box_centre_mm(probabilities: np.ndarray, centre_mm: np.ndarray) -> np.ndarray | None:
    """Return where a patch about what was found has its middle; None where nothing was."""
    voxels = np.argwhere(largest_component(probabilities.mean(axis=0)[0] < 0.5))
    if not len(voxels):
        return None
    middle = (voxels.min(axis=0) + voxels.max(axis=0)) / 2 - (np.array(_PATCH_VOXELS) - 1) / 2
    return np.asarray(centre_mm + _VOXEL_MM * (middle + _MIDDLE_FROM_BOX_CENTRE_MM))
