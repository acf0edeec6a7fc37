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
_ANY_PART = "\0"
"""Stands for the part in what both names have in common, where it stood; no name holds it."""
_LAST_LETTER = re.compile(r"(?<=[_ .-])[a-z]$", re.IGNORECASE)
_LETTERS_OF_PARTS = frozenset("wfio")
"""Water, fat, in phase, opposed phase."""
_PAIRED_BY_NAMES = (
    "The fat image {fat} was taken for that of the same scan by its name alone; look at whether both show one person."
)


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
    part, such as ``P1_W.nii.gz`` and ``P1_F.nii.gz``; last letters tell nothing where they number people, as beside
    ``P1_A.nii.gz``. What has no partner, or several, stays a case of its own.

    Args:
        inputs: files and folders.
        series: picks DICOM series; a series that is picked alone stays alone.

    Raises:
        UsageError: as for :func:`quantseg.reading.cases.find_cases`.
    """
    cases = find_cases(inputs, series)
    lettered = {_before_letter(case) for case in cases if case.series_uid is None and _numbers_people(case)}
    described = [_described(case, lettered) for case in cases]
    fat_of = {}
    for one in described:
        partners = [other for other in described if other.part is _Part.FAT and other.scan == one.scan]
        rivals = [other for other in described if other.part is _Part.WATER and other.scan == one.scan]
        if one.part is _Part.WATER and len(partners) == len(rivals) == 1:
            fat_of[one.case.name] = partners[0].case
    taken = {case.name for case in fat_of.values()}
    return [
        _with_fat(one.case, fat_of[one.case.name]) if one.case.name in fat_of else one.case
        for one in described
        if one.case.name not in taken
    ]


def _with_fat(water: CaseInput, fat: CaseInput) -> CaseInput:
    told = () if water.series_uid else (_PAIRED_BY_NAMES.format(fat=fat.path.name),)
    return replace(water, further_roles=((FAT_ROLE, fat),), notes=(*water.notes, *told))


def is_fat_of(name: str, water_name: str) -> bool:
    """Tell whether names alone call one image the fat of the Dixon that another one is the water of.

    Example:
        >>> is_fat_of("dixon_tra_F", "dixon_tra_W")
        True
    """
    both = _Part.FAT.value[1].search(name) and _Part.WATER.value[1].search(water_name)
    return bool(both) and _common(name.lower(), _Part.FAT) == _common(water_name.lower(), _Part.WATER)


def _common(description: str, part: _Part | None) -> str:
    """Return what the descriptions of both parts of a Dixon have in common.

    The part keeps its place: without it ``1water2`` and ``12_fat``, of two people, would have all in common.
    """
    return description if part is None else part.value[1].sub(_ANY_PART, description)


def _part_of(description: str) -> _Part | None:
    return next((one for one in _Part if one.value[1].search(description)), None)


def _name(case: CaseInput) -> str:
    return case.path.name.removesuffix(ending_of(case.path) or "")


def _before_letter(case: CaseInput) -> tuple[Path, str]:
    return case.path.parent, _LAST_LETTER.sub("", _name(case))


def _numbers_people(case: CaseInput) -> bool:
    """Tell whether a file's name ends in a letter of its own that no part of a Dixon is called by."""
    letter = _LAST_LETTER.search(_name(case))
    return letter is not None and letter.group().lower() not in _LETTERS_OF_PARTS


def _described_by_name(case: CaseInput, lettered: set[tuple[Path, str]]) -> _Described:
    name = _name(case)
    part = None if _LAST_LETTER.search(name) and _before_letter(case) in lettered else _part_of(name)
    return _Described(case, part, (str(case.path.parent), "", _common(name, part), 1))


def _described(case: CaseInput, lettered: set[tuple[Path, str]]) -> _Described:
    if case.series_uid is None:
        return _described_by_name(case, lettered)
    files = read_files(case.files[:1], _TAGS)[0]
    if not files:
        return _Described(case, None, ("", "", "", 0))
    header = files[0].header
    description, words = text_of(header, "SeriesDescription"), set(image_type(header))
    part = next((one for one in _Part if words & one.value[0]), None)
    part = part or _part_of(description)
    common = _common(description.lower(), part)
    study, frame = text_of(header, "StudyInstanceUID"), text_of(header, "FrameOfReferenceUID")
    if not study:
        # Two people's series without a study, as some anonymise them, would be of one.
        return _Described(case, None, ("", "", "", 0))
    return _Described(case, part, (study, frame, common, len(case.files)))
