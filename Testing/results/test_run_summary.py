import csv
import json

import pytest

from quantseg.measure.values import Interval, Measurement
from quantseg.results.document import CaseDocument
from quantseg.results.edited import read_document
from quantseg.results.numbers import as_number, interval_in_words, interval_texts, value_text
from quantseg.results.summary import summary_row, unfinished_row, write_summary
from quantseg.results.writing import write_case
from quantseg.tasks.hippocampus.task import TASK


def rows_of(folder):
    with (folder / "summary.csv").open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def test_summary_has_a_row_for_each_case_failed_ones_too(head, crop, tmp_path):
    rows = [write_case(case, tmp_path, TASK.presenter, report=False).summary_row for case in (head, crop)]
    rows.append(unfinished_row("broken, one", "refused", 'The file is "truncated"; copy again.'))
    write_summary(tmp_path, rows, TASK.presenter.fact_columns)
    first, second, third = rows_of(tmp_path)
    assert (first["case"], first["status"], first["verdict"], first["input_kind"]) == (
        "study__head",
        "done",
        "look",
        "head",
    )
    assert "Dice of 0.84" in first["reason"]
    assert first["left_anterior_volume_mm3"] != ""
    assert first["whole_asymmetry_index_percent"].startswith("-")
    assert second["left_volume_mm3"] == ""
    assert second["whole_volume_mm3"] != ""
    assert (third["case"], third["status"], third["reason"]) == (
        "broken, one",
        "refused",
        'The file is "truncated"; copy again.',
    )


def test_row_can_be_made_again_from_the_written_measurements(head, tmp_path):
    written = write_case(head, tmp_path, TASK.presenter, report=False)
    assert summary_row(read_document(written.folder), TASK.presenter.fact_columns) == written.summary_row
    assert summary_row(read_document(written.folder), TASK.presenter.fact_columns, "skipped")["status"] == "skipped"


@pytest.mark.parametrize(
    ("unit", "decimals", "value", "text"),
    [
        ("mm3", None, 1715.0, "1715.0"),
        ("mm3", None, 1715.25, "1715.2"),
        ("mm3", 0, 1403217.4, "1403217"),
        ("%", None, -0.001, "0.00"),
        ("%", None, -3.456, "-3.46"),
        ("%", 4, 0.22134, "0.2213"),
        ("1", None, 1712345.6, "1712346"),
        ("1", None, 0.123456, "0.12346"),
        ("1", None, 46.98765, "46.988"),
    ],
)
def test_every_value_has_one_way_to_be_written(unit, decimals, value, text):
    measurement = Measurement("any", "left", value, unit, "test", decimals=decimals)
    assert value_text(measurement) == text
    assert str(as_number(text)) == text or as_number(text) == float(text)


def test_interval_has_the_decimals_of_its_value():
    measurement = Measurement("volume", "left", 100.0, "mm3", "test")
    assert interval_texts(measurement, Interval(95.04, 105.06)) == ("95.0", "105.1")


def test_values_read_back_have_the_same_digits_from_documents_of_the_first_schema_too(head):
    document = json.loads(CaseDocument.of(head).to_bytes())
    older = {key: value for key, value in document.items() if key != "task"}
    older |= {"schema": "quantseg-measurements/1", "organ": "hippocampus"}
    older["measurements"] = [{k: v for k, v in one.items() if k != "decimals"} for one in document["measurements"]]
    assert older["measurements"] != document["measurements"]
    shown = [(value_text(one), interval_in_words(one)) for one in head.measurements]
    for read in (document, older):
        measured = CaseDocument.from_json(json.dumps(read)).measured
        assert [(value_text(one), interval_in_words(one)) for one in measured] == shown
