"""Labels for a short-axis stack in two passes: a coarse one that finds the heart, a fine one that outlines it.

Both are the same network, which is trained at both resolutions: a second one to find the heart would be one more to
train, ship and keep apart in cross-validation. The coarse pass also says where the right ventricle lies from the left,
and the fine pass is turned so that it lies on the same side in every heart: how a stack was stored, or which way up,
then hardly matters, and the network need not learn every direction anew.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Protocol

import numpy as np

from quantseg.models.intensity import intensity_transform
from quantseg.tasks.heart.anatomy import HeartLabel
from quantseg.tasks.heart.region import HeartRegion, heart_region
from quantseg.tasks.heart.shading import slices_as_seen
from quantseg.tasks.heart.stack_input import (
    neighbour_indices,
    normalised,
    sees_end_diastole,
    with_end_diastole,
    with_neighbours,
)
from quantseg.tasks.heart.window import Window, whole_view, window_around

_SLICES_AT_ONCE = 16

# The fine pass knows the right ventricle better than the coarse one, which may err by a quarter of a turn: what it
# finds corrects the window, until the direction holds still.
_CORRECTIONS = 2
_STEADY_RAD = math.radians(10)

# Where the heart lies is told by every other slice as well as by all, in half the time; the fewest that are thinned so.
_FEWEST_THINNED = 6
_SMALLEST_MM = 20.0  # What is found smaller than this, or not at all, is looked for in every slice.


class PredictsSamples(Protocol):
    """What both passes need of an ensemble."""

    def predict_samples(self, samples: np.ndarray) -> np.ndarray:
        """Return softmax probabilities of shape (M, N, C, I, J) for normalised samples of shape (N, channels, I, J)."""
        ...


class EndDiastole:
    """The slices of a cine at end-diastole, cut out and normalised once for all frames that are seen beside them.

    Args:
        stack: raw intensities, slices along k, shape (I, J, K).
        inference: as for :func:`stack_probabilities`.
    """

    def __init__(self, stack: np.ndarray, inference: Mapping[str, Any]) -> None:
        self._slices, self._inference = slices_as_seen(stack, inference), inference
        self._seen: tuple[Window, np.ndarray] | None = None

    def seen_through(self, window: Window, spacing_mm: tuple[float, float]) -> np.ndarray:
        """Return the slices in a window, each normalised on its own, shape (K, 1, *size)."""
        if self._seen is None or self._seen[0] != window:
            intensity = intensity_transform(self._inference["intensity"])
            self._seen = window, normalised(window.cut(self._slices, spacing_mm)[:, None], intensity)
        return self._seen[1]


def stack_probabilities(
    ensemble: PredictsSamples,
    image: np.ndarray,
    spacing_mm: tuple[float, float],
    inference: Mapping[str, Any],
    region: HeartRegion | None = None,
    end_diastole: EndDiastole | None = None,
) -> np.ndarray:
    """Return what every network makes of a stack, as it is and mirrored.

    Args:
        ensemble: predicts.
        image: raw intensities, slices along k, shape (I, J, K).
        spacing_mm: between pixels along i and j.
        inference: ``inference.json``: ``spacing_mm`` of the fine pass (its first value), ``coarse_spacing_mm``,
            ``minimum_patch``, ``patch_multiple``, ``margin_mm``, ``label_values``, ``intensity``,
            ``end_diastolic_channel``, ``flatten_shading``.
        region: where the heart lies, such as from other frames of the cine; found anew by default.
        end_diastole: the same slices then; None where that is not known, or the model takes none.

    Returns:
        softmax probabilities on the grid of ``image``, float32, shape (M, C, I, J, K).
    """
    region = region or find_heart(ensemble, [image], spacing_mm, inference)
    slices = slices_as_seen(image, inference)
    shape = (int(slices.shape[1]), int(slices.shape[2]))
    window = _fine_window(region, inference)
    reference = None if end_diastole is None else end_diastole.seen_through(window, spacing_mm)
    samples = _samples(window.cut(slices, spacing_mm), inference, reference)
    # The handedness of a stack cannot be trusted, so that the network has seen both. Their mean is the same for both.
    plain, mirrored = (_predict(ensemble, view) for view in (samples, samples[..., ::-1]))
    members = (plain + mirrored[..., ::-1]) / 2
    return np.stack([np.moveaxis(window.paste(member, shape, spacing_mm), 0, -1) for member in members])


def find_heart(
    ensemble: PredictsSamples,
    frames: Iterable[np.ndarray],
    spacing_mm: tuple[float, float],
    inference: Mapping[str, Any],
) -> HeartRegion:
    """Find the heart in a coarse pass, and correct it by a fine one where the model knows the right ventricle.

    Every other slice is looked at, and in one view: against all of them in two, the direction differs by 1 to 2
    degrees and the labels' mean Dice by less than 0.001 (``Testing/benchmarks/heart_finding.py``).

    Args:
        ensemble: as for :func:`stack_probabilities`.
        frames: stacks of one cine, each of shape (I, J, K); the region holds the heart in all of them.
        spacing_mm: as for :func:`stack_probabilities`.
        inference: as for :func:`stack_probabilities`.
    """
    stacks = [slices_as_seen(frame, inference) for frame in frames]
    shape = (int(stacks[0].shape[1]), int(stacks[0].shape[2]))
    coarse_mm = inference["coarse_spacing_mm"]
    size = (round(shape[0] * spacing_mm[0] / coarse_mm), round(shape[1] * spacing_mm[1] / coarse_mm))
    view = whole_view(shape, spacing_mm, coarse_mm, inference["minimum_patch"], inference["patch_multiple"])
    chosen = _every_other(len(stacks[0]))

    def found_in(some: list[int]) -> HeartRegion:
        coarse = [
            _predict(ensemble, _samples(view.cut(slices, spacing_mm), inference)[some]).mean(0) for slices in stacks
        ]
        return _region([view.paste(found, size, (coarse_mm, coarse_mm)) for found in coarse], inference)

    region = found_in(chosen)
    if len(chosen) < len(stacks[0]) and min(region.extent_mm) < _SMALLEST_MM:
        # A heart that few slices show may lie between those that were looked at.
        chosen = list(range(len(stacks[0])))
        region = found_in(chosen)
    for _ in range(_CORRECTIONS if region.found and HeartLabel.RV_CAVITY in inference["label_values"] else 0):
        closer = []
        window = _fine_window(region, inference)
        for slices in stacks:
            members = _predict(ensemble, _samples(window.cut(slices, spacing_mm), inference)[chosen])
            closer.append(window.paste(members.mean(0), size, (coarse_mm, coarse_mm)))
        previous, region = region, _region(closer, inference)
        if not region.found or _angle_between(previous, region) < _STEADY_RAD:
            break
    return region


def _region(passes: Sequence[np.ndarray], inference: Mapping[str, Any]) -> HeartRegion:
    """Return the region that several stacks share, from probabilities of shape (K, C, I, J) at the coarse spacing."""
    heart = np.stack([1 - one[:, 0] for one in passes]).max(axis=0)
    classes = inference["label_values"]
    right = None
    if HeartLabel.RV_CAVITY in classes:
        right = np.stack([one[:, classes.index(HeartLabel.RV_CAVITY)] for one in passes]).mean(axis=0)
    pixel_mm = inference["coarse_spacing_mm"]
    return heart_region(heart, (pixel_mm, pixel_mm), right)


def _angle_between(first: HeartRegion, second: HeartRegion) -> float:
    """Return the angle between two directions in radians; that between a known and an unknown one is infinite."""
    if first.turn is None or second.turn is None:
        return 0.0 if first.turn == second.turn else math.inf
    return abs(math.remainder(first.turn - second.turn, math.tau))


def _fine_window(region: HeartRegion, inference: Mapping[str, Any]) -> Window:
    return window_around(
        region,
        inference["spacing_mm"][0],
        inference["minimum_patch"],
        inference["margin_mm"],
        inference["patch_multiple"],
    )


def _every_other(count: int) -> list[int]:
    """Return slices that tell where the heart lies: the second and fourth from either end and so on, all of few.

    A stack that is stored from its other end shows the same ones.
    """
    return [k for k in range(count) if count < _FEWEST_THINNED or min(k, count - 1 - k) % 2]


def _samples(slices: np.ndarray, inference: Mapping[str, Any], end_diastole: np.ndarray | None = None) -> np.ndarray:
    """Return what the networks are shown of slices of shape (K, I, J), shape (K, channels, I, J)."""
    below, above = neighbour_indices(len(slices))
    intensity = intensity_transform(inference["intensity"])
    samples = normalised(with_neighbours(slices, slices[below], slices[above]), intensity)
    return with_end_diastole(samples, end_diastole) if sees_end_diastole(inference) else samples


def _predict(ensemble: PredictsSamples, samples: np.ndarray) -> np.ndarray:
    """Return softmax probabilities of samples of shape (K, channels, I, J), shape (M, K, C, I, J)."""
    parts = [samples[first : first + _SLICES_AT_ONCE] for first in range(0, len(samples), _SLICES_AT_ONCE)]
    return np.concatenate([ensemble.predict_samples(part) for part in parts], axis=1)
