"""The window through which a network sees slices: placed anywhere in the plane, turned, and undone again."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch.nn import functional

from quantseg.tasks.heart.region import HeartRegion, turned_axes
from quantseg.tasks.heart.stack_input import resize_in_plane, size_at


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

    def cut(self, slices: torch.Tensor, spacing_mm: tuple[float, float]) -> torch.Tensor:
        """Sample slices of shape (K, I, J) in the window; where it sticks out it holds zero, air."""
        shape = (int(slices.shape[1]), int(slices.shape[2]))
        # Brought to the window's resolution first: where pixels get larger they are averaged, not picked.
        size = size_at(shape, spacing_mm, self.pixel_mm)
        resized = resize_in_plane(slices[:, None], size)
        axes = [(torch.arange(n) - (n - 1) / 2) * self.pixel_mm for n in self.size]
        offsets_mm = torch.stack(torch.meshgrid(*axes, indexing="ij"), dim=-1)
        places_mm = offsets_mm @ turning(self.turn).T + torch.tensor(self.centre_mm)
        extent_mm = [n * mm for n, mm in zip(shape, spacing_mm, strict=True)]
        return sample(resized, places_mm / torch.tensor(extent_mm))[:, 0]

    def paste(
        self, probabilities: torch.Tensor, shape: tuple[int, int], spacing_mm: tuple[float, float]
    ) -> torch.Tensor:
        """Put probabilities of the window, shape (K, C, *size), on a grid of slices that is background elsewhere.

        Returns:
            shape (K, C, *shape).
        """
        axes = [(torch.arange(n) + 0.5) * mm for n, mm in zip(shape, spacing_mm, strict=True)]
        places_mm = torch.stack(torch.meshgrid(*axes, indexing="ij"), dim=-1)
        offsets_mm = (places_mm - torch.tensor(self.centre_mm)) @ turning(self.turn)
        shares = offsets_mm / (torch.tensor([float(n) for n in self.size]) * self.pixel_mm) + 0.5
        heart = sample(probabilities[:, 1:].contiguous(), shares)
        return torch.cat([1 - heart.sum(1, keepdim=True), heart], dim=1)


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


def turning(angle: float) -> torch.Tensor:
    """Return the matrix that turns by an angle in radians, from the first axis towards the second, shape (2, 2)."""
    return torch.from_numpy(turned_axes(angle)).float()


def sample(values: torch.Tensor, shares: torch.Tensor) -> torch.Tensor:
    """Sample between pixels.

    Args:
        values: shape (N, C, I, J).
        shares: places as shares of the field of view from 0 to 1, along i and j, shape (*size, 2) or (N, *size, 2).

    Returns:
        shape (N, C, *size); zero outside.
    """
    places = shares.expand(len(values), *shares.shape[-3:])
    # align_corners=False: -1 and 1 are the outer edges of the first and last pixel.
    grid = (2 * places - 1).flip(-1)
    return functional.grid_sample(values, grid, mode="bilinear", padding_mode="zeros", align_corners=False)


def _rounded_up(pixels: float, multiple: int) -> int:
    # A hair's breadth of rounding error must not cost another row of pixels.
    return math.ceil(pixels / multiple - 1e-6) * multiple
