"""Many cases by a table: a CSV file with a row a case, whole and right before any work begins."""

from __future__ import annotations

import csv
import dataclasses
import io
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from quantseg.batch.inputs import alone, further_roles
from quantseg.errors import UsageError
from quantseg.reading.cases import LONGEST_NAME_BYTES
from quantseg.reading.person import Person, Sex, parse_age_years, parse_sex
from quantseg.reading.scan import CaseInput
from quantseg.results.layout import RUN_FILES
from quantseg.tasks.contract import Task

_CASE, _AGE, _SEX = "case", "age", "sex"
_MOST_NAMED = 20
"""How many errors a message lists."""
_FORBIDDEN_IN_NAMES = re.compile(r'[/\\:*?"<>|\x00-\x1f]')
_DEVICES_OF_WINDOWS = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)
_STARTS_OF_FORMULAS = ("=", "+", "-", "@")


@dataclass(frozen=True)
class CaseList:
    """A table of cases: columns ``case``, the task's roles, and ``age`` and ``sex`` where the task asks.

    Attributes:
        table: path of the CSV file; paths in it are relative to its folder.
    """

    table: Path

    def cases(self, task: Task[Any, Any]) -> list[CaseInput]:  # Whatever the task reads.
        """Return the cases, in the order of the rows.

        Raises:
            UsageError: the table is wrong, with a sentence for each thing that is.
        """
        columns, rows = _content(self.table)
        problems = _wrong_columns(self.table, columns, task)
        if not rows and not problems:
            problems = [f"The table {self.table} has no row below its header; expected one for each case."]
        if problems:
            raise UsageError(*problems)
        cases: list[CaseInput] = []
        lines_by_name: dict[str, int] = {}
        for line, row in rows:
            try:
                case = _case(row, columns, self.table.absolute().parent, task)
                key = unicodedata.normalize("NFC", case.name).casefold()
                if key in lines_by_name:
                    raise UsageError(f"The case {case.name} is already that of line {lines_by_name[key]}.")
                lines_by_name[key] = line
                cases.append(case)
            except UsageError as error:
                problems.append(f"Line {line} of {self.table.name}: {error}")
        if problems:
            more = len(problems) - _MOST_NAMED
            raise UsageError(*problems[:_MOST_NAMED], *([f"And {more} more."] if more > 0 else []))
        return cases


def _content(table: Path) -> tuple[list[str], list[tuple[int, list[str]]]]:
    """Return the columns, and the cells of each row that is not empty, with the number of its line."""
    try:
        text = table.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"The table {table} cannot be read as a CSV file in UTF-8: {error}.") from error
    # Spreadsheets of many countries write semicolons, since the comma is their decimal point.
    header = text.partition("\n")[0]
    delimiter = max(",;\t", key=header.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        columns = [cell.strip() for cell in next(reader, [])]
        return columns, [(reader.line_num, cells) for row in reader if any(cells := [cell.strip() for cell in row])]
    except csv.Error as error:
        raise UsageError(f"Line {reader.line_num} of {table.name} cannot be read as CSV: {error}.") from error


def _wrong_columns(table: Path, columns: Sequence[str], task: Task[Any, Any]) -> list[str]:
    first, *others = task.inputs
    always = [] if any(role.stands_alone for role in others) else [first.name]
    needed = [_CASE, *always, *(role.name for role in others if role.required)]
    known = task.table_columns
    expected = f"expected {', '.join(known)}"
    doubled = sorted({column for column in columns if columns.count(column) > 1})
    return [
        *(f"The table {table} has no column {column!r}; {expected}." for column in needed if column not in columns),
        *(
            f"The table {table} has a column {column!r} that {task.name} does not know; {expected}."
            for column in dict.fromkeys(columns)
            if column not in known
        ),
        *(f"The table {table} has {columns.count(column)} columns {column!r}." for column in doubled),
    ]


def _case(cells: Sequence[str], columns: Sequence[str], folder: Path, task: Task[Any, Any]) -> CaseInput:
    if len(cells) != len(columns):
        raise UsageError(f"It has {len(cells)} cells, expected {len(columns)} as in the header.")
    row = dict(zip(columns, cells, strict=True))
    name = _name(row[_CASE])
    first, *_ = task.inputs
    paths = {role.name: folder / row[role.name] for role in task.inputs if row.get(role.name)}
    person = Person(_age_years(row, name), _sex(row, name))
    if first.name not in paths:
        case = alone(task, paths, one_of_many=True)
        if case is None:
            raise UsageError(f"The case {name} has no {first.name}.")
        return dataclasses.replace(case, name=name, person=person)
    path = paths.pop(first.name)
    # What is missing costs the row's case, when it is read, and not the others.
    found = task.find([path]) if path.exists() else [CaseInput(name, path)]
    if len(found) > 1:
        names = ", ".join(one.name for one in found)
        raise UsageError(f"The {first.name} of {name} holds {len(found)} images ({names}), expected one.")
    return dataclasses.replace(
        found[0], name=name, further_roles=further_roles(task, paths, one_of_many=True), person=person
    )


def _name(text: str) -> str:
    """Return the name of a case, if a folder can be called so."""
    if not text:
        raise UsageError("The case has no name.")
    written_by_a_run = text.lower() in RUN_FILES
    forbidden = _FORBIDDEN_IN_NAMES.search(text) or _DEVICES_OF_WINDOWS.fullmatch(text)
    if forbidden or written_by_a_run or text.startswith((".", *_STARTS_OF_FORMULAS)) or text.endswith("."):
        raise UsageError(
            f"The case {text!r} cannot be the name of a folder and of a row in a spreadsheet; use letters, digits, - "
            "and _."
        )
    if len(text.encode()) > LONGEST_NAME_BYTES:
        raise UsageError(
            f"The name of the case takes {len(text.encode())} bytes, expected at most {LONGEST_NAME_BYTES}."
        )
    return text


def _age_years(row: Mapping[str, str], name: str) -> float | None:
    try:
        return parse_age_years(row[_AGE]) if row.get(_AGE) else None
    except ValueError as error:
        raise UsageError(f"The age of {name} is {error}.") from None


def _sex(row: Mapping[str, str], name: str) -> Sex | None:
    try:
        return parse_sex(row[_SEX]) if row.get(_SEX) else None
    except ValueError as error:
        raise UsageError(f"The sex of {name} is {error}.") from None
