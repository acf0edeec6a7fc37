"""The report of one case: a single HTML file that needs no network and prints on A4."""

from __future__ import annotations

import base64
import datetime
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from quantseg.measure.values import Check, Verdict
from quantseg.reading.spacing import spacing_in_words
from quantseg.results.case import CaseResult
from quantseg.results.document import orientation_letters
from quantseg.results.layout import RESEARCH_ONLY
from quantseg.results.presentation import Presenter
from quantseg.results.software import software_versions

if TYPE_CHECKING:
    from jinja2 import Template

_VERDICT_WORDS = {
    Verdict.GOOD: "Good",
    Verdict.LOOK: "Needs a look",
    Verdict.FAIL: "Failed",
}
_CHECK_WORDS = {Verdict.GOOD: "passed", Verdict.LOOK: "look", Verdict.FAIL: "failed"}


def render_report(result: CaseResult, presenter: Presenter, preview_png: bytes, absent_files: Mapping[str, str]) -> str:
    """Return the report of a case as HTML.

    Args:
        result: the case.
        presenter: of its task.
        preview_png: the key picture.
        absent_files: why a file that could be expected was not written, by file name.
    """
    return _template(result.task).render(
        presenter.content(result),
        research_only=RESEARCH_ONLY,
        result=result,
        date=datetime.date.today().isoformat(),
        verdict=result.verdict.value,
        verdict_words=_VERDICT_WORDS[result.verdict],
        reasons=_reasons(result.checks),
        check_words=_CHECK_WORDS,
        picture=base64.b64encode(preview_png).decode("ascii"),
        input_facts=_input_facts(result),
        process_facts=_process_facts(result),
        software=software_versions(),
        notes=[*result.scan.notes, *(f"{name} was not written: {why}." for name, why in absent_files.items())],
    )


@cache
def _template(organ: str) -> Template:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template(f"report_{organ}.html.jinja")


def _reasons(checks: tuple[Check, ...]) -> list[str]:
    doubts = [check for check in checks if check.verdict is not Verdict.GOOD]
    if doubts:
        severity = list(Verdict)
        return [c.reason for c in sorted(doubts, key=lambda check: severity.index(check.verdict), reverse=True)]
    if len(checks) > 1:
        return [f"All {len(checks)} checks passed."]
    return ["The one check passed." if checks else "No check was made."]


def _input_facts(result: CaseResult) -> dict[str, str]:
    grid, spacing_mm, acquisition = result.scan.grid, result.scan.spacing_mm, result.scan.acquisition
    facts = {
        "Format": result.scan.image_format.value,
        "Shape": " × ".join(str(n) for n in grid.shape) + " voxels",
        "Spacing": "unknown" if spacing_mm is None else spacing_in_words(spacing_mm),
        "Axis order": orientation_letters(result),
        "Modality": acquisition.modality,
        "Series number": acquisition.series_number,
        "Series identifier (hash)": acquisition.series_hash,
    }
    return {name: str(value) for name, value in facts.items() if value is not None}


def _process_facts(result: CaseResult) -> dict[str, str]:
    """Return the pipeline's own facts in words: ``memory_rung`` becomes "Memory rung", True becomes "yes"."""
    words = {True: "yes", False: "no"}
    return {
        key.replace("_", " ").capitalize(): words[value] if isinstance(value, bool) else str(value)
        for key, value in result.facts.items()
        if value is not None
    }
