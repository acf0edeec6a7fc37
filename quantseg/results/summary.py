"""The table of a whole run, ``summary.csv``: a row a case."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from quantseg.measure.corrected_checks import is_grey
from quantseg.measure.values import Verdict
from quantseg.results.atomic import write_file
from quantseg.results.document import CaseDocument
from quantseg.results.document_parts import MeasurementEntry
from quantseg.results.layout import SUMMARY
from quantseg.results.presentation import verdict_words
from quantseg.results.spreadsheet import table_bytes

_FIRST_COLUMNS = ("case", "status", "verdict", "reason")
_EDITED = "edited"
"""Column, beside the verdict, of the segments that a person has changed; only where there are any."""
# What there is one of in a person needs no region in its column's name.
_WHOLE = {"patient", "head"}
_COLUMN_UNITS = {"%": "percent", "1": "", "1/s": "per_s", "a": "years"}


def summary_row(document: CaseDocument, fact_columns: Sequence[str], status: str = "done") -> dict[str, str]:
    """Return the row of a finished case from its ``measurements.json``.

    Args:
        document: content of the file.
        fact_columns: facts that stand beside the verdict.
        status: what the run did with the case.
    """
    row = {
        "case": document.case,
        "status": status,
        "verdict": document.verdict.value,
        "reason": reasons_in_words(document),
    }
    if document.edited_segments:
        row[_EDITED] = "; ".join(document.edited_segments)
    for fact in fact_columns:
        row[fact] = str(document.facts.get(fact) or "")
    for measurement in document.measurements:
        if measurement.slice_index is not None:
            continue  # A case has a row here, not a row a slice.
        column = _column(measurement)
        row[column] = str(measurement.value)
        if measurement.interval_95 is not None:
            row[f"{column}_low"], row[f"{column}_high"] = map(str, measurement.interval_95)
    return row


def reasons_in_words(document: CaseDocument) -> str:
    """Return why a case is not good, or how much of a good verdict still stands; empty where all of it does."""
    if is_grey(document.checks):
        return f"{verdict_words(document.checks)}."
    return " ".join(check.reason for check in document.checks if check.verdict is not Verdict.GOOD)


def unfinished_row(case: str, status: str, reason: str) -> dict[str, str]:
    """Return the row of a case without a result, such as a refused or failed one."""
    return {"case": case, "status": status, "reason": reason}


def write_summary(output: Path, rows: Iterable[Mapping[str, str]], fact_columns: Sequence[str]) -> None:
    """Write ``summary.csv``: every column that any row has, in the order of first appearance.

    Args:
        output: folder of the run.
        rows: one a case.
        fact_columns: facts that stand beside the verdict; a table without any finished case has them, too.

    Raises:
        OSError: it could not be written; an older one is untouched.
    """
    rows = list(rows)
    edited = [_EDITED] if any(_EDITED in row for row in rows) else []
    columns = list(
        dict.fromkeys([*_FIRST_COLUMNS, *edited, *fact_columns, *(column for row in rows for column in row)])
    )
    write_file(output / SUMMARY, table_bytes(columns, rows))


def _column(measurement: MeasurementEntry) -> str:
    """Name a column, such as ``left_volume_mm3``, ``left_volume_index_ml_per_m2`` or ``body_surface_area_m2``."""
    key, region, unit = measurement.key, measurement.region, measurement.unit
    name = key if region in _WHOLE else f"{region}_{key}"
    suffix = _COLUMN_UNITS.get(unit, unit.replace("/", "_per_"))
    return f"{name}_{suffix}" if suffix else name
