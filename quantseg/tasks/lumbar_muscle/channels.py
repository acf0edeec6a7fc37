"""What the network tells apart, in the order of its channels; label values are the same numbers."""

from __future__ import annotations

from enum import Enum


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


CHANNELS = ("background", *(f"{side.value}_{muscle.value}" for muscle in Muscle for side in Side))
"""Names of the channels: background, left psoas, right psoas, left erector spinae, and so on."""


def label_of(muscle: Muscle, side: Side) -> int:
    """Return the label value, which is the channel's number."""
    return CHANNELS.index(f"{side.value}_{muscle.value}")
