"""The steps of one case: how long each takes, and a word to whoever listens when one begins or advances."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

STEP_WORDS = {
    "read": "Reading the image",
    "load model": "Loading the networks",
    "localise": "Finding where to look",
    "predict": "Segmenting",
    "check": "Checking",
    "measure": "Measuring",
    "write": "Writing the result",
}
"""What a person reads at each step of a case, in the order in which they come first."""


def step_words(name: str) -> str:
    """Return what a person reads at a step."""
    return STEP_WORDS.get(name, name.capitalize())


@dataclass(frozen=True)
class StepProgress:
    """How far a case is.

    Attributes:
        name: of the step, such as ``predict``.
        share: of the step that is done, from 0 to 1; None where it has just begun, or cannot be told.
        part: which part of the step is under way, in words, such as "frame 7 of 30"; empty where it has none.
    """

    name: str
    share: float | None = None
    part: str = ""


class Steps:
    """Adds up the seconds of each named step of one case, in the order in which the steps first began.

    Args:
        listener: is told of every step as it begins and advances; nobody by default.
    """

    def __init__(self, listener: Callable[[StepProgress], None] | None = None) -> None:
        self._listener = listener
        self._seconds: dict[str, float] = {}
        self._current = ""

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Time what happens inside; a step that is taken again adds to its own."""
        before, self._current = self._current, name
        self._tell(StepProgress(name))
        started = time.perf_counter()
        yield
        self._seconds[name] = self._seconds.get(name, 0.0) + time.perf_counter() - started
        self._current = before

    def advance(self, done: int, of: int, part: str = "") -> None:
        """Say how much of the present step is done.

        Args:
            done: parts of it.
            of: all parts.
            part: what a part is called, such as "frame", so that people hear which one is under way.
        """
        if self._current:
            words = f"{part} {min(done + 1, of)} of {of}" if part else ""
            self._tell(StepProgress(self._current, done / of, words))

    def seconds(self) -> dict[str, float]:
        """Return the seconds of every step so far."""
        return dict(self._seconds)

    def _tell(self, progress: StepProgress) -> None:
        if self._listener is not None:
            self._listener(progress)
