"""A short-axis stack as the networks see it: slice by slice at one resolution in plane, never between slices."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from quantseg.models.intensity import Intensity


def as_slices(stack: np.ndarray) -> np.ndarray:
    """Return a stack of shape (I, J, K) as float32 slices of shape (K, I, J), the lowest intensity, air, moved to 0."""
    slices = np.ascontiguousarray(np.moveaxis(stack, 2, 0), np.float32)
    return np.asarray(slices - slices.min())


def size_at(shape: tuple[int, int], spacing_mm: tuple[float, float], wanted_mm: float) -> tuple[int, int]:
    """Return how many pixels of about ``wanted_mm`` cover a field of view of these pixels."""
    i, j = (max(1, round(n * mm / wanted_mm)) for n, mm in zip(shape, spacing_mm, strict=True))
    return i, j


def with_neighbours(slices: np.ndarray, below: np.ndarray, above: np.ndarray) -> np.ndarray:
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
    return np.stack([slices, np.minimum(below, above), np.maximum(below, above)], axis=1)


def neighbour_indices(count: int) -> tuple[np.ndarray, np.ndarray]:
    """Return for each slice of a stack which one lies before and which after it.

    The first and the last slice have one neighbour, which stands on both sides; a single slice is its own.
    """
    below, above = np.arange(count) - 1, np.arange(count) + 1
    below[0] = min(1, count - 1)
    above[-1] = max(count - 2, 0)
    return below, above


def sees_end_diastole(inference: Mapping[str, Any]) -> bool:
    """Tell whether a model's ``inference.json`` asks for :func:`with_end_diastole`; models from before it do not."""
    return bool(inference.get("end_diastolic_channel", False))


def with_end_diastole(samples: np.ndarray, end_diastole: np.ndarray | None) -> np.ndarray:
    """Append what the same slices show at end-diastole, normalised on its own, or zeros where that is not known.

    How far the base has come down and the wall has thickened is what experts judge a frame by; a frame alone does not
    say which phase it is.

    Args:
        samples: normalised, shape (N, C, I, J).
        end_diastole: normalised, shape (N, 1, I, J).

    Returns:
        shape (N, C + 1, I, J).
    """
    beside = np.zeros_like(samples[:, :1]) if end_diastole is None else end_diastole
    return np.concatenate([samples, beside], axis=1)


def normalised(samples: np.ndarray, intensity: Intensity) -> np.ndarray:
    """Normalise each sample on its own, its slice and neighbours together.

    Args:
        samples: shape (N, C, I, J).
        intensity: made from ``inference.json``.
    """
    return np.stack([intensity(sample) for sample in samples])
