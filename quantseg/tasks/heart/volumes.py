"""The volumes of both cavities and of the myocardium in every frame."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from quantseg.tasks.heart.anatomy import HeartLabel
from quantseg.tasks.heart.short_axis import ShortAxisStack


@dataclass(frozen=True)
class VolumeCurves:
    """Volume over the heart cycle.

    Attributes:
        voxel_counts: by structure, int64, shape (T,). Ratios are taken from these, so that they are the same to the
            last digit however the image was stored.
        voxel_volume_ml: volume of one voxel; None where the spacing is unknown and only ratios can be given.
    """

    voxel_counts: Mapping[HeartLabel, np.ndarray]
    voxel_volume_ml: float | None

    @property
    def frame_count(self) -> int:
        """Number of frames, T."""
        return len(self.voxel_counts[HeartLabel.LV_CAVITY])

    def volumes_ml(self, label: HeartLabel) -> np.ndarray | None:
        """Return a structure's volume in every frame, shape (T,); None where the spacing is unknown."""
        return None if self.voxel_volume_ml is None else self.voxel_counts[label] * self.voxel_volume_ml


def volume_curves(stack: ShortAxisStack) -> VolumeCurves:
    """Sum the slices' areas times the distance between slices, for each structure and frame.

    This is the summation of discs (Simpson's rule in cardiac use): thickness and gap both count, since the muscle and
    blood in a gap belong to the heart as well.
    """
    counts = {
        label: stack.areas[label].sum(axis=-1).astype(np.int64)
        for label in (HeartLabel.RV_CAVITY, HeartLabel.LV_MYOCARDIUM, HeartLabel.LV_CAVITY)
    }
    return VolumeCurves(counts, stack.voxel_volume_ml)
