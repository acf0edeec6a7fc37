"""What the user sees of a batch while it runs."""

import io
import time

import pytest

from quantseg.batch.progress import Progress, told_if_slow
from quantseg.measure.values import Verdict
from quantseg.results.events import CaseBegun, CaseFinished, RunStarted, StepAdvanced
from quantseg.results.status import CaseStatus

_DONE = CaseFinished("a", CaseStatus.DONE, 1, 3, Verdict.LOOK, "3012 + 3204 mm3")
_REFUSED = CaseFinished("b", CaseStatus.REFUSED, 2, 3, reason="b.nii.gz: one slice.")


class _Terminal(io.StringIO):
    def isatty(self):
        return True


class _Clock:
    def __init__(self):
        self.seconds = 0.0

    def __call__(self):
        return self.seconds


def test_a_log_gets_one_plain_line_a_case():
    log = io.StringIO()
    with Progress(log, _Clock()) as tell:
        for event in (RunStarted(3), CaseBegun("a"), StepAdvanced("a", "predict"), _DONE, CaseBegun("b"), _REFUSED):
            tell(event)

    assert log.getvalue().splitlines() == [
        "[1/3] a: done, verdict look, 3012 + 3204 mm3",
        "[2/3] b: refused, b.nii.gz: one slice.",
    ]


def test_files_that_were_passed_over_are_named_at_the_end():
    log = io.StringIO()
    with Progress(log, _Clock()) as tell:
        tell(RunStarted(1, "2 files were passed over (2 .par): a.par, b.par"))
        tell(_DONE)

    assert log.getvalue().splitlines()[-1] == "2 files were passed over (2 .par): a.par, b.par"


def test_a_log_of_a_long_case_says_soon_and_then_every_half_minute_how_far_it_is():
    log, clock = io.StringIO(), _Clock()
    tell = Progress(log, clock)
    tell(RunStarted(1))
    tell(CaseBegun("cine"))
    tell(StepAdvanced("cine", "predict"))
    tell(CaseBegun("read ahead"))
    for second in range(1, 70):
        clock.seconds = second
        tell(StepAdvanced("cine", "predict", second / 100))
        tell.tick()

    assert log.getvalue().splitlines() == [
        "cine: Segmenting 1%",
        "cine: Segmenting 31%",
        "cine: Segmenting 61%",
    ]


def test_a_log_hears_of_a_case_that_says_nothing_by_itself():
    log = io.StringIO()
    with Progress(log) as tell:
        tell(RunStarted(1))
        tell(StepAdvanced("cine", "read"))
        deadline = time.monotonic() + 20
        while not log.getvalue() and time.monotonic() < deadline:
            time.sleep(0.05)

    assert log.getvalue() == "cine: Reading the image\n"


def test_a_terminal_gets_a_bar_with_the_time_left_and_the_cases_that_failed():
    terminal = _Terminal()
    with Progress(terminal) as tell:
        for event in (RunStarted(3), _DONE, _REFUSED):
            tell(event)

    shown = terminal.getvalue()
    assert "2/3" in shown
    assert "<" in shown  # tqdm's "elapsed<remaining"
    assert "b: refused, b.nii.gz: one slice." in shown
    assert "a: done" not in shown


def test_the_bar_shows_the_step_of_the_running_case_and_how_much_of_it_is_done():
    terminal = _Terminal()
    with Progress(terminal) as tell:
        tell(RunStarted(2))
        tell(StepAdvanced("a", "predict", 0.35))
        tell.tick()
        assert "a: Segmenting 35%" in terminal.getvalue()
        tell(_DONE)
    assert "a: Segmenting" not in terminal.getvalue().split("\r")[-1]


@pytest.mark.parametrize(("seconds", "said"), [(0.0, ""), (0.2, "Looking for images …\n")])
def test_what_takes_long_before_the_first_case_is_said_while_it_lasts(seconds, said, monkeypatch, capsys):
    monkeypatch.setattr("quantseg.batch.progress._FIRST_WORD_SECONDS", 0.05)
    with told_if_slow("Looking for images"):
        time.sleep(seconds)
    time.sleep(0.1)
    assert capsys.readouterr().err == said
