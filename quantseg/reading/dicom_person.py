"""Age and sex of the person in a DICOM image; name, identifier and dates are never kept."""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING

from quantseg.reading.person import MOST_YEARS, Person, Sex, parse_sex

if TYPE_CHECKING:
    from pydicom import Dataset

_DATES_OF_SCAN = ("AcquisitionDate", "SeriesDate", "StudyDate")
"""The most exact first."""
PERSON_TAGS = ("PatientAge", "PatientSex", "PatientBirthDate", *_DATES_OF_SCAN)
"""What it takes to tell a person's age and sex."""

_DAYS_PER_YEAR = 365.2425
_YEARS_PER_UNIT = {"D": 1 / _DAYS_PER_YEAR, "W": 7 / _DAYS_PER_YEAR, "M": 1 / 12, "Y": 1.0}
"""Of an Age String (PS3.5, 6.2), such as ``072Y`` or ``018M``."""


def person_of(header: Dataset) -> Person:
    """Return what a header says of the person, at the time of the scan.

    PatientAge (0010,1010) goes before the time between birth and scan: where a study was de-identified, dates are
    moved more often than ages.
    """
    age_years = _age_string_years(str(header.get("PatientAge") or ""))
    if age_years is None:
        age_years = _years_between(header)
    return Person(age_years, _sex(str(header.get("PatientSex") or "")))


def _sex(text: str) -> Sex | None:
    try:
        return parse_sex(text)
    except ValueError:
        return None


def _age_string_years(text: str) -> float | None:
    match = re.fullmatch(r"(\d{1,3})([DWMY])", text.strip().upper())
    return None if match is None else _believable(int(match[1]) * _YEARS_PER_UNIT[match[2]])


def _years_between(header: Dataset) -> float | None:
    born = _date(header.get("PatientBirthDate"))
    scanned = [found for tag in _DATES_OF_SCAN if (found := _date(header.get(tag))) is not None]
    return _believable((scanned[0] - born).days / _DAYS_PER_YEAR) if born is not None and scanned else None


def _believable(age_years: float) -> float | None:
    return age_years if 0 < age_years <= MOST_YEARS else None


def _date(value: object) -> date | None:
    match = re.fullmatch(r"(\d{4})(\d{2})(\d{2})", str(value or "").strip())
    try:
        return None if match is None else date(int(match[1]), int(match[2]), int(match[3]))
    except ValueError:
        return None
