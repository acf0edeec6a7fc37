"""The codes under which a task's numbers go into a structured report; what has none is written under QuantSeg's own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from quantseg.measure.segments import Code
from quantseg.measure.values import Measurement

OWN_SCHEME = "99QUANTSEG"
"""Designator of the codes that no standard has; those of private schemes begin with 99 (PS3.16, 8.2)."""
_BODY = Code("SCT", "38266002", "Entire body")
_IMAGING = Code("SCT", "363679005", "Imaging")


@dataclass(frozen=True)
class Place:
    """Where in the body a number was taken.

    Attributes:
        name: shown to people, such as "Left kidney".
        site: the structure.
        laterality: left or right; None where it has no side, or the side is unknown.
        part: of the structure, such as "Anterior"; None for the whole.
    """

    name: str
    site: Code
    laterality: Code | None = None
    part: Code | None = None


@dataclass(frozen=True)
class Quantity:
    """What a number is.

    Attributes:
        concept: such as "Volume".
        segment: key of the segment that it is the number of; empty where it is none of a single segment's.
        phase: name of the phase at which it is that segment's; empty where there are no phases.
    """

    concept: Code
    segment: str = ""
    phase: str = ""


def _own_place(region: str) -> Place:
    return Place(region.replace("_", " ").capitalize(), _BODY)


def _own_quantity(one: Measurement) -> Quantity:
    return Quantity(own_concept(one.key))


def own_concept(key: str) -> Code:
    """Return QuantSeg's own code of a quantity."""
    return Code(OWN_SCHEME, key, key.replace("_", " ").capitalize())


@dataclass(frozen=True)
class ReportCodes:
    """How a task's numbers are coded.

    Attributes:
        place: from a measurement's region to where that is.
        quantity: from a measurement to what it is.
        procedure: what was done to the person, such as "MRI of abdomen".
    """

    place: Callable[[str], Place] = _own_place
    quantity: Callable[[Measurement], Quantity] = _own_quantity
    procedure: Code = _IMAGING
