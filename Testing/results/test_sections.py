"""What any task can show: values in groups, scores, images, curves, texts; on a page and in a viewer's table."""

import base64
import html
import io
import re
from typing import get_args

import numpy as np
import pytest
from finished_cases import build_head
from PIL import Image

from quantseg.measure.values import Check, Interval, Measurement, Verdict
from quantseg.reading.scan import ImageFormat, Scan
from quantseg.results.case import CaseResult
from quantseg.results.case_table import case_table
from quantseg.results.numbers import unit_in_words
from quantseg.results.output_sections import image_section, score_section
from quantseg.results.outputs import ImageMap, Score
from quantseg.results.presentation import Presentation, Presenter
from quantseg.results.report import render_report
from quantseg.results.sections import (
    CurveLine,
    Curves,
    KeyNumber,
    Paragraph,
    Picture,
    Pictures,
    PlainTable,
    Section,
    Text,
)
from quantseg.results.value_table import FurtherColumn, ValueCell, ValueRow, ValueTable
from quantseg.volume import Volume

_AGE = Measurement("age", "patient", 63.24, "a", "regression", Interval(58.1, 68.27), decimals=1)
_SIZES = [Measurement("area", side, value, "mm2", "pixels") for side, value in (("left", 812.0), ("right", 798.5))]


@pytest.fixture
def without_labels():
    """A case of two images that yields an age and an image."""
    scan = build_head().scan
    pet = Scan(Volume(np.ones((4, 4, 4), np.float32), np.diag([2.0, 2, 2, 1])), ImageFormat.DICOM, notes=("cold",))
    made = np.linspace(0, 1, scan.volume.array.size, dtype=np.float32).reshape(scan.volume.array.shape)
    return CaseResult(
        name="person",
        task="made-up",
        scan=scan,
        outputs=(ImageMap("denoised", "Denoised image", made, "1"), Score("Estimated age", _AGE)),
        measurements=(_AGE,),
        checks=(Check("range", Verdict.LOOK, "The age is at the edge of what was learned."),),
        models=(),
        further_scans={"pet": pet},
    )


def presenter_of(*sections):
    """A task that shows these sections of any case."""
    picture = Image.new("RGB", (8, 8))
    return Presenter(
        lambda _: "", (), lambda _: Presentation("Made up", lambda: picture, "A black square", tuple(sections))
    )


def shown(result, *sections):
    """The page as text, and the table of a viewer."""
    presenter = presenter_of(*sections)
    page = render_report(result, presenter, b"png", {})
    return page, case_table(result, presenter.present(result))


def words(page):
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", page)))


def test_a_score_and_an_image_need_no_labels(without_labels):
    image, score = without_labels.outputs
    page, table = shown(without_labels, score_section(score, "Not a diagnosis."), image_section(image, without_labels))
    text = words(page)
    assert "Estimated age 63.2 years 95 % interval 58.1 to 68.3 Not a diagnosis. Denoised image" in text
    assert table.columns == ("Measurement", "Value")
    assert table.rows == (
        ("Estimated age, years", "63.2 ± 5.1"),
        ("Check: The age is at the edge of what was learned.", "look"),
    )
    picture = Image.open(io.BytesIO(base64.b64decode(re.findall(r"base64,([^\"]+)", page)[-1])))
    assert picture.size[0] > 1000
    # The image grows brighter along the first axis, towards the patient's right, which a picture has on its left.
    axial = np.asarray(picture.convert("L"))[150:350, 40:360].mean(axis=0)
    assert axial[20] > axial[300] + 100


def test_every_input_is_named_with_its_own_facts(without_labels):
    text = words(render_report(without_labels, presenter_of(), b"png", {}))
    assert re.search(r"Further input: pet Format DICOM Shape 4 × 4 × 4 voxels Spacing 2 × 2 × 2 mm", text)
    assert "pet: cold" in text


def test_groups_of_several_tables_share_the_columns_of_a_viewer(without_labels):
    cells = tuple(ValueCell(one) for one in _SIZES)
    sides = ValueTable("area", "Area", ("Left", "Right"), (ValueRow("Area", "mm2", cells),), overall_title="Both")
    other = Measurement("fraction", "middle", 12.3456, "%", "ratio")
    middle = ValueTable("fat", "Fat", ("Middle",), (ValueRow("Fat fraction", "%", (ValueCell(other),)),))
    page, table = shown(without_labels, sides, middle)
    assert table.columns == ("Measurement", "Left", "Right", "Middle", "Both")
    assert table.rows[0] == ("Area, mm²", "812", "799", "", "")
    assert table.rows[1] == ("Fat fraction, %", "", "", "12.4", "")
    assert table.rows[2][-1] == "look"
    assert '<table id="area">' in page
    assert '<table id="fat">' in page


def test_a_missing_value_leaves_its_further_value_empty_and_a_missing_further_value_is_said(without_labels):
    left, _ = _SIZES
    rows = (
        ValueRow("Area", "mm2", (ValueCell(left, Measurement("x", "left", 3.0, "%", "share")), ValueCell(None))),
        ValueRow("Rim", "mm2", (ValueCell(left), ValueCell(left))),
    )
    page, table = shown(without_labels, ValueTable("t", "T", ("A", "B"), rows, further=FurtherColumn("share", "share")))
    cells = [re.findall(r"<td[^>]*>([^<]*)</td>", row) for row in page.split('<table id="t">')[1].split("<tr>")[3:5]]
    assert [row[:6] for row in cells] == [["812", "", "3.0", "–", "", ""], ["812", "", "–", "812", "", "–"]]
    assert [row[0] for row in table.rows[:3]] == ["Area, mm²", "  share, %", "Rim, mm²"]


def test_every_kind_of_section_is_drawn(without_labels):
    made = {
        ValueTable: ValueTable("s1", "S", ("A",), (ValueRow("Area", "mm2", (ValueCell(_SIZES[0]),)),)),
        PlainTable: PlainTable("s2", "S", ("A",), (("b",),)),
        KeyNumber: KeyNumber("s3", "S", _AGE),
        Curves: Curves("s4", "S", "Area", "mm²", (CurveLine("a", (0, 0, 0), (1.0, 2.0)),), (3, 4)),
        Pictures: Pictures("s5", "S", (Picture("P", "A square", lambda: Image.new("RGB", (8, 8))),)),
        Text: Text("s6", "S", (Paragraph("Read this."),)),
    }
    assert set(made) == set(get_args(Section))
    page, _ = shown(without_labels, *made.values())
    assert re.findall(r'id="(s\d)"', page) == ["s1", "s2", "s3", "s4", "s5", "s6"]


def test_table_without_rows_says_so(without_labels):
    page, table = shown(without_labels, ValueTable("t", "T", ("A",), (), if_empty="Nobody measured."))
    assert "Nobody measured." in page
    assert '<table id="t">' not in page
    assert table.columns == ("Measurement", "A")


def test_texts_cannot_inject_markup_and_per_cent_signs_stay_with_their_number(without_labels):
    evil = "<b>2 % of</b>"
    page, _ = shown(
        without_labels,
        Text("reading", evil, (Paragraph(evil, evil),)),
        PlainTable("plain", evil, (evil, evil), ((evil, evil),), (evil,)),
    )
    assert "<b>" not in page
    assert page.count("&lt;b&gt;2\N{NO-BREAK SPACE}% of") == 3


def test_curve_without_times_runs_over_frame_numbers():
    curves = Curves("c", "C", "Area", "mm²", (CurveLine("a", (0, 0, 0), (1.0, 2.0)),), (3, 4))
    assert curves.positions == (3, 4)
    assert curves.axis_titles == ("Frame", "Area, mm²")


@pytest.mark.parametrize(
    ("unit", "expected"),
    [
        ("mm3", "mm³"),
        ("mm2", "mm²"),
        ("l/min/m2", "l/min/m²"),
        ("1", ""),
        ("1/s", "1/s"),
        ("%", "%"),
        ("mm", "mm"),
        ("a", "years"),
    ],
)
def test_units_are_written_as_people_write_them(unit, expected):
    assert unit_in_words(unit) == expected


def test_a_group_of_mere_counts_has_a_column_for_nothing_else(without_labels):
    share = Measurement("share", "left", 12.5, "%", "part of all", decimals=1)
    rows = (ValueRow("Area", "mm2", (ValueCell(_AGE, share), ValueCell(_SIZES[0]))),)
    groups, further = ("Estimated", "Counted"), FurtherColumn("% of all", "of all")
    table = ValueTable("areas", "Areas", groups, rows, further=further, plain_groups=("Counted",))
    page, _ = shown(without_labels, table)
    assert re.findall(r'colspan="(\d)"', page) == ["3", "1"]
    assert page.count("interval</th>") == page.count("% of all</th>") == 1
    assert re.findall(r"<td[^>]*>([^<]*)</td>", page.split('id="areas"')[1])[:4] == ["63.2", "58.1–68.3", "12.5", "812"]


def test_numbers_below_nought_bear_a_real_minus_sign_and_words_their_hyphens(without_labels):
    fall = Measurement("change", "left", -12.5, "%", "ratio", Interval(-20.0, -5.0), decimals=1)
    rows = (ValueRow("Change", "%", (ValueCell(fall),)),)
    text = Text("why", "Why", (Paragraph("T1-weighted, 2026-11-29, 3-4 mm: -12.5 % of it, (-2 to 3)."),))
    page, _ = shown(without_labels, ValueTable("t", "T", ("A",), rows), text)
    assert re.findall(r"<td[^>]*>([^<]*)</td>", page.split('id="t"')[1])[:2] == ["−12.5", "−20.0–−5.0"]
    assert "T1-weighted, 2026-11-29, 3-4 mm: −12.5\N{NO-BREAK SPACE}% of it, (−2 to 3)." in page
