"""How far a batch has come: a bar with the time left on a terminal, one plain line a case elsewhere."""

from __future__ import annotations

import sys
from types import TracebackType
from typing import Self, TextIO

from quantseg.batch.job import CaseOutcome, CaseStatus


class Progress:
    """Tells the user about each case; a context manager, so that the bar is closed in any event.

    Args:
        total: number of cases.
        stream: where to write; standard error by default, so that standard output stays free for results.
    """

    def __init__(self, total: int, stream: TextIO | None = None) -> None:
        self._total = total
        self._count = 0
        self._stream = stream or sys.stderr
        self._bar = None
        if self._stream.isatty():
            from tqdm import tqdm

            self._bar = tqdm(total=total, unit="case", file=self._stream, dynamic_ncols=True)

    def show(self, outcome: CaseOutcome) -> None:
        """Count one case; on a terminal only what needs a look gets a line of its own."""
        self._count += 1
        line = f"{outcome.name}: {describe(outcome)}"
        if self._bar is None:
            print(f"[{self._count}/{self._total}] {line}", file=self._stream, flush=True)
            return
        if outcome.status not in (CaseStatus.DONE, CaseStatus.SKIPPED):
            self._bar.write(line, file=self._stream)
        self._bar.update()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bar is not None:
            self._bar.close()


def describe(outcome: CaseOutcome) -> str:
    """Say in a few words what became of a case."""
    if outcome.status is not CaseStatus.DONE:
        return f"{outcome.status.value}, {outcome.reason}"
    verdict = f"verdict {outcome.verdict.value}" if outcome.verdict else "no verdict"
    return f"{outcome.status.value}, {verdict}, {outcome.headline}"
