"""Brains of a folder with a table of persons, each as the features and the volume that a model is fitted to.

The layout is that of OASIS-1 as ``../shared/data/README.md`` describes it: ``images/<ID>.nii.gz``, brains without
skull, and ``subjects.csv`` with ``ID``, ``Age`` and ``CDR``. The first nine characters of an ID name the
person, ``MR2`` in it is a second scan a few weeks after the first.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import nibabel
import numpy as np

from quantseg.brain.atlas import read_atlas
from quantseg.brain.standard_space import to_standard
from quantseg.brain.stripping import is_stripped
from quantseg.brain.tissue_features import brain_mixture, tissue_features
from quantseg.brain.tissue_volume import tissue_volume
from quantseg.errors import UsageError
from quantseg.volume import Volume, to_canonical

PERSON_LETTERS = 9
"""How many first characters of an ID name the person."""
SECOND_SCAN = "_MR2"
"""Part of the ID of a person's second scan."""
_COLUMNS = ("ID", "Age", "CDR")
_TOLD_EVERY = 20


@dataclass(frozen=True)
class BrainCohort:
    """Scans of a folder, in the order of their names.

    Attributes:
        names: of the scans, length N.
        persons: whose they are, shape (N,).
        ages_years: at the scan, shape (N,).
        ratings: clinical rating (CDR); 0 also where it was not asked, as among the young, shape (N,).
        first_scan: whether it is the person's first, shape (N,).
        likeness: correlation of each with the atlas, shape (N,).
        features: float32, shape (N, features).
        volumes: what a network is shown, uint8, shape (N, 2, I, J, K), as
            :func:`quantseg.brain.tissue_volume.tissue_volume` makes them.
    """

    names: tuple[str, ...]
    persons: np.ndarray
    ages_years: np.ndarray
    ratings: np.ndarray
    first_scan: np.ndarray
    likeness: np.ndarray
    features: np.ndarray
    volumes: np.ndarray

    def folds(self, count: int, seed: int) -> np.ndarray:
        """Return the fold of each scan, drawn by person, shape (N,)."""
        of_person = draw_person_folds(self.persons, count, seed)
        return np.array([of_person[person] for person in self.persons])

    def rescans(self) -> list[tuple[int, int]]:
        """Return the places of the first and second scan of each person who has both."""
        place = {name: number for number, name in enumerate(self.names)}
        pairs = [(place.get(name.replace(SECOND_SCAN, "_MR1")), number) for name, number in place.items()]
        return [(first, second) for first, second in pairs if first is not None and first != second]


def draw_person_folds(persons: Iterable[str], count: int, seed: int) -> dict[str, int]:
    """Return the fold of each of some people, who may be named several times."""
    people = sorted(set(persons))
    drawn = np.random.default_rng(seed).permutation(len(people)) % count
    return dict(zip(people, (int(fold) for fold in drawn), strict=True))


def read_brain_cohort(data: Path, sd_mm: float, report: Callable[[str], None], kept: Path | None = None) -> BrainCohort:
    """Read a folder and compute features and volume of every scan.

    Args:
        data: the folder.
        sd_mm: smoothing of the features.
        report: takes lines of progress.
        kept: file in which both are kept, so that an interrupted run need not compute them twice.

    Raises:
        UsageError: the table or an image is missing, or an image is no brain without skull.
    """
    rows = read_person_table(data / "subjects.csv")
    names = tuple(sorted(rows))
    seen = _seen(data, names, sd_mm, report, kept)
    return BrainCohort(
        names=names,
        persons=np.array([name[:PERSON_LETTERS] for name in names]),
        ages_years=np.array([float(rows[name]["Age"]) for name in names]),
        ratings=np.array([float(rows[name]["CDR"] or 0) for name in names]),
        first_scan=np.array([SECOND_SCAN not in name for name in names]),
        **seen,
    )


def _seen(
    data: Path, names: Sequence[str], sd_mm: float, report: Callable[[str], None], kept: Path | None
) -> dict[str, np.ndarray]:
    """Return likeness, features and volume of every scan, by their names in the cohort."""
    if kept is not None and kept.is_file():
        with np.load(kept) as stored:
            if tuple(stored["names"]) == tuple(names) and float(stored["sd_mm"]) == sd_mm:
                return {key: stored[key] for key in ("likeness", "features", "volumes")}
    atlas = read_atlas()
    likeness, features, volumes = [], [], []
    for number, name in enumerate(names):
        brain = to_standard(_read_brain(data / "images" / f"{name}.nii.gz"), atlas)
        mixture = brain_mixture(brain, atlas)
        likeness.append(brain.likeness)
        features.append(tissue_features(mixture, atlas, sd_mm))
        volumes.append(tissue_volume(mixture, atlas))
        if number % _TOLD_EVERY == 0:
            report(f"features of brain {number + 1} of {len(names)}")
    seen = {
        "likeness": np.array(likeness),
        "features": np.array(features, np.float32),
        "volumes": np.array(volumes, np.uint8),
    }
    if kept is not None:
        np.savez(kept, names=np.array(names), sd_mm=np.array(sd_mm), **seen)  # type: ignore[arg-type]
    return seen


def _read_brain(path: Path) -> Volume:
    if not path.is_file():
        raise UsageError(f"{path} is missing; expected an image of every row of subjects.csv.")
    image = nibabel.nifti1.load(path)
    volume, _ = to_canonical(Volume(np.asarray(image.dataobj, np.float32), np.asarray(image.affine)))
    if not is_stripped(volume):
        raise UsageError(f"{path} shows more than a brain; expected one without its skull.")
    return volume.with_array(volume.array - volume.array.min())


def read_person_table(path: Path) -> dict[str, dict[str, str]]:
    """Return the rows of a table of OASIS-1 by their IDs.

    Raises:
        UsageError: it is missing, or lacks a column.
    """
    if not path.is_file():
        raise UsageError(f"{path} is missing; expected a table of persons with the columns {', '.join(_COLUMNS)}.")
    with path.open(newline="", encoding="utf-8-sig") as file:
        rows = {row["ID"]: row for row in csv.DictReader(file) if row.get("ID")}
    for column in _COLUMNS:
        if not rows or any(column not in row for row in rows.values()):
            raise UsageError(f"{path} lacks the column {column}; expected {', '.join(_COLUMNS)}.")
    return rows
