"""What the label values of brain tissue stand for: names, colours and coded terminology."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from quantseg.brain.regions import REGIONS_OF_TISSUE, Region, Tissue
from quantseg.measure.segments import Code, Segment, Terminology

LEFT, RIGHT = Code("SCT", "7771000", "Left"), Code("SCT", "24028007", "Right")
FLUID_CODE = Code("SCT", "65216001", "Cerebrospinal fluid")
GREY_CODE = Code("SCT", "389081007", "Gray matter")
WHITE_CODE = Code("SCT", "389080008", "White matter")
INTRACRANIAL_CODE = Code("SCT", "1101003", "Intracranial")
_LATERAL_VENTRICLE = Code("SCT", "66720007", "Lateral ventricle")
VENTRICLE_CODE = Code("SCT", "35764002", "Brain ventricle")
CEREBELLUM_CODE = Code("SCT", "113305005", "Cerebellum")
_CEREBELLAR_CORTEX = Code("SCT", "25991003", "Cerebellar cortex")
_CEREBELLAR_WHITE = Code("SCT", "33060004", "Cerebellar white matter")
BRAIN_STEM_CODE = Code("SCT", "119238007", "Brain stem")
# Slicer's category; the current DICOM CID 7150 uses 91723000, which is mapped when DICOM is written.
_ANATOMICAL_STRUCTURE = Code("SCT", "123037004", "Anatomical Structure")
_BODY_SUBSTANCE = Code("SCT", "91720002", "Body substance")


@dataclass(frozen=True)
class LabelledStructure:
    """One label value and what the network calls it.

    Attributes:
        segment: as it is shown and coded.
        regions: of the network that it is the union of.
    """

    segment: Segment
    regions: tuple[Region, ...]


def _structure(
    value: int,
    key: str,
    name: str,
    colour: tuple[int, int, int],
    kind: Code,
    regions: Sequence[Region],
    side: Code | None = None,
) -> LabelledStructure:
    category = _BODY_SUBSTANCE if kind is FLUID_CODE else _ANATOMICAL_STRUCTURE
    return LabelledStructure(
        Segment(value, key, name, colour, Terminology(category, kind, type_modifier=side)), tuple(regions)
    )


def _without(tissue: Tissue, *others: Region) -> tuple[Region, ...]:
    return tuple(region for region in REGIONS_OF_TISSUE[tissue] if region not in others)


# Blue, orange and light grey stay apart under colour blindness and on a grey image.
_BLUE, _ORANGE, _LIGHT = (86, 180, 233), (230, 159, 0), (240, 235, 215)
TISSUES = (
    _structure(1, "csf", "Cerebrospinal fluid", _BLUE, FLUID_CODE, REGIONS_OF_TISSUE[Tissue.FLUID]),
    _structure(2, "grey_matter", "Grey matter", _ORANGE, GREY_CODE, REGIONS_OF_TISSUE[Tissue.GREY]),
    _structure(3, "white_matter", "White matter", _LIGHT, WHITE_CODE, REGIONS_OF_TISSUE[Tissue.WHITE]),
)
"""The three tissues, which all of the intracranial space is made of."""

_PARTS = (
    _structure(
        4,
        "left_lateral_ventricle",
        "Left lateral ventricle",
        (0, 114, 178),
        _LATERAL_VENTRICLE,
        (Region.LEFT_VENTRICLE,),
        LEFT,
    ),
    _structure(
        5,
        "right_lateral_ventricle",
        "Right lateral ventricle",
        (60, 90, 220),
        _LATERAL_VENTRICLE,
        (Region.RIGHT_VENTRICLE,),
        RIGHT,
    ),
    _structure(
        6,
        "midline_ventricles",
        "Third and fourth ventricle",
        (110, 70, 200),
        VENTRICLE_CODE,
        (Region.MIDLINE_VENTRICLES,),
    ),
    _structure(
        7, "left_deep_grey_matter", "Left deep grey matter", (213, 94, 0), GREY_CODE, (Region.LEFT_DEEP_GREY,), LEFT
    ),
    _structure(
        8,
        "right_deep_grey_matter",
        "Right deep grey matter",
        (170, 60, 30),
        GREY_CODE,
        (Region.RIGHT_DEEP_GREY,),
        RIGHT,
    ),
    _structure(
        9,
        "left_cerebellar_grey_matter",
        "Left grey matter of the cerebellum",
        (0, 158, 115),
        _CEREBELLAR_CORTEX,
        (Region.LEFT_CEREBELLAR_GREY,),
        LEFT,
    ),
    _structure(
        10,
        "right_cerebellar_grey_matter",
        "Right grey matter of the cerebellum",
        (80, 200, 120),
        _CEREBELLAR_CORTEX,
        (Region.RIGHT_CEREBELLAR_GREY,),
        RIGHT,
    ),
    _structure(
        11,
        "left_cerebellar_white_matter",
        "Left white matter of the cerebellum",
        (190, 225, 175),
        _CEREBELLAR_WHITE,
        (Region.LEFT_CEREBELLAR_WHITE,),
        LEFT,
    ),
    _structure(
        12,
        "right_cerebellar_white_matter",
        "Right white matter of the cerebellum",
        (165, 215, 205),
        _CEREBELLAR_WHITE,
        (Region.RIGHT_CEREBELLAR_WHITE,),
        RIGHT,
    ),
    _structure(13, "brain_stem", "Brain stem", (204, 121, 167), BRAIN_STEM_CODE, (Region.BRAIN_STEM,)),
)
_OF_PARTS = tuple(region for part in _PARTS for region in part.regions)
TISSUES_AND_PARTS = (
    _structure(1, "outer_csf", "Fluid outside the ventricles", _BLUE, FLUID_CODE, _without(Tissue.FLUID, *_OF_PARTS)),
    _structure(
        2, "cortical_grey_matter", "Grey matter of the cortex", _ORANGE, GREY_CODE, _without(Tissue.GREY, *_OF_PARTS)
    ),
    _structure(
        3, "cerebral_white_matter", "Cerebral white matter", _LIGHT, WHITE_CODE, _without(Tissue.WHITE, *_OF_PARTS)
    ),
    *_PARTS,
)
"""With the parts told apart, each of one tissue; the first three values hold what of their tissue is in no part."""
