"""What a label value stands for: name, colour and coded terminology."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Code:
    """A coded concept.

    Attributes:
        scheme: coding scheme designator, such as "SCT" (SNOMED CT) or "DCM".
        value: code value.
        meaning: the concept in words.
    """

    scheme: str
    value: str
    meaning: str


@dataclass(frozen=True)
class Terminology:
    """What a segment is, in the slots that Slicer and DICOM SEG have for it."""

    category: Code
    type: Code
    type_modifier: Code | None = None
    region: Code | None = None
    region_modifier: Code | None = None


@dataclass(frozen=True)
class Segment:
    """One label of a result.

    Attributes:
        value: voxel value in the label map.
        key: identifier in JSON and CSV, such as ``left_anterior``.
        name: name shown to people, such as "Left lobe of the liver".
        colour: red, green, blue from 0 to 255.
        terminology: coded meaning.
    """

    value: int
    key: str
    name: str
    colour: tuple[int, int, int]
    terminology: Terminology
