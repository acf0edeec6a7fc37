"""What the tissue network tells apart, which tissue each of it is, and what it becomes in a mirror."""

from __future__ import annotations

from enum import Enum, IntEnum


class Region(IntEnum):
    """What label maps tell apart, and networks singly or by tissue; all but ``BACKGROUND`` are intracranial."""

    BACKGROUND = 0
    OUTER_FLUID = 1
    MIDLINE_VENTRICLES = 2
    BRAIN_STEM = 3
    LEFT_GREY = 4
    RIGHT_GREY = 5
    LEFT_WHITE = 6
    RIGHT_WHITE = 7
    LEFT_VENTRICLE = 8
    RIGHT_VENTRICLE = 9
    LEFT_DEEP_GREY = 10
    RIGHT_DEEP_GREY = 11
    LEFT_CEREBELLAR_GREY = 12
    RIGHT_CEREBELLAR_GREY = 13
    LEFT_CEREBELLAR_WHITE = 14
    RIGHT_CEREBELLAR_WHITE = 15


class Tissue(IntEnum):
    """Values of the label map without parts."""

    BACKGROUND = 0
    FLUID = 1
    GREY = 2
    WHITE = 3


class Part(Enum):
    """Parts that are told apart on request; each value is the key that its measurements bear."""

    VENTRICLES = "ventricles"
    DEEP_GREY = "deep_grey_matter"
    CEREBELLUM = "cerebellum"
    BRAIN_STEM = "brain_stem"


_FLUID = (Region.OUTER_FLUID, Region.MIDLINE_VENTRICLES, Region.LEFT_VENTRICLE, Region.RIGHT_VENTRICLE)
_GREY = (
    Region.LEFT_GREY,
    Region.RIGHT_GREY,
    Region.LEFT_DEEP_GREY,
    Region.RIGHT_DEEP_GREY,
    Region.LEFT_CEREBELLAR_GREY,
    Region.RIGHT_CEREBELLAR_GREY,
)
_WHITE = (
    Region.LEFT_WHITE,
    Region.RIGHT_WHITE,
    Region.LEFT_CEREBELLAR_WHITE,
    Region.RIGHT_CEREBELLAR_WHITE,
    Region.BRAIN_STEM,
)
REGIONS_OF_TISSUE = {Tissue.FLUID: _FLUID, Tissue.GREY: _GREY, Tissue.WHITE: _WHITE}
"""Which regions each tissue is made of; the brain stem counts as white matter."""

REGIONS_OF_PART = {
    Part.VENTRICLES: (Region.LEFT_VENTRICLE, Region.RIGHT_VENTRICLE, Region.MIDLINE_VENTRICLES),
    Part.DEEP_GREY: (Region.LEFT_DEEP_GREY, Region.RIGHT_DEEP_GREY),
    Part.CEREBELLUM: (
        Region.LEFT_CEREBELLAR_GREY,
        Region.LEFT_CEREBELLAR_WHITE,
        Region.RIGHT_CEREBELLAR_GREY,
        Region.RIGHT_CEREBELLAR_WHITE,
    ),
    Part.BRAIN_STEM: (Region.BRAIN_STEM,),
}


def regions_of_channel(name: str) -> tuple[Region, ...]:
    """Return what a channel of a network holds: a tissue (``grey``), all outside the brain, or one region alone.

    Args:
        name: of the channel, in lower case, as ``labels`` in ``inference.json`` has it.
    """
    tissue = Tissue.__members__.get(name.upper())
    if tissue is None or tissue is Tissue.BACKGROUND:
        return (Region[name.upper()],)
    return REGIONS_OF_TISSUE[tissue]


def _mirrored(region: Region) -> Region:
    for side, other in (("LEFT_", "RIGHT_"), ("RIGHT_", "LEFT_")):
        if region.name.startswith(side):
            return Region[other + region.name.removeprefix(side)]
    return region


MIRRORED = tuple(_mirrored(region) for region in Region)
"""What each region becomes when the head is mirrored, indexed by its value."""
