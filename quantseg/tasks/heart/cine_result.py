"""The cine that a heart result is about."""

from __future__ import annotations

from quantseg.results.case import CaseResult
from quantseg.tasks.heart.reading.cine import Cine


def cine_of(result: CaseResult) -> Cine:
    """Return the frames of a heart.

    Raises:
        TypeError: the case is of another task, and no cine.
    """
    if not isinstance(result.scan, Cine):
        raise TypeError(f"{result.name} is no cine; expected the result of a heart.")
    return result.scan
