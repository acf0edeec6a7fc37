"""A short-axis stack as the networks see it: slice by slice at one resolution in plane, never between slices."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch.nn import functional

Intensity = Callable[[dict[str, torch.Tensor]], dict[str, torch.Tensor]]


def as_slices(stack: torch.Tensor) -> torch.Tensor:
    """Return a stack of shape (I, J, K) as slices of shape (K, I, J), the lowest intensity, air, moved to zero."""
    slices = stack.permute(2, 0, 1).float().contiguous()
    return slices - slices.min()


def resize_in_plane(values: torch.Tensor, size: tuple[int, int]) -> torch.Tensor:
    """Sample slices on another number of pixels that covers the same field of view.

    Linear, and smoothed first where pixels get larger, as a scanner of that resolution would.

    Args:
        values: shape (N, C, I, J).
        size: pixels along i and j.

    Returns:
        shape (N, C, *size); the outer edges of the first and last pixel stay where they were.
    """
    if tuple(values.shape[2:]) == tuple(size):
        return values
    return functional.interpolate(values, size=size, mode="bilinear", align_corners=False, antialias=True)


def size_at(shape: tuple[int, int], spacing_mm: tuple[float, float], wanted_mm: float) -> tuple[int, int]:
    """Return how many pixels of about ``wanted_mm`` cover a field of view of these pixels."""
    i, j = (max(1, round(n * mm / wanted_mm)) for n, mm in zip(shape, spacing_mm, strict=True))
    return i, j


def with_neighbours(slices: torch.Tensor, below: torch.Tensor, above: torch.Tensor) -> torch.Tensor:
    """Give each slice what its neighbours show, so that base and apex are seen for what they are.

    The channels are the slice, the darker and the brighter of both neighbours: which of them lies nearer the base
    cannot be told from files, and a stack stored from apex to base gets the same labels.

    Args:
        slices: shape (N, I, J).
        below: the slice before each, same shape.
        above: the slice after each, same shape.

    Returns:
        shape (N, 3, I, J).
    """
    return torch.stack([slices, torch.minimum(below, above), torch.maximum(below, above)], dim=1)


def neighbour_indices(count: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Return for each slice of a stack which one lies before and which after it.

    The first and the last slice have one neighbour, which stands on both sides; a single slice is its own.
    """
    below, above = torch.arange(count) - 1, torch.arange(count) + 1
    below[0] = min(1, count - 1)
    above[-1] = max(count - 2, 0)
    return below, above


def sees_end_diastole(inference: Mapping[str, Any]) -> bool:
    """Tell whether a model's ``inference.json`` asks for :func:`with_end_diastole`; models from before it do not."""
    return bool(inference.get("end_diastolic_channel", False))


def with_end_diastole(samples: torch.Tensor, end_diastole: torch.Tensor | None, intensity: Intensity) -> torch.Tensor:
    """Append what the same slices show at end-diastole, normalised on its own, or zeros where that is not known.

    How far the base has come down and the wall has thickened is what experts judge a frame by; a frame alone does not
    say which phase it is.

    Args:
        samples: normalised, shape (N, C, I, J).
        end_diastole: raw intensities, shape (N, I, J).
        intensity: as for :func:`normalised`.

    Returns:
        shape (N, C + 1, I, J).
    """
    if end_diastole is None:
        return torch.cat([samples, torch.zeros_like(samples[:, :1])], dim=1)
    return torch.cat([samples, normalised(end_diastole[:, None], intensity)], dim=1)


def normalised(samples: torch.Tensor, intensity: Intensity) -> torch.Tensor:
    """Normalise each sample on its own, its slice and neighbours together.

    Args:
        samples: shape (N, C, I, J).
        intensity: the transform built from ``inference.json``.
    """
    # MONAI's transforms answer with its own tensor class, whose bookkeeping would slow every layer of the network.
    return torch.stack([intensity({"image": sample})["image"].as_subclass(torch.Tensor) for sample in samples])
