"""How long a run will still take, from its own pace and from how long the steps of the run before took."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping

from quantseg.measure.steps import STEP_WORDS

# A share of a step below which its pace says nothing.
_TOO_LITTLE = 0.02
_SHORTEST_SECONDS, _IN_MINUTES_FROM = 10, 95


class StepClock:
    """Follows the steps of one run.

    Args:
        expected: seconds of each step of an earlier run; none where there was no such run.
        clock: seconds since some moment.
    """

    def __init__(
        self, expected: Mapping[str, float] | None = None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._expected, self._clock = dict(expected or {}), clock
        self._seconds: dict[str, float] = {}
        self._step = ""
        self._share: float | None = None
        self._since = clock()

    def note(self, step: str, share: float | None) -> None:
        """Take note that a step begins or advances; one that is taken again adds to its own time."""
        if step != self._step:
            self._leave()
            self._step = step
        self._share = share

    def end(self) -> None:
        """Take note that the run has ended."""
        self._leave()
        self._step = ""

    @property
    def seconds(self) -> Mapping[str, float]:
        """Seconds of each step that was left."""
        return dict(self._seconds)

    def seconds_left(self) -> float | None:
        """Return how long the run will take from now; None where neither its own pace nor an earlier run tells."""
        here = self._left_of_step()
        if here is None:
            return None
        names = list(STEP_WORDS)
        later = names[names.index(self._step) + 1 :] if self._step in names else []
        return here + sum(max(self._expected.get(name, 0.0) - self._seconds.get(name, 0.0), 0.0) for name in later)

    def _left_of_step(self) -> float | None:
        now = self._clock() - self._since
        if self._share is not None and self._share > _TOO_LITTLE:
            return now / self._share * (1 - self._share)
        if self._step not in self._expected:
            return None
        return max(self._expected[self._step] - self._seconds.get(self._step, 0.0) - now, 0.0)

    def _leave(self) -> None:
        now = self._clock()
        if self._step:
            self._seconds[self._step] = self._seconds.get(self._step, 0.0) + now - self._since
        self._since = now


def time_in_words(seconds: float) -> str:
    """Return a time as people estimate it, such as "about 40 s" or "about 3 min"."""
    if seconds < _SHORTEST_SECONDS:
        return "a few seconds"
    if seconds < _IN_MINUTES_FROM:
        return f"about {max(round(seconds, -1), _SHORTEST_SECONDS):.0f} s"
    return f"about {seconds / 60:.0f} min"
