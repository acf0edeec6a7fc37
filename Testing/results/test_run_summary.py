import csv

import pytest

from quantseg.measure.values import Interval, Measurement
from quantseg.results.edited import read_document
from quantseg.results.numbers import as_number, interval_texts, value_text
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
    ("key", "unit", "value", "text"),
    [
        ("volume", "mm3", 1715.0, "1715.0"),
        ("volume", "mm3", 1715.25, "1715.2"),
        ("intracranial_volume", "mm3", 1403217.4, "1403217"),
        ("asymmetry_index", "%", -0.001, "0.00"),
        ("asymmetry_index", "%", -3.456, "-3.46"),
        ("volume_per_intracranial", "%", 0.22134, "0.2213"),
        ("mean_intensity", "1", 1712345.6, "1712346"),
        ("mean_intensity", "1", 0.123456, "0.12346"),
        ("mean_intensity", "1", 46.98765, "46.988"),
    ],
)
def test_every_value_has_one_way_to_be_written(key, unit, value, text):
    measurement = Measurement(key, "left", value, unit, "test")
    assert value_text(measurement) == text
    assert str(as_number(text)) == text or as_number(text) == float(text)


def test_interval_has_the_decimals_of_its_value():
    measurement = Measurement("volume", "left", 100.0, "mm3", "test")
    assert interval_texts(measurement, Interval(95.04, 105.06)) == ("95.0", "105.1")
