"""The report of one case: a single HTML file that needs no network and prints on A4."""

from __future__ import annotations

import base64
import datetime
import re
from collections.abc import Callable, Mapping

from quantseg.measure.corrected_checks import is_grey
from quantseg.measure.values import Check, Verdict
from quantseg.reading.scan import InputImage
from quantseg.reading.spacing import spacing_in_words
from quantseg.results.case import CaseResult
from quantseg.results.curve_picture import render_curves
from quantseg.results.document_parts import orientation_letters
from quantseg.results.layout import RESEARCH_ONLY
from quantseg.results.page import page_template
from quantseg.results.presentation import CHECK_WORDS, GREY, Presentation, Presenter, verdict_words
from quantseg.results.sections import Curves, KeyNumber, Picture, Pictures, PlainTable, Section, Text
from quantseg.results.software import software_versions
from quantseg.results.value_table import ValueTable

# Name of the macro that draws each kind of section.
_DRAWN_BY: Mapping[type[Section], str] = {
    ValueTable: "value_table",
    PlainTable: "plain_table",
    KeyNumber: "key_number",
    Curves: "curves",
    Pictures: "pictures",
    Text: "text",
}
_BEFORE_UNIT = re.compile(r"(?<=\d) (?=%)")
# Not within a word, a date or a range.
_BEFORE_NEGATIVE = re.compile(r"(?<![\w)-])-(?=\d)")


def render_report(result: CaseResult, presenter: Presenter, preview_png: bytes, absent_files: Mapping[str, str]) -> str:
    """Return the report of a case as HTML.

    Args:
        result: the case.
        presenter: of its task.
        preview_png: the key picture.
        absent_files: why a file that could be expected was not written, by file name.
    """
    presentation = presenter.present(result)
    return page_template("report.html.jinja", _FILTERS).render(
        presentation=presentation,
        research_only=RESEARCH_ONLY,
        result=result,
        date=datetime.date.today().isoformat(),
        verdict=GREY if is_grey(result.checks) else result.verdict.value,
        verdict_words=verdict_words(result.checks),
        reasons=_reasons(result.checks),
        check_words=CHECK_WORDS,
        preview_png=preview_png,
        inputs=_inputs(result),
        software=software_versions(),
        notes=[
            *_notes(result, presentation),
            *(f"{name} was not written: {why}." for name, why in absent_files.items()),
        ],
    )


def _in_page(png: bytes) -> str:
    """Return a picture as the address under which a page carries it in itself."""
    return "data:image/png;base64," + base64.b64encode(png).decode("ascii")


def _typeset(text: str) -> str:
    """Set numbers as print has them: with real minus signs, and per cent signs on the line of their number."""
    return _BEFORE_NEGATIVE.sub("\N{MINUS SIGN}", _BEFORE_UNIT.sub("\N{NO-BREAK SPACE}", text))


def _curve_png(curves: Curves) -> bytes:
    return Picture(curves.heading, curves.alt, lambda: render_curves(curves)).png()


def _reasons(checks: tuple[Check, ...]) -> list[str]:
    doubts = [check for check in checks if check.verdict is not Verdict.GOOD]
    if doubts:
        severity = list(Verdict)
        return [c.reason for c in sorted(doubts, key=lambda check: severity.index(check.verdict), reverse=True)]
    if len(checks) > 1:
        return [f"All {len(checks)} checks passed."]
    return ["The one check passed." if checks else "No check was made."]


def _inputs(result: CaseResult) -> dict[str, list[tuple[str, str]]]:
    """Return name and value of what is known of each image, by the heading that they get."""
    further = {f"Further input: {role}": _facts_of(scan) for role, scan in result.further_scans.items()}
    return {"Input": [*_facts_of(result.scan), *_process_facts(result)]} | further


def _facts_of(scan: InputImage) -> list[tuple[str, str]]:
    facts = {
        "Format": scan.image_format.value,
        "Shape": " × ".join(str(n) for n in scan.grid.shape) + " voxels",
        "Spacing": "unknown" if scan.spacing_mm is None else spacing_in_words(scan.spacing_mm),
        "Axis order": orientation_letters(scan),
        "Modality": scan.acquisition.modality,
        "Series number": scan.acquisition.series_number,
        "Series identifier (hash)": scan.acquisition.series_hash,
    }
    return [(name, str(value)) for name, value in facts.items() if value is not None]


def _notes(result: CaseResult, presentation: Presentation) -> list[str]:
    """Return the notes on the images, and those on the measurements that no section shows beside its numbers."""
    shown = {note for section in presentation.sections for note in getattr(section, "notes", ())}
    further = (f"{role}: {note}" for role, scan in result.further_scans.items() for note in scan.notes)
    return [*result.scan.notes, *further, *(note for note in result.notes if note not in shown)]


def _process_facts(result: CaseResult) -> list[tuple[str, str]]:
    """Return the pipeline's own facts in words: ``memory_rung`` becomes "Memory rung", True becomes "yes"."""
    found = {key: value for key, value in result.facts.items() if value is not None}
    return [(_name_in_words(key), _in_words(value)) for key, value in found.items()]


def _name_in_words(key: str) -> str:
    words = " ".join(word.upper() if word in _SHORT_FORMS else word for word in key.split("_"))
    return words[:1].upper() + words[1:]


def _in_words(value: str | float) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:.4g}" if isinstance(value, float) else str(value)


_SHORT_FORMS = frozenset({"mri", "pet"})

_FILTERS: Mapping[str, Callable[..., object]] = {
    "drawn_by": lambda section: _DRAWN_BY[type(section)],
    "in_page": _in_page,
    "typeset": _typeset,
    "curve_png": _curve_png,
}
