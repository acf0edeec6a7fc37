"""What the label values of a hippocampus result stand for: names, colours and coded terminology."""

from __future__ import annotations

from quantseg.measure.segments import Code, Segment, Terminology
from quantseg.tasks.hippocampus.options import Side

HIPPOCAMPUS = Code("SCT", "5366008", "Hippocampus")
LATERALITY = {
    Side.LEFT: Code("SCT", "7771000", "Left"),
    Side.RIGHT: Code("SCT", "24028007", "Right"),
}
"""Code of each side."""
PART = {
    "anterior": Code("SCT", "255549009", "Anterior"),
    "posterior": Code("SCT", "255551008", "Posterior"),
}
"""Code of each part."""
# Slicer's category; the current DICOM CID 7150 uses 91723000, which is mapped when DICOM is written.
_ANATOMICAL_STRUCTURE = Code("SCT", "123037004", "Anatomical Structure")

# Anterior is warm and posterior cool on both sides; all four stay apart under colour blindness (after the palette
# of Okabe and Ito, brightened where an outline on a dark image needs it).
_COLOURS = {
    (Side.LEFT, "anterior"): (240, 165, 0),
    (Side.LEFT, "posterior"): (86, 180, 233),
    (Side.RIGHT, "anterior"): (236, 104, 40),
    (Side.RIGHT, "posterior"): (0, 190, 140),
}


def _segment(value: int, side: Side | None, part: str) -> Segment:
    key = part if side is None else f"{side.value}_{part}"
    name = f"{part} hippocampus" if side is None else f"{side.value} {part} hippocampus"
    terminology = Terminology(
        category=_ANATOMICAL_STRUCTURE,
        type=HIPPOCAMPUS,
        type_modifier=None if side is None else LATERALITY[side],
        region=HIPPOCAMPUS,
        region_modifier=PART[part],
    )
    return Segment(value, key, name.capitalize(), _COLOURS[side or Side.LEFT, part], terminology)


CROP_SEGMENTS = (_segment(1, None, "anterior"), _segment(2, None, "posterior"))
"""Segments of a crop whose side is unknown."""

SIDED_SEGMENTS = (
    _segment(1, Side.LEFT, "anterior"),
    _segment(2, Side.LEFT, "posterior"),
    _segment(3, Side.RIGHT, "anterior"),
    _segment(4, Side.RIGHT, "posterior"),
)
"""Segments of a head, or of a crop whose side was given."""
