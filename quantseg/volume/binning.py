"""Going to coarser voxels by averaging whole blocks: the fast first step towards a much coarser grid."""

from __future__ import annotations

import numpy as np

from quantseg.volume.geometry import Volume

# A spacing this share above the wanted one still counts as reached, for headers that round.
_TOLERANCE = 1e-3


def bin_towards(volume: Volume, spacing_mm: float) -> Volume:
    """Average blocks of voxels as large as fit into a spacing; where blocks stick out, the last voxel is repeated.

    Args:
        volume: values of any type.
        spacing_mm: no axis gets coarser than this.

    Returns:
        float32 values; the same volume where not even two voxels fit.
    """
    factors = [max(1, int(spacing_mm / s + _TOLERANCE)) for s in volume.spacing_mm]
    array = volume.array.astype(np.float32, copy=False)
    for axis, factor in enumerate(factors):
        if factor > 1:
            array = _bin(array, axis, factor)
    affine = volume.affine.copy()
    affine[:3, :3] = volume.affine[:3, :3] * factors
    affine[:3, 3] = volume.grid.to_world((np.array(factors) - 1) / 2)
    return Volume(array, affine)


def _bin(array: np.ndarray, axis: int, factor: int) -> np.ndarray:
    missing = -array.shape[axis] % factor
    if missing:
        widths = [(0, missing if a == axis else 0) for a in range(array.ndim)]
        array = np.pad(array, widths, mode="edge")
    before = (slice(None),) * axis
    total = array[(*before, slice(0, None, factor))].copy()
    for offset in range(1, factor):
        total += array[(*before, slice(offset, None, factor))]
    total *= 1 / factor
    return total
