"""What a task says and shows of its results; every report, table and page draws this, and knows no task."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from quantseg.measure.values import Measurement
from quantseg.results.case import CaseResult

if TYPE_CHECKING:
    from PIL.Image import Image


@dataclass(frozen=True)
class Presenter:
    """How a task presents its results.

    Attributes:
        headline: the few numbers that sum a case up in one line, from its measurements.
        fact_columns: facts that stand beside the verdict in ``summary.csv``.
        picture: draws the picture by which a case is judged.
        content: returns what the task's own template shows.
    """

    headline: Callable[[Sequence[Measurement]], str]
    fact_columns: tuple[str, ...]
    picture: Callable[[CaseResult], Image]
    content: Callable[[CaseResult], dict[str, object]]
