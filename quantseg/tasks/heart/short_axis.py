"""Labels of a short-axis stack in one fixed order: frames first, slices last, whatever axis they were stored along."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from quantseg.volume import voxel_spacing_mm

_SLICE_AXIS = 2


@dataclass(frozen=True)
class ShortAxisStack:
    """Labels over the heart cycle.

    Attributes:
        labels: ``HeartLabel`` values, shape (T, I, J, K): frames, two axes in plane, slices. Base and apex may lie at
            either end.
        affine: 4x4 matrix from (i, j, k) to RAS in mm; None where the spacing is unknown.
        orientation_trusted: whether the affine tells how the heart lies in the patient (DICOM does, a header with
            made-up axes does not).
    """

    labels: np.ndarray
    affine: np.ndarray | None
    orientation_trusted: bool = False

    @property
    def frame_count(self) -> int:
        """Number of frames, T."""
        return int(self.labels.shape[0])

    @property
    def pixel_mm(self) -> tuple[float, float]:
        """Distance between pixels along i and j; (1, 1) where the spacing is unknown."""
        if self.affine is None:
            return 1.0, 1.0
        i_mm, j_mm, _ = voxel_spacing_mm(self.affine)
        return i_mm, j_mm

    @property
    def slice_distance_mm(self) -> float | None:
        """Distance between the middles of neighbouring slices: thickness and gap together; None where unknown."""
        return None if self.affine is None else voxel_spacing_mm(self.affine)[_SLICE_AXIS]

    @property
    def voxel_volume_ml(self) -> float | None:
        """Volume that one voxel stands for, the gap between slices included; None where the spacing is unknown."""
        return None if self.affine is None else abs(float(np.linalg.det(self.affine[:3, :3]))) / 1000

    @cached_property
    def areas(self) -> np.ndarray:
        """Number of pixels, shape (4, T, K): by label value, frame and slice."""
        counts = [np.count_nonzero(self.labels == value, axis=(1, 2)) for value in range(4)]
        return np.stack(counts)
