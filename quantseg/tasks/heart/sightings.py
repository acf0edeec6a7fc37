"""How clearly each slice shows each cavity, by the members' probabilities."""

from __future__ import annotations

from enum import IntEnum

import numpy as np

from quantseg.tasks.heart.anatomy import HeartLabel

CAVITIES = (HeartLabel.LV_CAVITY, HeartLabel.RV_CAVITY)
"""In the order of the arrays' axis."""


class Sight(IntEnum):
    """What is known of a cavity in a slice, along the arrays' last axis."""

    EXPECTED_PIXELS = 0
    PROMISED_DICE = 1
    HIGHEST_PROBABILITY = 2


def frame_sightings(
    probabilities: np.ndarray, member_labels: np.ndarray, label_values: np.ndarray, witness: int | None
) -> np.ndarray:
    """Look at a frame.

    Args:
        probabilities: of the members, shape (M, C, I, J, K).
        member_labels: ``HeartLabel`` values that they lead to, shape (M, I, J, K).
        label_values: of the classes, shape (C,).
        witness: number of the only member to count, if only one does.

    Returns:
        means over the members, float64, shape (K, 2, 3): slices, ``CAVITIES``, ``Sight``; 0 for a cavity that the
        model does not know. A slice's promised Dice is that of :func:`quantseg.inference.uncertainty.promised_dice`.
    """
    counted = slice(None) if witness is None else slice(witness, witness + 1)
    found = np.zeros((probabilities.shape[-1], len(CAVITIES), len(Sight)))
    values = list(label_values)
    for place, label in enumerate(CAVITIES):
        if label not in values:
            continue
        foreground = probabilities[counted, values.index(label)]
        mask = member_labels[counted] == label
        expected = foreground.sum(axis=(1, 2), dtype=np.float64)
        drawn = mask.sum(axis=(1, 2))
        inside = np.where(mask, foreground, 0).sum(axis=(1, 2), dtype=np.float64)
        promised = np.where(drawn, 2 * inside / np.maximum(expected + drawn, 1e-9), 0.0)
        highest = foreground.max(axis=(1, 2))
        found[:, place] = np.stack([one.mean(axis=0) for one in (expected, promised, highest)], axis=-1)
    return found
