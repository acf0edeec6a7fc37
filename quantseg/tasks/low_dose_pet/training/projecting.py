"""Parallel projections of slices, and their ordered-subsets reconstruction with a model of the resolution.

Each pixel adds its activity to the two bins nearest to where it falls, by their distance: one sparse matrix, whose
transpose projects back. Slices of a volume are worked on together.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from scipy import sparse

FWHM_OF_SD = 2.3548
_LEAST = np.float32(1e-6)


@dataclass(frozen=True)
class Projector:
    """Projections of square slices.

    Attributes:
        size: pixels along each side, and bins of a projection.
        subsets: matrices from the pixels of a slice (i, then j) to the bins of all angles of a subset.
        back: their transposes.
    """

    size: int
    subsets: tuple[sparse.csr_matrix, ...]
    back: tuple[sparse.csr_matrix, ...]

    def forward(self, slices: np.ndarray) -> list[np.ndarray]:
        """Return the projections of slices of shape (I, J, K): for each subset (rays, K)."""
        columns = slices.reshape(self.size**2, -1)
        return [matrix @ columns for matrix in self.subsets]


@lru_cache(maxsize=2)
def make_projector(size: int, angles: int, subsets: int) -> Projector:
    """Return projections over half a turn; pixels outside the circle that all of them see are left out."""
    places = np.arange(size, dtype=np.float64) - (size - 1) / 2
    x, y = (axis.ravel() for axis in np.meshgrid(places, places, indexing="ij"))
    pixels = np.flatnonzero(x**2 + y**2 <= (size / 2 - 1) ** 2)
    matrices = []
    for subset in range(subsets):
        rows, columns, values = [], [], []
        for number, angle in enumerate(range(subset, angles, subsets)):
            direction = np.pi * angle / angles
            falls = x[pixels] * np.cos(direction) + y[pixels] * np.sin(direction) + (size - 1) / 2
            first = np.floor(falls).astype(int)
            for bins, share in ((first, 1 - (falls - first)), (first + 1, falls - first)):
                rows.append(number * size + bins)
                columns.append(pixels)
                values.append(share.astype(np.float32))
        of_subset = len(range(subset, angles, subsets)) * size
        matrices.append(
            sparse.csr_matrix(
                (np.concatenate(values), (np.concatenate(rows), np.concatenate(columns))), (of_subset, size**2)
            )
        )
    return Projector(size, tuple(matrices), tuple(sparse.csr_matrix(matrix.T) for matrix in matrices))


def blur_matrix(size: int, fwhm_voxels: float) -> np.ndarray:
    """Return the matrix that blurs along one axis by a Gaussian, float32, shape (size, size)."""
    apart = np.subtract.outer(np.arange(size), np.arange(size))
    weights = np.exp(-0.5 * (apart * FWHM_OF_SD / max(fwhm_voxels, 1e-3)) ** 2)
    return np.asarray(weights / weights.sum(axis=1).mean(), np.float32)


def blurred(slices: np.ndarray, blur: np.ndarray) -> np.ndarray:
    """Return slices of shape (I, J, K), blurred within their planes."""
    size = len(blur)
    along_i = (blur @ slices.reshape(size, -1)).reshape(slices.shape)
    return np.asarray(np.matmul(blur, along_i))


def reconstruct(
    counts: list[np.ndarray],
    seen: list[np.ndarray],
    background: list[np.ndarray],
    projector: Projector,
    blur: np.ndarray,
    iterations: int,
) -> np.ndarray:
    """Return slices by ordered-subsets expectation maximisation (Hudson and Larkin 1994).

    Args:
        counts: by subset, shape (rays, K).
        seen: counts that one unit of activity on a ray gives: calibration and attenuation; by subset, shape (rays, K).
        background: expected scattered and random counts.
        projector: of all of them.
        blur: of the resolution, as the reconstruction knows it; from ``blur_matrix``.
        iterations: over all subsets.

    Returns:
        float32, shape (I, J, K).
    """
    size, planes = projector.size, counts[0].shape[1]
    shape = (size, size, planes)
    sensitivity = [
        blurred((back @ of_rays).reshape(shape), blur) for back, of_rays in zip(projector.back, seen, strict=True)
    ]
    found = np.ones(shape, np.float32) * (np.maximum(sensitivity[0], 0) > _LEAST)
    for _ in range(iterations):
        for number, matrix in enumerate(projector.subsets):
            expected = seen[number] * (matrix @ blurred(found, blur).reshape(size**2, planes)) + background[number]
            ratio = seen[number] * counts[number] / np.maximum(expected, _LEAST)
            back = blurred((projector.back[number] @ ratio).reshape(shape), blur)
            found *= back / np.maximum(sensitivity[number], _LEAST)
    return np.asarray(found)
