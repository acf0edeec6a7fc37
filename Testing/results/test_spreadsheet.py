"""What a spreadsheet makes of the tables: never a formula of a text that somebody chose."""

import csv

import pytest

from quantseg.results.spreadsheet import read_table, table_bytes
from quantseg.results.summary import unfinished_row, write_summary

_FORMULAS = [
    "=cmd|'/c calc'!A0",
    "+1+1",
    "-2+3",
    "@SUM(A1)",
    "\t=1+1",
    "\r=1+1",
    "'=1",
    "''@x",
    '=HYPERLINK("http://x")',
]
# Spreadsheets of countries whose decimal sign is the comma split at semicolons.
_FORMULAS_BEHIND_A_SEMICOLON = ["a;=1+1", "a;'=1+1;@x", "a;-2+3", "=1;=2"]
_PLAIN = ["-11.25", "+5", "1e-3", "-inf", "sub-01", "a=b", "'quoted'", "", "µ—ä"]


@pytest.mark.parametrize("text", _FORMULAS)
def test_a_text_that_begins_a_formula_is_shown_as_it_is(tmp_path, text):
    write_summary(tmp_path, [unfinished_row(text, "refused", text)], [])
    with (tmp_path / "summary.csv").open(encoding="utf-8", newline="") as file:
        (row,) = csv.DictReader(file)
    assert row["case"] == row["reason"] == "'" + text.replace("\r", " ")


@pytest.mark.parametrize("text", _FORMULAS_BEHIND_A_SEMICOLON)
def test_a_text_that_hides_a_formula_behind_a_semicolon_is_shown_as_it_is_and_read_back(tmp_path, text):
    (tmp_path / "table.csv").write_bytes(table_bytes(["a"], [{"a": text}]))
    written = (tmp_path / "table.csv").read_text().split("\n")[1]
    assert not any(cell.strip('"').startswith(tuple("=+-@")) for cell in written.split(";"))
    assert read_table(tmp_path / "table.csv") == [{"a": text}]


@pytest.mark.parametrize("text", _PLAIN)
def test_numbers_and_other_texts_stay(text):
    assert table_bytes(["a"], [{"a": text}]).decode().split("\n")[1].strip('"') == text


def test_what_was_written_is_read_back(tmp_path):
    rows = [{"=a": one.replace("\r", " "), "b": other} for one, other in zip(_FORMULAS, _PLAIN, strict=True)]
    (tmp_path / "table.csv").write_bytes(table_bytes(["=a", "b"], rows))
    assert read_table(tmp_path / "table.csv") == rows
