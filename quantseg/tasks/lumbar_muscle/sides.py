"""Which side of the spine each pixel lies on: from where the pairs of muscles lie, along the image's own axes."""

from __future__ import annotations

import numpy as np

from quantseg.measure.statistics import bounding_box
from quantseg.tasks.lumbar_muscle.channels import Muscle, Side, channel_of, label_of

_ROUNDS = 4
# Pairs whose middles lie so far apart from back to front tell how far the person is turned.
_LEAST_SPREAD_MM = 15.0
_STEEPEST = 0.6


def with_sides(muscles: np.ndarray, pixel_mm: tuple[float, float]) -> np.ndarray:
    """Return label values from the muscles of a plane.

    The line between the sides runs through the middles of the pairs: midway between the left and the right psoas, and
    so on, whatever their sizes.

    Args:
        muscles: channel numbers, shape (I, J); I runs towards the person's right, J towards the front.
        pixel_mm: size of a pixel.

    Returns:
        uint8, same shape.
    """
    labels = np.zeros(muscles.shape, np.uint8)
    if not muscles.any():
        return labels
    x = (np.arange(muscles.shape[0]) * pixel_mm[0])[:, None] * np.ones((1, muscles.shape[1]))
    y = np.ones((muscles.shape[0], 1)) * (np.arange(muscles.shape[1]) * pixel_mm[1])[None]
    shown = muscles > 0
    at, slope = float(x[shown].mean()), 0.0
    y_middle = float(y[shown].mean())
    for _ in range(_ROUNDS):
        right = x > at + slope * (y - y_middle)
        middles = _middles(muscles, right, x, y)
        if len(middles) == 0:
            break
        weights, xs, ys = middles.T
        at_y = float(np.average(ys, weights=weights))
        spread = float(np.sqrt(np.average((ys - at_y) ** 2, weights=weights)))
        if spread >= _LEAST_SPREAD_MM / 2:
            covariance = np.average((xs - np.average(xs, weights=weights)) * (ys - at_y), weights=weights)
            slope = float(np.clip(covariance / spread**2, -_STEEPEST, _STEEPEST))
        at, y_middle = float(np.average(xs, weights=weights)), at_y
    right = x > at + slope * (y - y_middle)
    for muscle in Muscle:
        mask = muscles == channel_of(muscle)
        labels[mask & right] = label_of(muscle, Side.RIGHT)
        labels[mask & ~right] = label_of(muscle, Side.LEFT)
    return labels


def on_the_other_side(labels: np.ndarray, pixel_mm: tuple[float, float]) -> dict[int, float]:
    """Return how much of each label that a person drew lies beyond the line between the sides, in mm2, by its value.

    Args:
        labels: label values of a plane, shape (I, J); I runs towards the person's right, J towards the front.
        pixel_mm: size of a pixel.
    """
    box = bounding_box(labels[:, :, None])
    if box is None:
        return {}
    shown = labels[box[:2]]
    # Left and right of a muscle follow each other.
    wrong = shown[shown != with_sides((shown + 1) // 2, pixel_mm)]
    values, counts = np.unique(wrong, return_counts=True)
    pixel_mm2 = pixel_mm[0] * pixel_mm[1]
    return {int(value): float(count * pixel_mm2) for value, count in zip(values, counts, strict=True)}


def _middles(muscles: np.ndarray, right: np.ndarray, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Return for each pair its weight, the size of the lesser side, and where its middle lies, shape (pairs, 3)."""
    found = []
    for muscle in Muscle:
        mask = muscles == channel_of(muscle)
        sides = [mask & right, mask & ~right]
        weight = min(np.count_nonzero(side) for side in sides)
        if weight:
            centres = [(x[side].mean(), y[side].mean()) for side in sides]
            found.append([weight, *np.mean(centres, axis=0)])
    return np.array(found).reshape(-1, 3)
