"""What earlier runs left in an output folder about its other cases: their rows of the table, their entries."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from quantseg.batch.run_document import CaseEntry, RunDocument
from quantseg.results.edited import read_document
from quantseg.results.layout import RUN, SUMMARY
from quantseg.results.spreadsheet import read_table
from quantseg.results.status import CaseStatus
from quantseg.results.summary import summary_row

_Known = TypeVar("_Known")
_FAILURES = {status.value for status in CaseStatus if status.is_failure}


@dataclass(frozen=True)
class OtherCases:
    """The cases of an output folder that a run did not do.

    Attributes:
        rows: of ``summary.csv``, by case.
        entries: of ``run.json``, by case.
    """

    rows: Mapping[str, Mapping[str, str]]
    entries: Mapping[str, CaseEntry]


def read_entries(output: Path) -> dict[str, CaseEntry]:
    """Return the entries of the ``run.json`` in an output folder, by case; none where there is no readable one."""
    try:
        return RunDocument.from_json((output / RUN).read_bytes()).cases
    except (OSError, ValueError):
        return {}


def other_cases(output: Path, done: Collection[str], fact_columns: Sequence[str]) -> OtherCases:
    """Return what is known of the cases of an output folder beside those that a run has done.

    Results that no table names, as another run may be writing them, are read from their ``measurements.json``. What
    failed has no folder and is known from the table alone; of what else has none any more nothing is said.

    Args:
        output: folder that holds a folder a case.
        done: names of the cases that the run has done.
        fact_columns: facts that stand beside the verdict.
    """
    recorded, entries = _read_rows(output), read_entries(output)
    folders = [path.name for path in sorted(output.iterdir()) if path.is_dir() and not path.name.startswith(".")]
    rows = {name: row for name, row in recorded.items() if name in folders or row.get("status") in _FAILURES}
    entries = {name: entry for name, entry in entries.items() if name in folders or entry.status.is_failure}
    for name in folders:
        if name in done or (name in rows and name in entries):
            continue
        document = read_document(output / name)
        if document is not None:
            rows.setdefault(name, summary_row(document, fact_columns) | {"case": name})
            entries.setdefault(name, CaseEntry.of_document(document))
    return OtherCases(_without(rows, done), _without(entries, done))


def _without(known: Mapping[str, _Known], names: Collection[str]) -> dict[str, _Known]:
    return {name: value for name, value in known.items() if name not in names}


def _read_rows(output: Path) -> dict[str, dict[str, str]]:
    try:
        return {row["case"]: _without_blanks(row) for row in read_table(output / SUMMARY)}
    except (OSError, ValueError, KeyError):
        return {}


def _without_blanks(row: Mapping[str, str]) -> dict[str, str]:
    return {column: value for column, value in row.items() if value}
