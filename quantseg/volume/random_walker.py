"""A random walker on a small box of an image, steered by what is known of each voxel beforehand."""

from __future__ import annotations

import numpy as np

_MOST_STEPS = 60
_TOLERANCE = 1e-3


def walk(prior: np.ndarray, fixed: np.ndarray, coupling: tuple[np.ndarray, np.ndarray, np.ndarray]) -> np.ndarray:
    """Return the probability of each voxel to belong to a region.

    It minimises the sum of (p - prior)² over free voxels and coupling · (p_a - p_b)² over pairs of neighbours, with p
    of fixed voxels held at their prior: the random walker with prior models (L. Grady, CVPR 2005; 1: 763-770), whose
    linear equations are solved by conjugate gradients.

    Args:
        prior: probability before neighbours are asked, from 0 to 1, shape (I, J, K).
        fixed: which voxels keep it, bool, same shape.
        coupling: strength between each voxel and the next one along i, j and k, at least 0; shapes (I-1, J, K),
            (I, J-1, K) and (I, J, K-1).

    Returns:
        probabilities, float64, same shape.
    """
    free = ~fixed
    found = prior.astype(np.float64)
    residual = np.where(free, prior - _applied(found, coupling), 0.0)
    direction = residual.copy()
    squared = float((residual**2).sum())
    for _ in range(_MOST_STEPS):
        if np.abs(residual).max(initial=0.0) < _TOLERANCE:
            break
        applied = np.where(free, _applied(direction, coupling), 0.0)
        step = squared / float((direction * applied).sum())
        found += step * direction
        residual -= step * applied
        before, squared = squared, float((residual**2).sum())
        direction = residual + squared / before * direction
    return found


def _applied(values: np.ndarray, coupling: tuple[np.ndarray, np.ndarray, np.ndarray]) -> np.ndarray:
    """Return the left side of the equations."""
    result = values.copy()
    for axis, strength in enumerate(coupling):
        flow = strength * np.diff(values, axis=axis)
        near, far = _neighbours(axis)
        result[near] -= flow
        result[far] += flow
    return result


def _neighbours(axis: int) -> tuple[tuple[slice, ...], tuple[slice, ...]]:
    """Return the voxels that have a next one along an axis, and these next ones."""
    before = [slice(None)] * 3
    after = [slice(None)] * 3
    before[axis], after[axis] = slice(None, -1), slice(1, None)
    return tuple(before), tuple(after)
