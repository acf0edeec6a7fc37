"""A large image through a network tile by tile, the overlaps weighed so that no seam is seen."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product

import numpy as np

_OVERLAP = 0.5
# SD of the weights along each axis, as a share of the tile; and the least weight, so that the image's rim, which lies
# at the rim of every tile that shows it, is no sum of almost nothing.
_WEIGHT_SD, _LEAST_WEIGHT = 0.125, 1e-3


def predict_in_tiles(
    batch: np.ndarray, tile: tuple[int, ...], predict: Callable[[np.ndarray], np.ndarray]
) -> np.ndarray:
    """Predict an image tile by tile, every tile half over the next, weighed by a Gaussian about its middle.

    Args:
        batch: one normalised image, shape (1, channels, ...).
        tile: largest input of the network in voxels along each axis.
        predict: returns class probabilities (1, C, ...) of a part of the image.

    Returns:
        class probabilities, float32, shape (1, C, ...).
    """
    shape = batch.shape[2:]
    size = tuple(min(most, n) for most, n in zip(tile, shape, strict=True))
    weights = _weights(size)
    total: np.ndarray | None = None
    weight = np.zeros(shape, np.float32)
    for first in product(*(_starts(n, part) for n, part in zip(shape, size, strict=True))):
        box = tuple(slice(start, start + part) for start, part in zip(first, size, strict=True))
        found = predict(np.ascontiguousarray(batch[(slice(None), slice(None), *box)]))
        if total is None:
            total = np.zeros((1, found.shape[1], *shape), np.float32)
        total[(slice(None), slice(None), *box)] += found * weights
        weight[box] += weights
    assert total is not None
    return np.asarray(total / weight, np.float32)


def _starts(length: int, tile: int) -> list[int]:
    """Return where tiles begin along one axis; the last one ends with the image."""
    step = max(1, int(tile * (1 - _OVERLAP)))
    return [*range(0, length - tile, step), length - tile]


def _weights(size: tuple[int, ...]) -> np.ndarray:
    weights = np.ones((), np.float32)
    for part in size:
        distance = (np.arange(part) - (part - 1) / 2) / (_WEIGHT_SD * part)
        weights = np.multiply.outer(weights, np.exp(-0.5 * distance**2))
    return np.maximum(weights, _LEAST_WEIGHT).astype(np.float32)
