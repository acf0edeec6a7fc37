import dataclasses
import html.parser
import re

import pytest

from quantseg.measure.values import Check, Verdict
from quantseg.reading.scan import Acquisition
from quantseg.results.report import render_report
from quantseg.tasks.hippocampus.task import TASK

_PNG = b"\x89PNG stand-in"


class _Tags(html.parser.HTMLParser):
    """Collects attributes and checks that what is opened is closed."""

    _VOID = frozenset({"meta", "br", "img"})

    def __init__(self):
        super().__init__()
        self.open, self.attributes, self.text = [], [], ""

    def handle_starttag(self, tag, attrs):
        self.attributes += [value for _, value in attrs if value]
        if tag not in self._VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag
        self.text += " " if tag in {"dt", "dd", "th", "td"} else ""

    def handle_data(self, data):
        self.text += data


def parsed(page):
    tags = _Tags()
    tags.feed(page)
    assert tags.open == []
    return tags


def words(page):
    return re.sub(r"\s+", " ", parsed(page).text)


def test_report_needs_no_network(head):
    page = render_report(head, TASK.presenter, _PNG, {})
    assert not re.search(r"https?://|//cdn|@import|<script|<link|<iframe|url\(", page)
    external = [value for value in parsed(page).attributes if "://" in value or value.startswith("//")]
    assert external == []
    assert "data:image/png;base64," in page


def test_report_carries_the_real_picture(head):
    import base64
    import io

    stream = io.BytesIO()
    TASK.presenter.present(head).picture().save(stream, "PNG")
    page = render_report(head, TASK.presenter, stream.getvalue(), {})
    (encoded,) = re.findall(r"base64,([A-Za-z0-9+/=]+)", page)
    assert base64.b64decode(encoded) == stream.getvalue()


def test_report_of_a_head_has_every_field(head):
    text = words(render_report(head, TASK.presenter, _PNG, {}))
    for expected in (
        "Case study__head",
        "Needs a look",
        "Left hippocampus: the models agree with a Dice of 0.84",
        "Intracranial volume (ICV): 1400 ml",
        "Asymmetry index = 100",
        "There is no valid norm for this model",
        "−1547 to +2218 mm³",
        "7.8 %",
        "Contrast: white matter is brighter",
        "96 × 90 × 84 voxels",
        "1 × 1 × 1 mm",
        "spacing overridden",
        "ab" * 32,
        "head-localiser, version 0.9.0",
        "quantseg 0",
        "Edited by",
        "Approved by",
    ):
        assert expected in text, expected
    assert text.count("For research use only. Not for clinical diagnosis.") == 2


def test_report_of_a_crop_says_what_it_cannot_have(crop):
    text = words(render_report(crop, TASK.presenter, _PNG, {}))
    assert "Intracranial volume (ICV): not available in a crop." in text
    assert "The side was not given" in text
    assert "asymmetry" not in text.lower()
    assert "The one check passed." in text


def test_side_that_was_not_found_is_said(head_with):
    text = words(render_report(head_with(sides=("left",)), TASK.presenter, _PNG, {}))
    assert text.count("not found") == 3


def test_head_that_is_cut_has_no_intracranial_volume_and_says_why(head_with):
    text = words(render_report(head_with(intracranial=None), TASK.presenter, _PNG, {}))
    assert "not available: the whole head is not in view" in text
    assert "% of ICV" not in text


def test_intracranial_volume_that_was_withheld_says_why(head_with):
    check = Check("intracranial_volume", Verdict.LOOK, "The intracranial volume is estimated as 574 ml.")
    head = dataclasses.replace(head_with(intracranial=None), checks=(check,))
    text = words(render_report(head, TASK.presenter, _PNG, {}))
    assert "not given: the estimate is not that of an adult head" in text
    assert "% of ICV" not in text


@pytest.mark.parametrize(
    ("verdict", "expected"), [(Verdict.GOOD, "Good"), (Verdict.LOOK, "Needs a look"), (Verdict.FAIL, "Failed")]
)
def test_traffic_light_says_its_verdict_in_words(crop, verdict, expected):
    page = render_report(
        dataclasses.replace(crop, checks=(Check("rule", verdict, "A reason."),)), TASK.presenter, _PNG, {}
    )
    assert f'class="verdict {verdict.value}"' in page
    assert f"● {expected}" in page


def test_worst_reason_comes_first(crop):
    checks = (Check("a", Verdict.LOOK, "Minor doubt."), Check("b", Verdict.FAIL, "Serious doubt."))
    text = words(render_report(dataclasses.replace(crop, checks=checks), TASK.presenter, _PNG, {}))
    assert text.index("Serious doubt.") < text.index("Minor doubt.")


def test_names_and_notes_cannot_inject_markup(head):
    evil = "<script>alert(1)</script>"
    scan = dataclasses.replace(head.scan, notes=(evil,))
    page = render_report(dataclasses.replace(head, name=evil, scan=scan), TASK.presenter, _PNG, {evil: evil})
    assert "<script" not in page
    assert "&lt;script&gt;" in page


def test_series_of_a_dicom_input_is_named_by_number_and_hash(crop):
    acquisition = Acquisition(modality="MR", series_number=7, series_hash="0123abcd")
    scan = dataclasses.replace(crop.scan, acquisition=acquisition)
    text = words(render_report(dataclasses.replace(crop, scan=scan), TASK.presenter, _PNG, {}))
    assert "Series number 7" in text
    assert "0123abcd" in text


def test_short_forms_among_the_facts_are_written_in_capitals(head):
    shown = dataclasses.replace(head, facts={**head.facts, "mri_shown": True, "brain_centre_mm": 2.0})
    page = render_report(shown, TASK.presenter, _PNG, {})
    assert "MRI shown" in page
    assert "Brain centre mm" in page
