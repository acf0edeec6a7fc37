"""What is told apart: muscles and sides, values of labels, and channels of the network, which knows no sides."""

from __future__ import annotations

from enum import Enum

import numpy as np


class Muscle(Enum):
    """A muscle that there is a left and a right one of."""

    PSOAS = "psoas"
    ERECTOR_SPINAE = "erector_spinae"
    MULTIFIDUS = "multifidus"
    QUADRATUS_LUMBORUM = "quadratus_lumborum"


class Side(Enum):
    """Of the person's body."""

    LEFT = "left"
    RIGHT = "right"


LABELS = ("background", *(f"{side.value}_{muscle.value}" for muscle in Muscle for side in Side))
"""Names of the label values: background, left psoas, right psoas, left erector spinae, and so on."""
CHANNELS = ("background", *(muscle.value for muscle in Muscle))
"""Names of the network's channels. It tells muscles; which side one lies on is read from where it lies."""


def label_of(muscle: Muscle, side: Side) -> int:
    """Return the label value."""
    return LABELS.index(f"{side.value}_{muscle.value}")


def channel_of(muscle: Muscle) -> int:
    """Return the number of a muscle's channel."""
    return CHANNELS.index(muscle.value)


def without_sides(shares: np.ndarray) -> np.ndarray:
    """Return the shares of the channels, shape (channels, ...), from those of the labels, shape (labels, ...)."""
    sides = [shares[[label_of(muscle, side) for side in Side]].sum(axis=0) for muscle in Muscle]
    return np.stack([shares[0], *sides])
