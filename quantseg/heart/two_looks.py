"""Labels for a short-axis stack in two looks: a coarse one that finds the heart, a close one that outlines it.

Both are the same network, which is trained at both resolutions: a second one to find the heart would be one more to
train, ship and keep apart in cross-validation.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Protocol

import numpy as np
import torch
from torch.nn import functional

from quantseg.heart.region import HeartRegion, heart_region, window_around
from quantseg.heart.stack_input import (
    Intensity,
    as_slices,
    neighbour_indices,
    normalised,
    resize_in_plane,
    size_at,
    with_neighbours,
)
from quantseg.models.building import build

_SLICES_AT_ONCE = 16


class PredictsSamples(Protocol):
    """What two looks need of an ensemble."""

    def predict_samples(self, samples: torch.Tensor, first_only: bool = False) -> torch.Tensor:
        """Return softmax probabilities of shape (M, N, C, I, J) for normalised samples of shape (N, 3, I, J)."""
        ...


def stack_probabilities(
    ensemble: PredictsSamples,
    image: np.ndarray,
    spacing_mm: tuple[float, float],
    inference: Mapping[str, Any],
    region: HeartRegion | None = None,
) -> np.ndarray:
    """Return what every network makes of a stack.

    Args:
        ensemble: its first network takes the coarse look.
        image: raw intensities, slices along k, shape (I, J, K).
        spacing_mm: between pixels along i and j.
        inference: ``inference.json``: ``spacing_mm`` of the close look (its first value), ``coarse_spacing_mm``,
            ``minimum_patch``, ``patch_multiple``, ``margin_mm``, ``intensity``.
        region: where the heart lies, such as from other frames of the cine; looked for by default.

    Returns:
        softmax probabilities on the grid of ``image``, float32, shape (M, C, I, J, K).
    """
    slices = as_slices(torch.from_numpy(np.ascontiguousarray(image)))
    intensity = build(inference["intensity"])
    region = region or find_heart(ensemble, [image], spacing_mm, inference)
    working_mm = inference["spacing_mm"][0]
    shape = (int(slices.shape[1]), int(slices.shape[2]))
    size = size_at(shape, spacing_mm, working_mm)
    least = (inference["minimum_patch"][0], inference["minimum_patch"][1])
    margin = round(inference["margin_mm"] / working_mm)
    start, window = window_around(region, size, least, margin, inference["patch_multiple"])
    close = _cut(resize_in_plane(slices[:, None], size)[:, 0], start, window)
    members = [
        resize_in_plane(_paste(probabilities, start, size), shape).permute(1, 2, 3, 0).numpy()
        for probabilities in _predict(ensemble, close, intensity)
    ]
    return np.stack(members)


def find_heart(
    ensemble: PredictsSamples,
    frames: Iterable[np.ndarray],
    spacing_mm: tuple[float, float],
    inference: Mapping[str, Any],
) -> HeartRegion:
    """Take the coarse look.

    Args:
        ensemble: as for :func:`stack_probabilities`.
        frames: stacks of one cine, each of shape (I, J, K); the region holds the heart in all of them.
        spacing_mm: as for :func:`stack_probabilities`.
        inference: likewise.
    """
    return heart_region(np.max([_coarse_look(ensemble, frame, spacing_mm, inference) for frame in frames], axis=0))


def _coarse_look(
    ensemble: PredictsSamples, image: np.ndarray, spacing_mm: tuple[float, float], inference: Mapping[str, Any]
) -> np.ndarray:
    """Return the probability of any structure of the heart, shape (K, I, J) at the coarse spacing."""
    slices = as_slices(torch.from_numpy(np.ascontiguousarray(image)))
    size = size_at((int(slices.shape[1]), int(slices.shape[2])), spacing_mm, inference["coarse_spacing_mm"])
    start, window = window_around(
        HeartRegion((0.0, 0.0), (1.0, 1.0), found=False),
        size,
        (inference["minimum_patch"][0], inference["minimum_patch"][1]),
        0,
        inference["patch_multiple"],
    )
    coarse = _cut(resize_in_plane(slices[:, None], size)[:, 0], start, window)
    (probabilities,) = _predict(ensemble, coarse, build(inference["intensity"]), first_only=True)
    return 1 - _paste(probabilities, start, size)[:, 0].numpy()


def _predict(
    ensemble: PredictsSamples, slices: torch.Tensor, intensity: Intensity, first_only: bool = False
) -> torch.Tensor:
    """Return softmax probabilities of slices of shape (K, I, J), shape (M, K, C, I, J), in CPU memory."""
    below, above = neighbour_indices(len(slices))
    samples = normalised(with_neighbours(slices, slices[below], slices[above]), intensity)
    return torch.cat([ensemble.predict_samples(part, first_only) for part in samples.split(_SLICES_AT_ONCE)], dim=1)


def _cut(slices: torch.Tensor, start: tuple[int, int], window: tuple[int, int]) -> torch.Tensor:
    """Return a window of slices of shape (K, I, J); where it sticks out it holds zero, air."""
    return functional.pad(slices, _margins(start, window, (int(slices.shape[1]), int(slices.shape[2]))))


def _paste(probabilities: torch.Tensor, start: tuple[int, int], size: tuple[int, int]) -> torch.Tensor:
    """Put the probabilities of a window, shape (K, C, I, J), into a field of view that is background elsewhere."""
    window = (int(probabilities.shape[2]), int(probabilities.shape[3]))
    margins = _margins((-start[0], -start[1]), size, window)
    background = functional.pad(probabilities[:, :1], margins, value=1.0)
    return torch.cat([background, functional.pad(probabilities[:, 1:], margins)], dim=1)


def _margins(start: tuple[int, int], window: tuple[int, int], size: tuple[int, int]) -> list[int]:
    """Return what to add before and after j, then i, to get from ``size`` pixels to a window; negative ones cut."""
    return [n for axis in (1, 0) for n in (-start[axis], start[axis] + window[axis] - size[axis])]
