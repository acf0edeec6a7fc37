"""Labels for a short-axis stack in two looks: a coarse one that finds the heart, a close one that outlines it.

Both are the same network, which is trained at both resolutions: a second one to find the heart would be one more to
train, ship and keep apart in cross-validation. The coarse look also says where the right ventricle lies from the left,
and the close look is turned so that it lies on the same side in every heart: how a stack was stored, or which way up,
then hardly matters, and the network need not learn every direction anew.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Protocol

import numpy as np
import torch

from quantseg.heart.anatomy import HeartLabel
from quantseg.heart.region import HeartRegion, heart_region
from quantseg.heart.stack_input import Intensity, as_slices, neighbour_indices, normalised, with_neighbours
from quantseg.heart.window import whole_view, window_around
from quantseg.models.building import build

_SLICES_AT_ONCE = 16


class PredictsSamples(Protocol):
    """What two looks need of an ensemble."""

    def predict_samples(self, samples: torch.Tensor) -> torch.Tensor:
        """Return softmax probabilities of shape (M, N, C, I, J) for normalised samples of shape (N, 3, I, J)."""
        ...


def stack_probabilities(
    ensemble: PredictsSamples,
    image: np.ndarray,
    spacing_mm: tuple[float, float],
    inference: Mapping[str, Any],
    region: HeartRegion | None = None,
) -> np.ndarray:
    """Return what every network makes of a stack, as it is and mirrored.

    Args:
        ensemble: predicts.
        image: raw intensities, slices along k, shape (I, J, K).
        spacing_mm: between pixels along i and j.
        inference: ``inference.json``: ``spacing_mm`` of the close look (its first value), ``coarse_spacing_mm``,
            ``minimum_patch``, ``patch_multiple``, ``margin_mm``, ``label_values``, ``intensity``.
        region: where the heart lies, such as from other frames of the cine; looked for by default.

    Returns:
        softmax probabilities on the grid of ``image``, float32, shape (M, C, I, J, K).
    """
    slices = as_slices(torch.from_numpy(np.ascontiguousarray(image)))
    intensity = build(inference["intensity"])
    region = region or find_heart(ensemble, [image], spacing_mm, inference)
    window = window_around(
        region,
        inference["spacing_mm"][0],
        inference["minimum_patch"],
        inference["margin_mm"],
        inference["patch_multiple"],
    )
    close = window.cut(slices, spacing_mm)
    shape = (int(slices.shape[1]), int(slices.shape[2]))
    # The handedness of a stack cannot be trusted, so that the network has seen both. Their mean is the same for both.
    views = [_predict(ensemble, view, intensity) for view in (close, close.flip(-1))]
    members = (views[0] + views[1].flip(-1)) / 2
    return np.stack([window.paste(member, shape, spacing_mm).permute(1, 2, 3, 0).numpy() for member in members])


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
    looks = [_coarse_look(ensemble, frame, spacing_mm, inference) for frame in frames]
    heart = np.max([1 - look[:, 0] for look in looks], axis=0)
    classes = inference["label_values"]
    knows_right = HeartLabel.RV_CAVITY in classes
    right = np.mean([look[:, classes.index(HeartLabel.RV_CAVITY)] for look in looks], axis=0) if knows_right else None
    pixel_mm = inference["coarse_spacing_mm"]
    return heart_region(heart, (pixel_mm, pixel_mm), right)


def _coarse_look(
    ensemble: PredictsSamples, image: np.ndarray, spacing_mm: tuple[float, float], inference: Mapping[str, Any]
) -> np.ndarray:
    """Return the probabilities of all classes at the coarse spacing, shape (K, C, I, J), over the field of view."""
    slices = as_slices(torch.from_numpy(np.ascontiguousarray(image)))
    shape = (int(slices.shape[1]), int(slices.shape[2]))
    pixel_mm = inference["coarse_spacing_mm"]
    view = whole_view(shape, spacing_mm, pixel_mm, inference["minimum_patch"], inference["patch_multiple"])
    members = _predict(ensemble, view.cut(slices, spacing_mm), build(inference["intensity"]))
    size = tuple(round(n * mm / pixel_mm) for n, mm in zip(shape, spacing_mm, strict=True))
    return view.paste(members.mean(0), (size[0], size[1]), (pixel_mm, pixel_mm)).numpy()


def _predict(ensemble: PredictsSamples, slices: torch.Tensor, intensity: Intensity) -> torch.Tensor:
    """Return softmax probabilities of slices of shape (K, I, J), shape (M, K, C, I, J), in CPU memory."""
    below, above = neighbour_indices(len(slices))
    samples = normalised(with_neighbours(slices, slices[below], slices[above]), intensity)
    return torch.cat([ensemble.predict_samples(part) for part in samples.split(_SLICES_AT_ONCE)], dim=1)
