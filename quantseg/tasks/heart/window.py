"""The window through which a network sees slices: placed anywhere in the plane, turned, and undone again."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from quantseg.tasks.heart.plane_sampling import resize_in_plane, sample
from quantseg.tasks.heart.region import HeartRegion, turned_axes
from quantseg.tasks.heart.stack_input import size_at


@dataclass(frozen=True)
class Window:
    """A grid of square pixels in the plane of the slices.

    Attributes:
        centre_mm: its middle along i and j, from the outer corner of the slices' first pixel.
        turn: direction of its first axis, in radians from i towards j.
        size: pixels along its axes.
        pixel_mm: distance between them.
    """

    centre_mm: tuple[float, float]
    turn: float
    size: tuple[int, int]
    pixel_mm: float

    def cut(self, slices: np.ndarray, spacing_mm: tuple[float, float]) -> np.ndarray:
        """Sample slices of shape (K, I, J) in the window; where it sticks out it holds zero, air."""
        shape = (slices.shape[1], slices.shape[2])
        # Brought to the window's resolution first: where pixels get larger they are averaged, not picked.
        resized = resize_in_plane(slices, size_at(shape, spacing_mm, self.pixel_mm))
        axes = [(np.arange(n) - (n - 1) / 2) * self.pixel_mm for n in self.size]
        offsets_mm = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1)
        places_mm = offsets_mm @ turned_axes(self.turn).T + np.array(self.centre_mm)
        return sample(resized, places_mm / np.multiply(shape, spacing_mm))

    def paste(self, probabilities: np.ndarray, shape: tuple[int, int], spacing_mm: tuple[float, float]) -> np.ndarray:
        """Put probabilities of the window, shape (K, C, *size), on a grid of slices that is background elsewhere.

        Returns:
            float32, shape (K, C, *shape).
        """
        axes = [(np.arange(n) + 0.5) * mm for n, mm in zip(shape, spacing_mm, strict=True)]
        places_mm = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1)
        offsets_mm = (places_mm - np.array(self.centre_mm)) @ turned_axes(self.turn)
        shares = offsets_mm / (np.array(self.size) * self.pixel_mm) + 0.5
        heart = sample(probabilities[:, 1:], shares)
        return np.concatenate([1 - heart.sum(axis=1, keepdims=True), heart], axis=1)


def window_around(
    region: HeartRegion, pixel_mm: float, least: Sequence[int], margin_mm: float, multiple: int
) -> Window:
    """Return the window in which the heart is looked at closely.

    Args:
        region: from :func:`quantseg.tasks.heart.region.heart_region`.
        pixel_mm: of the window.
        least: smallest window in pixels.
        margin_mm: what must lie on each side of the region.
        multiple: what the network's strides divide by.
    """
    sizes = [
        max(int(smallest), _rounded_up((side_mm + 2 * margin_mm) / pixel_mm, multiple))
        for smallest, side_mm in zip(least[:2], region.extent_mm, strict=True)
    ]
    return Window(region.centre_mm, region.turn or 0.0, (sizes[0], sizes[1]), pixel_mm)


def whole_view(
    shape: tuple[int, int], spacing_mm: tuple[float, float], pixel_mm: float, least: Sequence[int], multiple: int
) -> Window:
    """Return the window that holds all of the slices, at least as large as ``least``."""
    extent_mm = (shape[0] * spacing_mm[0], shape[1] * spacing_mm[1])
    middle_mm = (extent_mm[0] / 2, extent_mm[1] / 2)
    return window_around(HeartRegion(middle_mm, extent_mm, None, found=False), pixel_mm, least, 0.0, multiple)


def _rounded_up(pixels: float, multiple: int) -> int:
    # A hair's breadth of rounding error must not cost another row of pixels.
    return math.ceil(pixels / multiple - 1e-6) * multiple
