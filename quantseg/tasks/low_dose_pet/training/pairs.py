"""Pairs of PET scans in a folder: low counts and all of them, of one person in one place."""

from __future__ import annotations

import csv
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import nibabel
import numpy as np

from quantseg.errors import UsageError

TABLE = "pairs.csv"
COLUMNS = ("person", "full", "low", "dose_fraction", "simulated")
_LEAST_VOXELS = 6


@dataclass(frozen=True)
class PairRow:
    """A row of ``pairs.csv``.

    Attributes:
        person: whom both scans show.
        full: file of the scan with all counts, beside the table.
        low: file of the one with fewer.
        dose_fraction: its share of the counts.
        simulated: whether no scanner made them.
    """

    person: str
    full: str
    low: str
    dose_fraction: float
    simulated: bool


@dataclass(frozen=True)
class Pair:
    """A row, and where its files lie.

    Attributes:
        row: of the table.
        folder: of the table.
    """

    row: PairRow
    folder: Path

    @property
    def name(self) -> str:
        """For messages."""
        return f"{self.folder.name}/{self.row.low}"

    def image(self, file: str) -> nibabel.Nifti1Image:
        """Return one of its two images, unread.

        Raises:
            UsageError: it is missing, none, or no stack of slices.
        """
        try:
            image = nibabel.Nifti1Image.from_filename(self.folder / file)
        except (OSError, nibabel.filebasedimages.ImageFileError) as error:
            raise UsageError(f"{self.folder / file} of {TABLE} cannot be read ({error}); expected a NIfTI.") from error
        if len(image.shape) != 3 or min(image.shape) < _LEAST_VOXELS:
            shape = " × ".join(map(str, image.shape))
            raise UsageError(
                f"{self.folder / file} of {TABLE} has {shape} voxels, expected three axes of at least {_LEAST_VOXELS}."
            )
        return image


def list_pairs(folder: Path) -> list[Pair]:
    """Return all pairs below a folder, in the order of their paths.

    Raises:
        UsageError: there is no table, or one cannot be read.
    """
    pairs = [pair for table in sorted(folder.rglob(TABLE)) for pair in _read_table(table)]
    if not pairs:
        raise UsageError(
            f"{folder} holds no {TABLE}; expected tables of the columns {', '.join(COLUMNS)}, each beside the images "
            "that it names."
        )
    return pairs


def _read_table(path: Path) -> list[Pair]:
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            reader = csv.DictReader(file)
            rows = list(reader)
    except UnicodeDecodeError:
        raise UsageError(f"{path} is no text in UTF-8; save the table as CSV in UTF-8.") from None
    missing = [column for column in COLUMNS if column not in (reader.fieldnames or ())]
    if missing:
        raise UsageError(f"{path} lacks the column {missing[0]!r}; expected {', '.join(COLUMNS)}.")
    return [Pair(_read_row(values, path), path.parent) for values in rows]


def _read_row(values: dict[str, str], path: Path) -> PairRow:
    lacking = [column for column in COLUMNS if not (values[column] or "").strip()]
    if lacking:
        raise UsageError(f"{path} has a row without {lacking[0]!r}; expected {', '.join(COLUMNS)} in each.")
    try:
        fraction = float(values["dose_fraction"])
    except ValueError as error:
        raise UsageError(
            f"{path} says {values['dose_fraction']!r} as a dose fraction; expected a number between 0 and 1."
        ) from error
    simulated = values["simulated"].strip().lower() in ("yes", "true", "1")
    return PairRow(values["person"], values["full"], values["low"], fraction, simulated)


def load_pairs(pairs: Sequence[Pair]) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Yield the low and the full image of each pair in canonical order, float32.

    Raises:
        UsageError: an image cannot be read.
    """
    last: tuple[Path, np.ndarray] | None = None
    for pair in pairs:
        path = pair.folder / pair.row.full
        # Doses of one scan stand one after another, and share it.
        if last is None or last[0] != path:
            last = path, _values(pair, pair.row.full)
        yield _values(pair, pair.row.low), last[1]


def _values(pair: Pair, file: str) -> np.ndarray:
    image = pair.image(file)
    try:
        values = np.asarray(nibabel.as_closest_canonical(image).dataobj, np.float32)
    except (OSError, EOFError, zlib.error) as error:
        raise UsageError(f"{pair.folder / file} of {TABLE} is damaged ({error}); copy it again.") from error
    if not np.isfinite(values).all():
        raise UsageError(f"{pair.folder / file} of {TABLE} holds voxels without a finite value; export it again.")
    return values
