"""Water and fat of a Dixon among the images of an input, each pair made one case: by headers of DICOM, or by names."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import Enum
from pathlib import Path

from quantseg.reading.cases import find_cases
from quantseg.reading.dicom_headers import image_type, read_files, text_of
from quantseg.reading.image_file import ending_of
from quantseg.reading.scan import CaseInput

FAT_ROLE = "fat"
_TAGS = ("StudyInstanceUID", "FrameOfReferenceUID", "SeriesDescription", "ImageType")


class _Part(Enum):
    """What of a Dixon a series shows; the values are the words of ImageType, and a pattern of its description."""

    WATER = frozenset({"WATER", "W"}), re.compile(r"(?<![a-z])water(?![a-z])|(?<=[_ .-])w$", re.IGNORECASE)
    # "Fat sat" and its like are images without fat.
    FAT = (
        frozenset({"FAT", "F"}),
        re.compile(r"(?<![a-z])fat(?![a-z])(?![ _-]?(sat|sup|free))|(?<=[_ .-])f$", re.IGNORECASE),
    )


@dataclass(frozen=True)
class _Described:
    """A series as far as pairing needs it.

    Attributes:
        case: that it is.
        part: of a Dixon; None where it says nothing of one.
        scan: what both parts have in common: study, frame of reference, description without the part, images; of files
            folder and name without the part.
    """

    case: CaseInput
    part: _Part | None
    scan: tuple[str, str, str, int]


def find_dixon_cases(inputs: Sequence[Path], series: Sequence[str] | None = None) -> list[CaseInput]:
    """Find cases, the fat series of a Dixon as the further role of its water series.

    DICOM says what belongs together; files do by their names where they lie in one folder and differ in nothing but the
    part, such as ``P1_W.nii.gz`` and ``P1_F.nii.gz``. What has no partner, or several, stays a case of its own.

    Args:
        inputs: files and folders.
        series: picks DICOM series; a series that is picked alone stays alone.

    Raises:
        UsageError: as for :func:`quantseg.reading.cases.find_cases`.
    """
    described = [_described(case) for case in find_cases(inputs, series)]
    fat_of = {}
    for one in described:
        partners = [other for other in described if other.part is _Part.FAT and other.scan == one.scan]
        rivals = [other for other in described if other.part is _Part.WATER and other.scan == one.scan]
        if one.part is _Part.WATER and len(partners) == len(rivals) == 1:
            fat_of[one.case.name] = partners[0].case
    taken = {case.name for case in fat_of.values()}
    return [
        replace(one.case, further_roles=((FAT_ROLE, fat_of[one.case.name]),)) if one.case.name in fat_of else one.case
        for one in described
        if one.case.name not in taken
    ]


def is_fat_of(name: str, water_name: str) -> bool:
    """Tell whether names alone call one image the fat of the Dixon that another one is the water of.

    Example:
        >>> is_fat_of("dixon_tra_F", "dixon_tra_W")
        True
    """
    fat, water = _Part.FAT.value[1], _Part.WATER.value[1]
    both = fat.search(name) and water.search(water_name)
    return bool(both) and _common(name, fat) == _common(water_name, water)


def _common(description: str, part: re.Pattern[str] | None) -> str:
    """Return what the descriptions of both parts of a Dixon have in common."""
    return description if part is None else part.sub("", description).strip(" _.-").lower()


def _part_of(description: str) -> _Part | None:
    return next((one for one in _Part if one.value[1].search(description)), None)


def _described_by_name(case: CaseInput) -> _Described:
    name = case.path.name.removesuffix(ending_of(case.path) or "")
    part = _part_of(name)
    common = _common(name, None if part is None else part.value[1])
    return _Described(case, part, (str(case.path.parent), "", common, 1))


def _described(case: CaseInput) -> _Described:
    if case.series_uid is None:
        return _described_by_name(case)
    files = read_files(case.files[:1], _TAGS)[0]
    if not files:
        return _Described(case, None, ("", "", "", 0))
    header = files[0].header
    description, words = text_of(header, "SeriesDescription"), set(image_type(header))
    part = next((one for one in _Part if words & one.value[0]), None)
    part = part or _part_of(description)
    common = _common(description, None if part is None else part.value[1])
    study, frame = text_of(header, "StudyInstanceUID"), text_of(header, "FrameOfReferenceUID")
    return _Described(case, part, (study, frame, common, len(case.files)))
