import csv
import json
from dataclasses import replace

import pytest

from quantseg.measure.values import Interval, Measurement
from quantseg.results.document import CaseDocument
from quantseg.results.edited import read_document
from quantseg.results.numbers import as_number, interval_in_words, stored_interval_texts, stored_text, value_text
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
def test_every_value_has_one_way_to_be_stored(unit, decimals, value, text):
    measurement = Measurement("any", "left", value, unit, "test", decimals=decimals)
    assert stored_text(measurement) == text
    assert str(as_number(text)) == text or as_number(text) == float(text)


@pytest.mark.parametrize(
    ("volumes_mm3", "headline"),
    [
        ({"left": 3115.4, "right": 3857.5, "left_anterior": 1.0}, "left 3115 + right 3858 mm³"),
        ({"right": 3858.0, "right_anterior": 1.0}, "right 3858 mm³"),
        ({"whole": 2438.0, "anterior": 1179.0, "posterior": 1259.0}, "anterior 1179 + posterior 1259 mm³"),
        ({}, "no volume"),
    ],
)
def test_the_headline_names_the_parts_that_it_adds_up(volumes_mm3, headline):
    measured = [Measurement("volume", region, value, "mm3", "test") for region, value in volumes_mm3.items()]
    assert TASK.presenter.headline(measured) == headline


@pytest.mark.parametrize(
    ("unit", "decimals", "value", "low", "high", "text", "interval"),
    [
        ("mm3", None, 3115.25, 2870.34, 3360.06, "3115", "2870–3360"),
        ("mm2", None, 2210.4, None, None, "2210", ""),
        ("mm", None, 38.44, None, None, "38.4", ""),
        ("%", None, -3.456, None, None, "-3.5", ""),
        ("%", None, -0.04, None, None, "0.0", ""),
        ("%", 1, 57.14, 51.26, 62.9, "57.1", "51.3–62.9"),
        ("%", 0, -11.4, None, None, "-11", ""),
        ("%", 4, 0.22134, None, None, "0.221", ""),
        ("%", 4, 0.08134, None, None, "0.081", ""),
        ("ml", None, 129.74, None, None, "130", ""),
        ("g/m2", None, 58.62, None, None, "59", ""),
        ("l/min", None, 5.123, None, None, "5.1", ""),
        ("a", None, 71.345, 64.2, 78.5, "71.3", "64.2–78.5"),
        ("1", None, 1712345.6, None, None, "1712346", ""),
        ("1", None, 46.98765, None, None, "47.0", ""),
        ("1", None, 0.0, None, None, "0.000", ""),
    ],
)
def test_people_are_shown_the_digits_that_a_value_is_worth(unit, decimals, value, low, high, text, interval):
    bounds = None if low is None else Interval(low, high)
    measurement = Measurement("any", "left", value, unit, "test", bounds, decimals)
    assert (value_text(measurement), interval_in_words(measurement)) == (text, interval)


def test_numbers_of_single_slices_are_kept_in_the_document_and_are_no_columns_of_the_summary(head, tmp_path):
    of_slices = [Measurement("area", "left", 10.0 + index, "mm2", "test", slice_index=index) for index in range(2)]
    case = replace(head, measurements=(*head.measurements, *of_slices))
    written = write_case(case, tmp_path, TASK.presenter, report=False)
    assert written.summary_row == summary_row(CaseDocument.of(head), TASK.presenter.fact_columns)
    assert read_document(written.folder).measured[-2:] == tuple(of_slices)


def test_interval_has_the_decimals_of_its_value():
    measurement = Measurement("volume", "left", 100.0, "mm3", "test")
    assert stored_interval_texts(measurement, Interval(95.04, 105.06)) == ("95.0", "105.1")


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
