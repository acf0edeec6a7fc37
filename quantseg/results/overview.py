"""All cases of a run on one page, ``index.html``: the worst first, each with its picture and the way to its report."""

from __future__ import annotations

import base64
import datetime
import io
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from quantseg.measure.corrected_checks import is_grey
from quantseg.measure.values import Check, Verdict
from quantseg.results.atomic import write_file
from quantseg.results.layout import MEASUREMENTS, OVERVIEW, PREVIEW, REPORT, RESEARCH_ONLY, RUN, SUMMARY
from quantseg.results.page import page_template
from quantseg.results.presentation import GREY, VERDICT_WORDS, verdict_words
from quantseg.results.status import CaseStatus

# Twice as wide as it is shown, for screens with fine pixels.
# As wide as the page shows them, and half as much again for dense screens.
_THUMBNAIL_PIXELS = (720, 600)
_THUMBNAIL_QUALITY = 72
_KEPT = re.compile(r'data-of="([^"]+)" src="(data:image/jpeg;base64,[^"]+)"')
_WORST_FIRST = (
    CaseStatus.FAILED.value,
    CaseStatus.REFUSED.value,
    Verdict.FAIL.value,
    CaseStatus.EDITED.value,
    Verdict.LOOK.value,
    Verdict.GOOD.value,
)


@dataclass(frozen=True)
class OverviewCase:
    """One case on the page.

    Attributes:
        name: of the case.
        status: what became of it.
        verdict: whether a finished result can be used as it is; None where there is none.
        headline: the numbers that sum it up.
        reason: why it is not good, or was not done.
        checks: every rule applied to a finished result, as far as it is known.
    """

    name: str
    status: CaseStatus
    verdict: Verdict | None = None
    headline: str = ""
    reason: str = ""
    checks: tuple[Check, ...] = ()

    @property
    def kind(self) -> str:
        """By what cases are filtered: the verdict, or what became of a case without one."""
        return self.status.value if self.verdict is None else self.verdict.value

    @property
    def words(self) -> str:
        """Verdict or status as people read it."""
        if self.verdict is None:
            return self.status.value.capitalize()
        return verdict_words(self.checks) if self.checks else VERDICT_WORDS[self.verdict]

    @property
    def light(self) -> str:
        """The kind, or grey where a good verdict does not stand for labels that a person has changed since."""
        return GREY if is_grey(self.checks) else self.kind


@dataclass(frozen=True)
class _Line:
    """A case with what lies in its folder: address of each file relative to the page, None where there is none."""

    case: OverviewCase
    link: str | None
    thumbnail: str | None
    thumbnail_key: str


def write_overview(output: Path, title: str, cases: Iterable[OverviewCase]) -> None:
    """Write ``index.html``: one file that needs no network, with links into the folders of the cases.

    Args:
        output: folder of the run.
        title: of the page.
        cases: all that the output folder holds.

    Raises:
        OSError: it could not be written; an older one is untouched.
    """
    kept = _kept_thumbnails(output / OVERVIEW)
    lines = [_line(output, case, kept) for case in sorted(cases, key=_severity)]
    counts = {line.case.kind: 0 for line in lines}
    words = {line.case.kind: line.case.words for line in lines}
    for line in lines:
        counts[line.case.kind] += 1
    page = page_template("overview.html.jinja").render(
        title=title,
        research_only=RESEARCH_ONLY,
        date=datetime.date.today().isoformat(),
        lines=lines,
        counts=counts,
        words=words,
        table=SUMMARY,
        record=RUN,
    )
    write_file(output / OVERVIEW, page.encode())


def _severity(case: OverviewCase) -> tuple[int, str]:
    """Order what failed and the worst verdicts first, and within them by name."""
    return (_WORST_FIRST.index(case.kind) if case.kind in _WORST_FIRST else len(_WORST_FIRST)), case.name


def _line(output: Path, case: OverviewCase, kept: Mapping[str, str]) -> _Line:
    folder = output / case.name
    linked = next((name for name in (REPORT, MEASUREMENTS) if (folder / name).is_file()), None)
    link = None if linked is None else f"{quote(case.name)}/{linked}"
    try:
        changed = (folder / PREVIEW).stat()
    except OSError:
        return _Line(case, link, None, "")
    key = f"{quote(case.name)}:{changed.st_mtime_ns}:{changed.st_size}"
    return _Line(case, link, kept.get(key) or _thumbnail(folder / PREVIEW), key)


def _kept_thumbnails(page: Path) -> dict[str, str]:
    """Return the thumbnails of an earlier page, which thousands of cases need not draw anew."""
    try:
        return dict(_KEPT.findall(page.read_text(encoding="utf-8")))
    except (OSError, ValueError):
        return {}


def _thumbnail(picture: Path) -> str | None:
    """Return a small copy of a picture as an address that holds it; None where it cannot be read."""
    from PIL import Image

    try:
        with Image.open(picture) as image:
            small = image.convert("RGB")
            small.thumbnail(_THUMBNAIL_PIXELS, Image.Resampling.LANCZOS)
    except (OSError, ValueError, SyntaxError):
        return None
    file = io.BytesIO()
    small.save(file, "JPEG", quality=_THUMBNAIL_QUALITY, optimize=True)
    return "data:image/jpeg;base64," + base64.b64encode(file.getvalue()).decode("ascii")
