"""What the label values of lumbar muscles stand for: names, colours and coded terminology."""

from __future__ import annotations

from quantseg.measure.segments import Code, Segment, Terminology
from quantseg.tasks.lumbar_muscle.channels import Muscle, Side, label_of

SIDE_CODES = {Side.LEFT: Code("SCT", "7771000", "Left"), Side.RIGHT: Code("SCT", "24028007", "Right")}
_ANATOMICAL_STRUCTURE = Code("SCT", "123037004", "Anatomical Structure")
MUSCLE_NAMES = {
    Muscle.PSOAS: "Psoas",
    Muscle.ERECTOR_SPINAE: "Erector spinae",
    Muscle.MULTIFIDUS: "Multifidus",
    Muscle.QUADRATUS_LUMBORUM: "Quadratus lumborum",
}
# The psoas alone, without the iliacus, has no code in the dictionary of DICOM.
MUSCLE_CODES = {
    Muscle.PSOAS: Code("99QUANTSEG", "psoas", "Psoas muscle"),
    Muscle.ERECTOR_SPINAE: Code("SCT", "44947003", "Erector spinae muscle"),
    Muscle.MULTIFIDUS: Code("MDC", "7:508", "Musculi multifidii"),
    Muscle.QUADRATUS_LUMBORUM: Code("MDC", "7:576", "Musculus quadratus lumborum"),
}
# A muscle's sides have one hue, the left one lighter; hues stay apart under colour blindness.
_COLOURS = {
    (Side.LEFT, Muscle.PSOAS): (250, 180, 90),
    (Side.RIGHT, Muscle.PSOAS): (220, 110, 20),
    (Side.LEFT, Muscle.ERECTOR_SPINAE): (120, 205, 250),
    (Side.RIGHT, Muscle.ERECTOR_SPINAE): (20, 125, 200),
    (Side.LEFT, Muscle.MULTIFIDUS): (250, 240, 110),
    (Side.RIGHT, Muscle.MULTIFIDUS): (205, 180, 20),
    (Side.LEFT, Muscle.QUADRATUS_LUMBORUM): (225, 160, 205),
    (Side.RIGHT, Muscle.QUADRATUS_LUMBORUM): (190, 85, 150),
}


def _segment(side: Side, muscle: Muscle) -> Segment:
    name = MUSCLE_NAMES[muscle]
    return Segment(
        label_of(muscle, side),
        f"{side.value}_{muscle.value}",
        f"{side.value.capitalize()} {name[0].lower()}{name[1:]}",
        _COLOURS[side, muscle],
        Terminology(_ANATOMICAL_STRUCTURE, MUSCLE_CODES[muscle], type_modifier=SIDE_CODES[side]),
    )


SEGMENTS = tuple(_segment(side, muscle) for muscle in Muscle for side in Side)
"""By label value: 1 left psoas, 2 right psoas, 3 left erector spinae, and so on."""
