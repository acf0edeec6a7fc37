"""How a viewer shows the image of a case and those that were made of it, and which places in them are marked."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class ShownImage:
    """One of the images between which a viewer changes.

    Attributes:
        name: of the output; None for the image that the case was made from.
        title: in one word, such as "After".
        words: what it shows, such as "PET estimated from 10 % counts".
        window: stored values that are darkest and brightest.
        unit: that people read; ``1`` for an image's own.
        per_stored: what people read, of one stored unit.
        is_signed: whether values below zero are shown in another colour than those above it.
    """

    name: str | None
    title: str
    words: str
    window: tuple[float, float]
    unit: str = "1"
    per_stored: float = 1.0
    is_signed: bool = False


@dataclass(frozen=True)
class MarkedPlace:
    """A place that is to be looked at.

    Attributes:
        centre_ras_mm: where it is.
        words: what was found there.
    """

    centre_ras_mm: tuple[float, float, float]
    words: str


@dataclass(frozen=True)
class MarkedPlaces:
    """All places that are to be looked at for one reason.

    Attributes:
        heading: the reason.
        places: at least one, the most doubtful first.
    """

    heading: str
    places: tuple[MarkedPlace, ...]
