"""Tables as CSV that people open in a spreadsheet, where a text must never be taken for a formula."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

_TEXT_MARK = "'"
"""Before a text, spreadsheets show what follows as it is."""
_BYTES_OF_NAMES = "surrogateescape"
"""Names of files need not be UTF-8; Python stands for their odd bytes so."""
_FORMULA = re.compile(rf"{_TEXT_MARK}*[=+\-@\t\r]")
_MARKED_FORMULA = re.compile(rf"{_TEXT_MARK}+[=+\-@\t\r]")
# Where the comma stands in numbers, spreadsheets split at semicolons, quoted or not.
_LATER_FORMULA = re.compile(rf";({_TEXT_MARK}*[=+\-@\t\r])")
_LATER_MARKED_FORMULA = re.compile(rf";{_TEXT_MARK}({_TEXT_MARK}*[=+\-@\t\r])")


def table_bytes(columns: Sequence[str], rows: Iterable[Mapping[str, str]]) -> bytes:
    """Return a table as a CSV file in UTF-8; cells that would be formulas carry an apostrophe, numbers do not.

    Args:
        columns: headings, in order.
        rows: cells by column; what a row lacks stays empty.
    """
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, columns, restval="", lineterminator="\n")
    writer.writerow({column: as_cell(column) for column in columns})
    writer.writerows({column: as_cell(cell) for column, cell in row.items()} for row in rows)
    return text.getvalue().encode(errors=_BYTES_OF_NAMES)


def read_table(path: Path) -> list[dict[str, str]]:
    """Return the rows of such a file, by column, as they were before they were written.

    Raises:
        OSError: it cannot be read.
        ValueError: it is no such table.
    """
    try:
        with path.open(encoding="utf-8-sig", errors=_BYTES_OF_NAMES, newline="") as file:
            rows = list(csv.DictReader(file))
            return [{_from_cell(column): _from_cell(cell) for column, cell in row.items()} for row in rows]
    except (csv.Error, TypeError, AttributeError) as error:
        raise ValueError(f"{path} is no table of columns of one length") from error


def as_cell(text: str) -> str:
    """Return a text as a cell holds it, so that a spreadsheet shows it and computes nothing."""
    marked = f"{_TEXT_MARK}{text}" if _FORMULA.match(text) and not _is_number(text) else text
    marked = _LATER_FORMULA.sub(rf";{_TEXT_MARK}\1", marked)
    return marked.replace("\r", " ")  # The writer quotes no carriage return, at which other programs end a row.


def _from_cell(cell: str) -> str:
    text = cell.removeprefix(_TEXT_MARK) if _MARKED_FORMULA.match(cell) else cell
    return _LATER_MARKED_FORMULA.sub(r";\1", text)


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
