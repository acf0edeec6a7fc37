"""What happens in a run travels between processes as one line an event."""

import json

import pytest

from quantseg.measure.values import Verdict
from quantseg.results.events import (
    CaseBegun,
    CaseFinished,
    RunEnded,
    RunStarted,
    StepAdvanced,
    from_line,
    to_line,
)
from quantseg.results.status import CaseStatus

_EVENTS = [
    RunStarted(2),
    CaseBegun("Müller b"),
    StepAdvanced("a", "load model"),
    StepAdvanced("a", "predict", 0.35),
    CaseFinished("a", CaseStatus.DONE, 1, 2, Verdict.LOOK, "3012 + 3204 mm³"),
    CaseFinished("b", CaseStatus.REFUSED, 2, 2, reason='the "image"\nis one slice'),
    RunEnded(1, "1 done, 1 refused"),
    RunStarted(2, "1 file was passed over (1 .par): a.par"),
]


@pytest.mark.parametrize("event", _EVENTS)
def test_an_event_comes_out_of_its_line_as_it_went_in(event):
    line = to_line(event)

    assert line.isascii()
    assert "\n" not in line
    assert from_line(line) == event


def test_a_line_says_what_it_is_for_programs_in_any_language():
    assert json.loads(to_line(StepAdvanced("a", "predict", 0.5))) == {
        "event": "step",
        "case": "a",
        "step": "predict",
        "share": 0.5,
        "part": "",
    }
    assert json.loads(to_line(_EVENTS[4])) == {
        "event": "finished",
        "case": "a",
        "status": "done",
        "position": 1,
        "total": 2,
        "verdict": "look",
        "headline": "3012 + 3204 mm³",
        "reason": "",
    }


@pytest.mark.parametrize(
    "line",
    [
        "",
        "[1/1] scene: done",
        "{",
        "{1}",
        '{"case": "a"}',
        '{"event": "party", "case": "a"}',
        '{"event": ["case"], "case": "a"}',
        '{"event": "case"}',
        '{"event": "finished", "case": "a", "position": 1, "total": 1}',
        '{"event": "finished", "case": "a", "status": "gone", "position": 1, "total": 1}',
        '["event", "case"]',
    ],
)
def test_any_other_line_is_no_event(line):
    assert from_line(line) is None


def test_what_a_later_version_adds_does_no_harm():
    assert from_line('{"event": "case", "case": "a", "colour": "blue"}') == CaseBegun("a")
