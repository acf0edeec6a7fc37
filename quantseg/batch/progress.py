"""How far a batch has come: a bar with the time left on a terminal, one plain line a case elsewhere."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import TYPE_CHECKING, Self, TextIO

from quantseg.measure.steps import step_words
from quantseg.results.events import CaseBegun, CaseFinished, Event, RunStarted, StepAdvanced
from quantseg.results.status import CaseStatus

if TYPE_CHECKING:
    from tqdm import tqdm

_FIRST_WORD_SECONDS = 1
_LONGEST_SILENCE_SECONDS = 30


@contextmanager
def told_if_slow(what: str) -> Iterator[None]:
    """Say on standard error what is being done, unless it ends before anybody wonders.

    Args:
        what: in words, such as "Looking for images".
    """
    telling = threading.Timer(_FIRST_WORD_SECONDS, lambda: print(f"{what} …", file=sys.stderr, flush=True))
    telling.daemon = True
    telling.start()
    try:
        yield
    finally:
        telling.cancel()


class Progress:
    """Tells a person what happens in a run; a context manager, so that the bar is closed in any event.

    Args:
        stream: where to write; standard error by default, so that standard output stays free for results.
        clock: seconds since some moment.
    """

    def __init__(self, stream: TextIO | None = None, clock: Callable[[], float] = time.monotonic) -> None:
        self._stream = stream or sys.stderr
        self._clock = clock
        self._bar: tqdm | None = None
        self._running: dict[str, str] = {}
        self._passed_over = ""
        self._quiet_until = clock() + _FIRST_WORD_SECONDS
        self._telling = threading.Lock()
        self._left = threading.Event()
        self._ticking = threading.Thread(target=self._beat, daemon=True, name="progress")

    def __call__(self, event: Event) -> None:
        """Take note of what happens; on a terminal only what needs a look gets a line of its own."""
        with self._telling:
            if isinstance(event, RunStarted):
                self._passed_over = event.passed_over
                if self._stream.isatty():
                    from tqdm import tqdm

                    self._bar = tqdm(total=event.cases, unit="case", file=self._stream, dynamic_ncols=True)
            elif isinstance(event, CaseBegun):
                self._running[event.case] = "Starting"
            elif isinstance(event, StepAdvanced):
                share = "" if event.share is None else f" {event.share:.0%}"
                part = f", {event.part}" if event.part else ""
                self._running[event.case] = step_words(event.step) + share + part
            elif isinstance(event, CaseFinished):
                self._running.pop(event.case, None)
                self._finish(event)

    def tick(self) -> None:
        """Say how far the case is that has been worked on longest; elsewhere than on a terminal only now and then."""
        with self._telling:
            if not self._running:
                return
            case, doing = next(iter(self._running.items()))
            if self._bar is not None:
                self._bar.set_postfix_str(f"{case}: {doing}")
            elif self._clock() >= self._quiet_until:
                self._say(f"{case}: {doing}")

    def __enter__(self) -> Self:
        self._ticking.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._left.set()
        self._ticking.join()
        if self._bar is not None:
            self._bar.close()
        if self._passed_over:
            print(self._passed_over, file=self._stream, flush=True)

    def _beat(self) -> None:
        while not self._left.wait(_FIRST_WORD_SECONDS):
            self.tick()

    def _finish(self, event: CaseFinished) -> None:
        line = f"{event.case}: {describe(event)}"
        if self._bar is None:
            self._say(f"[{event.position}/{event.total}] {line}")
            return
        if event.status not in (CaseStatus.DONE, CaseStatus.SKIPPED):
            self._bar.write(line, file=self._stream)
        self._bar.set_postfix_str("", refresh=False)
        self._bar.update()

    def _say(self, line: str) -> None:
        print(line, file=self._stream, flush=True)
        self._quiet_until = self._clock() + _LONGEST_SILENCE_SECONDS


def describe(event: CaseFinished) -> str:
    """Say in a few words what became of a case."""
    if event.status is not CaseStatus.DONE:
        return f"{event.status.value}, {event.reason}"
    verdict = f"verdict {event.verdict.value}" if event.verdict else "no verdict"
    return f"{event.status.value}, {verdict}, {event.headline or event.reason}"
