"""What a task may ask of the person whose images it gets."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

MOST_YEARS = 120.0
"""No age is above it."""


class Sex(Enum):
    """Of a person, in DICOM's letters (0010,0040)."""

    FEMALE = "F"
    MALE = "M"
    OTHER = "O"


@dataclass(frozen=True)
class Person:
    """Whose images they are, as far as a task may ask; None where nobody said it.

    Attributes:
        age_years: at the time of the scan.
        sex: of the person.
    """

    age_years: float | None = None
    sex: Sex | None = None

    def completed_by(self, other: Person) -> Person:
        """Return the person with what another source knows beside."""
        return Person(
            other.age_years if self.age_years is None else self.age_years,
            other.sex if self.sex is None else self.sex,
        )


def parse_age_years(text: str) -> float:
    """Return the age that a text gives.

    Raises:
        ValueError: it is no number of years of a person; the text stands in no message, since it may be a date.
    """
    try:
        age_years = float(text)
    except ValueError:
        age_years = float("nan")
    if not 0 <= age_years <= MOST_YEARS:
        raise ValueError(f"not a number of years from 0 to {MOST_YEARS:g}")
    return age_years


def parse_sex(text: str) -> Sex:
    """Return the sex that a letter gives.

    Raises:
        ValueError: it is none of DICOM's letters.
    """
    try:
        return Sex(text.strip().upper())
    except ValueError:
        raise ValueError(f"not one of {', '.join(sex.value for sex in Sex)}") from None
