"""Fitting an image to the sizes that a network takes, and taking the prediction back."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Padding:
    """How many voxels were added before and after each axis."""

    before: tuple[int, ...]
    after: tuple[int, ...]

    def remove(self, array: np.ndarray) -> np.ndarray:
        """Cut the added voxels off the last ``len(before)`` axes of an array."""
        index: list[slice] = [slice(None)] * (array.ndim - len(self.before))
        index += [slice(b, n - a) for b, a, n in zip(self.before, self.after, array.shape[len(index) :], strict=True)]
        return array[tuple(index)]


def pad_for_network(
    image: np.ndarray, minimum: tuple[int, ...], multiple: int, fill: float | None = None
) -> tuple[np.ndarray, Padding]:
    """Pad an image evenly to at least ``minimum`` voxels and a multiple of ``multiple`` along each axis.

    Args:
        image: values, shape (I, J, K).
        minimum: least size along each axis.
        multiple: what the network's strides divide by.
        fill: value of the added voxels; the image's minimum (air, in MRI) by default.

    Returns:
        the padded image, and how to cut a prediction back.
    """
    wanted = [max(least, -(-size // multiple) * multiple) for size, least in zip(image.shape, minimum, strict=True)]
    missing = [want - size for want, size in zip(wanted, image.shape, strict=True)]
    padding = Padding(tuple(m // 2 for m in missing), tuple(m - m // 2 for m in missing))
    if fill is None:
        fill = float(image.min())
    widths = list(zip(padding.before, padding.after, strict=True))
    return np.pad(image, widths, constant_values=fill), padding
