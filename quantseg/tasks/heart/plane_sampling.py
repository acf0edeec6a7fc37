"""Slices sampled anew in their plane: at another number of pixels, or at any places."""

from __future__ import annotations

from functools import lru_cache

import numpy as np


def resize_in_plane(values: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Sample slices on another number of pixels that covers the same field of view.

    Linear, and smoothed first where pixels get larger, as a scanner of that resolution would.

    Args:
        values: float32, shape (..., I, J).
        size: pixels along i and j.

    Returns:
        float32, shape (..., *size); the outer edges of the first and last pixel stay where they were.
    """
    if values.shape[-2:] == tuple(size):
        return values
    along_i, along_j = (_resizing(n, wanted) for n, wanted in zip(values.shape[-2:], size, strict=True))
    return np.asarray(along_i @ values @ along_j.T, np.float32)


@lru_cache(maxsize=32)
def _resizing(length: int, wanted: int) -> np.ndarray:
    """Return the weights that make ``wanted`` samples of ``length``, shape (wanted, length).

    A triangle about each new sample, as wide as the larger of old and new pixel on either side.
    """
    scale = length / wanted
    reach = max(1.0, scale)
    middles = (np.arange(wanted) + 0.5) * scale - 0.5
    weights = np.maximum(0.0, 1.0 - np.abs(np.arange(length) - middles[:, None]) / reach)
    return np.asarray(weights / weights.sum(axis=1, keepdims=True), np.float32)


def sample(values: np.ndarray, shares: np.ndarray) -> np.ndarray:
    """Sample slices between pixels, all of them at the same places.

    Args:
        values: float32, shape (..., I, J).
        shares: places as shares of the field of view from 0 to 1, along i and j, shape (*size, 2).

    Returns:
        float32, shape (..., *size); zero outside, to which the outermost half pixel fades.
    """
    extent = np.array(values.shape[-2:])
    places = shares * extent - 0.5
    first = np.floor(places).astype(np.int64)
    beyond = (places - first).astype(np.float32)
    # A rim of zeros, so that every place has four neighbours.
    bordered = np.pad(values, [(0, 0)] * (values.ndim - 2) + [(1, 1), (1, 1)])
    flat = bordered.reshape(*values.shape[:-2], -1)
    width = extent[1] + 2
    found = np.zeros((*values.shape[:-2], *shares.shape[:-1]), np.float32)
    for step_i in (0, 1):
        row = np.clip(first[..., 0] + step_i + 1, 0, extent[0] + 1)
        weight_i = beyond[..., 0] if step_i else 1 - beyond[..., 0]
        for step_j in (0, 1):
            column = np.clip(first[..., 1] + step_j + 1, 0, extent[1] + 1)
            weight = weight_i * (beyond[..., 1] if step_j else 1 - beyond[..., 1])
            found += flat[..., row * width + column] * weight
    return found
