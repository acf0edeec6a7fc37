"""A case as one plain table, for viewers that show nothing else: each cell with the digits of the report."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from quantseg.results.case import CaseResult
from quantseg.results.numbers import for_reading, title_with_unit, value_text, with_uncertainty
from quantseg.results.presentation import CHECK_WORDS, Presentation
from quantseg.results.sections import KeyNumber
from quantseg.results.value_table import ValueCell, ValueRow, ValueTable

_VALUE_COLUMN = "Value"

Row = tuple[str, Mapping[str, str]]
"""Title of a row, and the texts of its cells by the heading of their column."""


@dataclass(frozen=True)
class CaseTable:
    """Columns by name, every one of the same length."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def case_table(result: CaseResult, presentation: Presentation, *, with_checks: bool = True) -> CaseTable:
    """Return every measured value that has a place in a value table or stands alone, then the checks.

    Totals come first. Half of the 95 % interval stands behind a value; comparisons and further values follow it as
    rows of their own.

    Args:
        result: as measured now.
        presentation: what its task shows of it.
        with_checks: whether the checks follow; viewers that list them elsewhere leave them out.
    """
    rows: list[Row] = []
    groups: list[str] = []
    overall = ""
    for section in presentation.sections:
        if isinstance(section, ValueTable):
            groups += section.groups
            overall = overall or _column_of_all(section)
            rows += _rows_of_table(section)
        elif isinstance(section, KeyNumber):
            groups.append(_VALUE_COLUMN)
            rows += _rows_of_number(section)
    columns = list(dict.fromkeys([*(groups or [""]), *([overall] if overall else [])]))
    # What belongs to the whole case, as the checks do, stands below the first group where no column is meant for it.
    place = overall or columns[0]
    checks = result.checks if with_checks else ()
    rows += [(f"Check: {check.reason}", {place: CHECK_WORDS[check.verdict]}) for check in checks]
    return CaseTable(
        ("Measurement", *columns), tuple((title, *(cells.get(c, "") for c in columns)) for title, cells in rows)
    )


def _column_of_all(table: ValueTable) -> str:
    """Return the heading of what belongs to no group alone; a sole group leaves nothing to tell apart."""
    return table.overall_title if len(table.groups) > 1 else ""


def _rows_of_table(table: ValueTable) -> Iterator[Row]:
    place = _column_of_all(table) or next(iter(table.groups), "")
    for row in sorted(table.rows, key=lambda row: not row.is_total):
        yield from _rows_of_measure(table, row, place)
    yield from _rows_of_overall(table, place)


def _rows_of_measure(table: ValueTable, row: ValueRow, place: str) -> Iterator[Row]:
    def by_group(texts: Iterable[str]) -> dict[str, str]:
        return dict(zip(table.groups, texts, strict=True))

    yield title_with_unit(row.title, row.unit), by_group(_value(table, cell) for cell in row.cells)
    if table.comparison is not None and row.comparison is not None:
        title = f"  {table.comparison.title} ({table.comparison.groups})"
        yield title_with_unit(title, table.comparison.unit), {place: for_reading(value_text(row.comparison))}
    further = [cell.further for cell in row.cells if cell.further is not None]
    if table.further is not None and further:
        title = title_with_unit(f"  {table.further.row_title}", further[0].unit)
        yield title, by_group(_further(table, cell) for cell in row.cells)


def _value(table: ValueTable, cell: ValueCell) -> str:
    if cell.value is None:
        return table.not_measured
    return with_uncertainty(cell.value) if table.intervals_shown else for_reading(value_text(cell.value))


def _further(table: ValueTable, cell: ValueCell) -> str:
    if cell.further is not None and table.intervals_shown:
        return with_uncertainty(cell.further)
    return table.further_text(cell)


def _rows_of_overall(table: ValueTable, place: str) -> Iterator[Row]:
    for one in table.overall:
        if one.shown is not None:
            yield title_with_unit(one.title, one.shown.unit), {place: with_uncertainty(one.shown)}


def _rows_of_number(number: KeyNumber) -> Iterator[Row]:
    yield title_with_unit(number.heading, number.value.unit), {_VALUE_COLUMN: with_uncertainty(number.value)}
