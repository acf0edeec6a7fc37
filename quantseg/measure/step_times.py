"""The steps of one case: how long each takes, and a word to whoever listens when one begins."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager

STEPS = logging.getLogger("quantseg.steps")
"""Says the name of each step as it begins, at level INFO; silent unless somebody listens."""


class StepTimes:
    """Adds up the seconds of each named step, in the order in which the steps first began."""

    def __init__(self) -> None:
        self._seconds: dict[str, float] = {}

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Time what happens inside; a step that is taken again adds to its own."""
        STEPS.info(name)
        started = time.perf_counter()
        yield
        self._seconds[name] = self._seconds.get(name, 0.0) + time.perf_counter() - started

    def seconds(self) -> dict[str, float]:
        """Return the seconds of every step so far."""
        return dict(self._seconds)
