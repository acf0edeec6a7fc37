"""Shading of surface coils divided out of a stack, before any network sees it, in training as in use.

A homomorphic filter of few terms: the logarithm of a coil's sensitivity is close to a parabola over the field of view,
and a parabola cannot follow anatomy. It is fitted to what is bright for its place, so that neither air nor lungs draw
it down, nor fat up.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from quantseg.tasks.heart.plane_sampling import resize_in_plane
from quantseg.tasks.heart.stack_input import as_slices

_MOST_PIXELS = 48
_ROUNDS = 10
_DARKEST = 1e-3
# Beyond it a fit is drawn out over places where nothing was seen.
_LARGEST_FACTOR = 6.0


def flattens_shading(inference: Mapping[str, Any]) -> bool:
    """Tell whether a model's ``inference.json`` asks for :func:`flattened`; models from before it do not."""
    return bool(inference.get("flatten_shading", False))


def slices_as_seen(stack: np.ndarray, inference: Mapping[str, Any]) -> np.ndarray:
    """Return a stack of shape (I, J, K) as the slices that a model looks at, float32, air at zero, shape (K, I, J)."""
    slices = as_slices(stack)
    return flattened(slices) if flattens_shading(inference) else slices


def flattened(slices: np.ndarray) -> np.ndarray:
    """Divide slices by the one smooth field that shades all of them.

    Turned or mirrored slices give the same, turned or mirrored.

    Args:
        slices: air at zero, shape (K, I, J).

    Returns:
        float32, same shape; what holds nothing but air stays as it is.
    """
    shape = (int(slices.shape[1]), int(slices.shape[2]))
    scale = min(1.0, _MOST_PIXELS / max(shape))
    size = (max(1, round(shape[0] * scale)), max(1, round(shape[1] * scale)))
    seen = resize_in_plane(np.asarray(slices, np.float32), size).mean(axis=0, dtype=np.float64)
    top = seen.max()
    if top <= 0:
        return np.asarray(slices, np.float32)
    terms, logarithm = _terms(size), np.log(np.maximum(seen / top, _DARKEST)).ravel()
    weight = (seen / top).ravel()
    fitted = np.zeros(len(logarithm))
    for _ in range(_ROUNDS):
        # A little of everything is trusted, so that a stack of one bright spot has a solution, too.
        weighted = terms * (weight**2 + 1e-6)[:, None]
        factors = np.linalg.solve(weighted.T @ terms + 1e-6 * np.eye(terms.shape[1]), weighted.T @ logarithm)
        fitted = terms @ factors
        weight = np.clip(np.exp(logarithm - fitted), 0.0, 1.0)
    middle = np.average(fitted, weights=weight**2)
    reach = np.log(_LARGEST_FACTOR)
    field = np.exp(np.clip(_terms(shape) @ factors - middle, -reach, reach)).reshape(shape)
    return np.asarray(slices / field, np.float32)


def _terms(size: tuple[int, int]) -> np.ndarray:
    """Return the terms of a parabola at the middle of each pixel, shape (I * J, 6)."""
    longest = max(size)
    i, j = (((np.arange(n) + 0.5) - n / 2) * 2 / longest for n in size)
    along_i, along_j = (one.ravel() for one in np.meshgrid(i, j, indexing="ij"))
    ones = np.ones_like(along_i)
    return np.stack([ones, along_i, along_j, along_i**2, along_i * along_j, along_j**2], axis=1)
