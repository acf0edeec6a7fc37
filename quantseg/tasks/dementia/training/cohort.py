"""People with images, ages and labels: a folder with ``persons.csv``, or OASIS-1 as its own table has it.

``persons.csv`` has a row a person with the columns ``person``, ``age``, ``label`` (1 with the condition, 0 without) and
``mri``, ``pet`` or both, paths relative to the folder. Of OASIS-1, whose young people were not asked, those of 60 years
and over are taken, first scans, with a clinical dementia rating of 0.5 or more as the condition.
"""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from quantseg.errors import UsageError
from quantseg.training.audit import Finding, Severity
from quantseg.training.brain_cohort import PERSON_LETTERS, SECOND_SCAN, read_person_table

_OWN_TABLE, _OASIS_TABLE = "persons.csv", "subjects.csv"
_COLUMNS = ("person", "age", "label")
_IMAGES = ("mri", "pet")
_LEAST_OF_A_KIND = 10
_OASIS_CONDITION = "a clinical dementia rating (CDR) of 0.5 or more"
_OASIS_POPULATION = "OASIS-1, volunteers and patients of one memory clinic, one scanner"


@dataclass(frozen=True)
class Member:
    """One person of a cohort.

    Attributes:
        name: of the person.
        images: path of each image by its role, ``mri`` or ``pet``.
        age_years: at the scan.
        positive: whether the person has the condition.
        severe: whether it is said to be more than slight (CDR 1 or more); None where the table does not say it.
        table_values: further numbers of the table that a baseline may be made of, by name.
    """

    name: str
    images: dict[str, Path]
    age_years: float
    positive: bool
    severe: bool | None
    table_values: dict[str, float]


@dataclass(frozen=True)
class Cohort:
    """People who are fitted to.

    Attributes:
        members: by name.
        condition: what the positive ones have, in words.
        population: who they are, in words.
        is_oasis: whether they are those of OASIS-1, whose terms then hold.
        table_persons: everybody of the table, those too young for a score among them.
    """

    members: tuple[Member, ...]
    condition: str
    population: str
    is_oasis: bool
    table_persons: tuple[str, ...]

    @property
    def positive(self) -> np.ndarray:
        """Whether each has the condition, bool, shape (N,)."""
        return np.array([member.positive for member in self.members])

    @property
    def ages_years(self) -> np.ndarray:
        """Age of each, shape (N,)."""
        return np.array([member.age_years for member in self.members])


def read_cohort(data: Path, least_age_years: float) -> Cohort:
    """Read the table of a folder; those below an age are left out.

    Raises:
        UsageError: there is no table, or it is not as expected.
    """
    members = _own_members(data) if (data / _OWN_TABLE).is_file() else _oasis_members(data)
    of_age = sorted((one for one in members if one.age_years >= least_age_years), key=lambda one: one.name)
    positive = sum(one.positive for one in of_age)
    if min(positive, len(of_age) - positive) < _LEAST_OF_A_KIND:
        raise UsageError(
            f"{data} holds {positive} people with the condition and {len(of_age) - positive} without it at "
            f"{least_age_years:g} years and over, expected {_LEAST_OF_A_KIND} or more of each."
        )
    persons = tuple(sorted({one.name for one in members}))
    if (data / _OWN_TABLE).is_file():
        return Cohort(tuple(of_age), "the condition that was labelled", f"the people of {data.name}", False, persons)
    return Cohort(tuple(of_age), _OASIS_CONDITION, _OASIS_POPULATION, True, persons)


def audit_cohort(data: Path, least_age_years: float) -> list[Finding]:
    """Look a folder over before it is trained on: missing images, one image twice, people who are too young.

    Raises:
        UsageError: as for :func:`read_cohort`.
    """
    found = []
    seen: dict[str, str] = {}
    cohort = read_cohort(data, least_age_years)
    for member in cohort.members:
        for role, path in member.images.items():
            if not path.exists():
                found.append(Finding(Severity.ERROR, member.name, f"its {role} {path} is missing, expected an image"))
                continue
            # A folder of DICOM is not hashed: two series of one person have different files.
            digest = hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else str(path.resolve())
            if digest in seen:
                message = f"its {role} is also that of {seen[digest]}, expected an image of its own"
                found.append(Finding(Severity.ERROR, member.name, message))
            seen[digest] = member.name
    lacking = {role: [one.name for one in cohort.members if role not in one.images] for role in _IMAGES}
    for role, names in lacking.items():
        if 0 < len(names) < len(cohort.members):
            message = f"{len(names)} of {len(cohort.members)} people have no {role}, expected one of all or of none"
            found.append(Finding(Severity.ERROR, names[0], message))
    return found


def _own_members(data: Path) -> list[Member]:
    with (data / _OWN_TABLE).open(newline="", encoding="utf-8-sig") as file:
        reader = csv.DictReader(file)
        columns, rows = reader.fieldnames or [], list(reader)
    missing = [column for column in _COLUMNS if column not in columns]
    if missing or not set(_IMAGES) & set(columns):
        raise UsageError(
            f"{data / _OWN_TABLE} has the columns {', '.join(columns)}; expected {', '.join(_COLUMNS)} and mri, pet or "
            "both."
        )
    members = [_own_member(data, row, line) for line, row in enumerate(rows, 2)]
    names = [member.name for member in members]
    doubled = sorted({name for name in names if names.count(name) > 1})
    if doubled:
        raise UsageError(f"{data / _OWN_TABLE} has several rows of {doubled[0]}, expected one row a person.")
    return members


def _own_member(data: Path, row: dict[str, str], line: int) -> Member:
    where = f"Line {line} of {_OWN_TABLE}"
    images = {role: data / row[role] for role in _IMAGES if row.get(role)}
    if not row["person"] or not images:
        raise UsageError(f"{where} names no person or no image, expected both.")
    if row["label"] not in ("0", "1"):
        raise UsageError(f"{where} has the label {row['label']!r}, expected 1 with the condition or 0 without.")
    try:
        age_years = float(row["age"])
    except ValueError:
        raise UsageError(f"{where} has no age in years.") from None
    return Member(row["person"], images, age_years, row["label"] == "1", None, {})


def _oasis_members(data: Path) -> list[Member]:
    if not (data / _OASIS_TABLE).is_file():
        raise UsageError(f"{data} holds neither {_OWN_TABLE} nor {_OASIS_TABLE}; expected a table of persons.")
    rows = read_person_table(data / _OASIS_TABLE)
    return [
        Member(
            name=name[:PERSON_LETTERS],
            images={"mri": data / "images" / f"{name}.nii.gz"},
            age_years=float(row["Age"]),
            positive=float(row["CDR"] or 0) >= 0.5,
            severe=float(row["CDR"] or 0) >= 1,
            table_values=_numbers(row, ("nWBV",)),
        )
        for name, row in rows.items()
        if SECOND_SCAN not in name
    ]


def _numbers(row: dict[str, str], columns: Sequence[str]) -> dict[str, float]:
    return {column: float(row[column]) for column in columns if row.get(column)}
