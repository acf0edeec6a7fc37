"""The two types that carry geometry through the engine: a grid in space, and a grid with values."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product

import numpy as np

SAME_PLACE_MM = 0.01
"""How far a voxel of one grid may lie from its like of another that counts as the same: room for headers that round to
single precision, a hundredth of the finest spacing in use."""


def voxel_spacing_mm(affine: np.ndarray) -> tuple[float, float, float]:
    """Return the distance in mm between neighbouring voxels along i, j and k."""
    i_mm, j_mm, k_mm = np.linalg.norm(affine[:3, :3], axis=0)
    return float(i_mm), float(j_mm), float(k_mm)


@dataclass(frozen=True)
class Grid:
    """A regular lattice of voxel centres in space.

    Attributes:
        shape: number of voxels along i, j and k.
        affine: 4x4 matrix from voxel indices (i, j, k) to RAS coordinates in mm.
    """

    shape: tuple[int, int, int]
    affine: np.ndarray

    @property
    def spacing_mm(self) -> tuple[float, float, float]:
        """Distance between neighbouring voxel centres along i, j and k."""
        return voxel_spacing_mm(self.affine)

    @property
    def voxel_volume_mm3(self) -> float:
        """Volume of one voxel from the affine's determinant, so that it holds for any orientation."""
        return float(abs(np.linalg.det(self.affine[:3, :3])))

    @property
    def extent_mm(self) -> tuple[float, float, float]:
        """Physical size along i, j and k, each voxel counted with its full width."""
        i_mm, j_mm, k_mm = (n * s for n, s in zip(self.shape, self.spacing_mm, strict=True))
        return i_mm, j_mm, k_mm

    @property
    def centre_mm(self) -> np.ndarray:
        """RAS position of the middle of the lattice, shape (3,)."""
        return self.to_world((np.array(self.shape) - 1) / 2)

    def to_world(self, ijk: np.ndarray) -> np.ndarray:
        """Map voxel coordinates of shape (..., 3) to RAS positions in mm."""
        return np.asarray(np.asarray(ijk, dtype=float) @ self.affine[:3, :3].T + self.affine[:3, 3])

    def to_voxel(self, ras_mm: np.ndarray) -> np.ndarray:
        """Map RAS positions in mm of shape (..., 3) to (fractional) voxel coordinates."""
        inverse = np.linalg.inv(self.affine)
        return np.asarray(ras_mm, dtype=float) @ inverse[:3, :3].T + inverse[:3, 3]

    def same_as(self, other: Grid) -> bool:
        """Tell whether both grids have the same voxels, none of them more than ``SAME_PLACE_MM`` apart.

        The corners decide, since between two affines the distance is greatest at one of them.
        """
        if self.shape != other.shape:
            return False
        corners = np.array(list(product(*((0, n - 1) for n in self.shape))))
        apart_mm = np.linalg.norm(self.to_world(corners) - other.to_world(corners), axis=1)
        return bool(np.all(apart_mm <= SAME_PLACE_MM))

    def centred_at(self, middle_mm: np.ndarray) -> Grid:
        """Return this lattice moved so that its middle lies at a RAS position of shape (3,)."""
        affine = self.affine.copy()
        affine[:3, 3] = middle_mm - affine[:3, :3] @ ((np.array(self.shape) - 1) / 2)
        return Grid(self.shape, affine)

    def window(self, start: tuple[int, int, int], shape: tuple[int, int, int]) -> Grid:
        """Return the grid of a box of this lattice; ``start`` may be negative and the box may stick out."""
        affine = self.affine.copy()
        affine[:3, 3] = self.to_world(np.array(start))
        return Grid(shape, affine)


@dataclass(frozen=True)
class Volume:
    """Voxel values on a grid.

    Attributes:
        array: values in ijk order, shape (I, J, K); never in the kji order of SimpleITK and VTK.
        affine: 4x4 matrix from voxel indices to RAS coordinates in mm.
    """

    array: np.ndarray
    affine: np.ndarray

    def __post_init__(self) -> None:
        if self.array.ndim != 3:
            raise ValueError(f"A volume has three axes; this array has {self.array.ndim} (shape {self.array.shape}).")
        if self.affine.shape != (4, 4):
            raise ValueError(f"An affine is 4x4; this one is {self.affine.shape}.")

    @property
    def grid(self) -> Grid:
        """Where the voxels lie."""
        i, j, k = self.array.shape
        return Grid((i, j, k), self.affine)

    @property
    def spacing_mm(self) -> tuple[float, float, float]:
        """Distance between neighbouring voxel centres along i, j and k."""
        return self.grid.spacing_mm

    @property
    def voxel_volume_mm3(self) -> float:
        """Volume of one voxel."""
        return self.grid.voxel_volume_mm3

    def with_array(self, array: np.ndarray) -> Volume:
        """Return other values on the same grid.

        Raises:
            ValueError: the shape differs.
        """
        if array.shape != self.array.shape:
            raise ValueError(f"Expected values of shape {self.array.shape}, got {array.shape}.")
        return Volume(array, self.affine)
