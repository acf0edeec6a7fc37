"""The light over a result, before and after a correction."""

import dataclasses

import pytest

from quantseg.measure.corrected_checks import of_the_models
from quantseg.measure.values import Check, Verdict
from quantseg.results.document import CaseDocument
from quantseg.results.overview import OverviewCase
from quantseg.results.status import CaseStatus
from quantseg.results.summary import summary_row

_GREEN = "#1f7a4d"
_AGREEMENT = Check("agreement", Verdict.GOOD, "The models agree with a Dice of 0.93.")
_ASYMMETRY = Check("asymmetry", Verdict.GOOD, "The sides differ by 2 %.")


@pytest.fixture
def light(application, a_head_result):
    assert application is not None
    from QuantSegLib.verdictText import verdictHtml

    def of(*checks):
        return verdictHtml(dataclasses.replace(a_head_result, checks=checks))

    return of


def test_a_good_result_is_green_until_it_is_corrected(light):
    assert _GREEN in light(_AGREEMENT, _ASYMMETRY)
    partly, wholly = light(of_the_models(_AGREEMENT), _ASYMMETRY), light(of_the_models(_AGREEMENT))
    assert _GREEN not in partly + wholly
    assert "in part judged before the correction by hand" in partly
    assert "not judged since" in wholly


@pytest.mark.usefixtures("application")
def test_the_worklist_table_and_the_page_of_all_cases_show_the_same_light(a_head_result):
    from QuantSegLib.verdictText import light

    edited = dataclasses.replace(
        a_head_result, checks=(of_the_models(_AGREEMENT), _ASYMMETRY), edited_segments=("left_anterior",)
    )
    colour, words = light(edited.checks)
    assert colour not in ("", _GREEN)
    shown = OverviewCase("head", CaseStatus.DONE, edited.verdict, checks=edited.checks)
    assert (shown.light, shown.words) == ("grey", words)
    row = summary_row(CaseDocument.of(edited), ())
    assert row["edited"] == "left_anterior"
    assert row["reason"] == f"{words}."
    assert "edited" not in summary_row(CaseDocument.of(a_head_result), ())


def test_a_doubt_stays_a_doubt_after_a_correction(light):
    found = light(of_the_models(_AGREEMENT), dataclasses.replace(_ASYMMETRY, verdict=Verdict.LOOK))
    assert "Needs a look" in found
    assert "in part" not in found
