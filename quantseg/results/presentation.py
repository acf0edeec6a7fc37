"""What a task says and shows of its results; every report, table and page draws this, and knows no task."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from quantseg.measure.corrected_checks import is_grey, standing
from quantseg.measure.values import Check, Measurement, Verdict, worst
from quantseg.results.case import CaseResult
from quantseg.results.coding import ReportCodes
from quantseg.results.sections import Chart, Picture, Pictures, Section
from quantseg.results.shown_images import MarkedPlaces, ShownImage

if TYPE_CHECKING:
    from PIL.Image import Image

VERDICT_WORDS = {Verdict.GOOD: "Good", Verdict.LOOK: "Needs a look", Verdict.FAIL: "Failed"}
"""What is said of a whole case."""
CHECK_WORDS = {Verdict.GOOD: "passed", Verdict.LOOK: "look", Verdict.FAIL: "failed"}
"""What is said of a single check."""
GREY = "grey"
"""Instead of green, where a good verdict was judged, or in part, before a correction by hand."""


def verdict_words(checks: Collection[Check]) -> str:
    """Return what is said of a whole case, and after a correction by hand how much of that still stands."""
    words = VERDICT_WORDS[worst(check.verdict for check in checks)]
    return words + standing(checks).value if is_grey(checks) else words


@dataclass(frozen=True)
class Presentation:
    """What is shown of one case, beside what is shown of every case: verdict, checks, input, models.

    Attributes:
        title: of the report, in a few words.
        picture: draws the picture by which the case is judged.
        picture_alt: says what that picture shows to those who do not see it.
        sections: the result, in the order in which it is read.
        chart: what a viewer draws beside its table; None where there is nothing to draw.
        in_short: the few values by which the whole is judged, each with its title, for viewers that keep them in sight.
        images: says between which images a viewer changes; none where it shows the case's own alone.
        marked: places in them that are to be looked at; None where there are none.
    """

    title: str
    picture: Callable[[], Image]
    picture_alt: str
    sections: tuple[Section, ...]
    chart: Chart | None = None
    in_short: tuple[tuple[str, Measurement], ...] = ()
    images: Callable[[], tuple[ShownImage, ...]] = tuple
    marked: MarkedPlaces | None = None

    @property
    def further_pictures(self) -> tuple[Picture, ...]:
        """The pictures of all sections, for viewers that show one at a time."""
        return tuple(
            picture for section in self.sections if isinstance(section, Pictures) for picture in section.pictures
        )


@dataclass(frozen=True)
class Presenter:
    """How a task presents its results.

    Attributes:
        headline: the few numbers that sum a case up in one line, from its measurements.
        fact_columns: facts that stand beside the verdict in ``summary.csv``.
        present: says what is shown of a case; cheap, since pictures are drawn only when they are asked for.
        codes: under which its numbers go into a structured report.
    """

    headline: Callable[[Sequence[Measurement]], str]
    fact_columns: tuple[str, ...]
    present: Callable[[CaseResult], Presentation]
    codes: Callable[[], ReportCodes] = ReportCodes

    def sum_up(self, measurements: Sequence[Measurement], verdict: Verdict) -> str:
        """Return the headline of a case, or nothing where its result failed: its numbers are not to be taken up."""
        return "" if verdict is Verdict.FAIL else self.headline(measurements)
