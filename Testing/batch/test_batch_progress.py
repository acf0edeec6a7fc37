"""What the user sees of a batch while it runs."""

import io

from quantseg.batch.job import CaseOutcome, CaseStatus
from quantseg.batch.progress import Progress
from quantseg.measure.values import Verdict

_DONE = CaseOutcome("a", CaseStatus.DONE, verdict=Verdict.LOOK, headline="3012 + 3204 mm3")
_REFUSED = CaseOutcome("b", CaseStatus.REFUSED, "b.nii.gz: one slice.")


class _Terminal(io.StringIO):
    def isatty(self):
        return True


def test_a_log_gets_one_plain_line_a_case():
    log = io.StringIO()
    with Progress(3, log) as progress:
        progress.show(_DONE)
        progress.show(_REFUSED)

    assert log.getvalue().splitlines() == [
        "[1/3] a: done, verdict look, 3012 + 3204 mm3",
        "[2/3] b: refused, b.nii.gz: one slice.",
    ]


def test_a_terminal_gets_a_bar_with_the_time_left_and_the_cases_that_failed():
    terminal = _Terminal()
    with Progress(3, terminal) as progress:
        progress.show(_DONE)
        progress.show(_REFUSED)

    shown = terminal.getvalue()
    assert "2/3" in shown
    assert "<" in shown  # tqdm's "elapsed<remaining"
    assert "b: refused, b.nii.gz: one slice." in shown
    assert "a: done" not in shown
