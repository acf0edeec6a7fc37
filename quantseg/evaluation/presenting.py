"""An evaluation as tables for the terminal and as JSON for programs."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from quantseg.evaluation.agreement import BlandAltman
from quantseg.evaluation.comparing import Evaluation, MetricSummary

SCHEMA = "quantseg-evaluation/1"

_CASE_COLUMNS = (
    ("dice", "Dice", "{:.3f}"),
    ("hausdorff95_mm", "HD95 mm", "{:.2f}"),
    ("surface_distance_mm", "ASSD mm", "{:.2f}"),
    ("volume_error_mm3", "error mm3", "{:+.0f}"),
    ("volume_error_percent", "error %", "{:+.1f}"),
)
_SUMMARY_ROWS = (
    ("dice", "Dice", "{:.4f}"),
    ("hausdorff95_mm", "HD95, mm", "{:.3f}"),
    ("surface_distance_mm", "mean surface distance, mm", "{:.3f}"),
    ("volume_error_mm3", "volume error, mm3", "{:+.1f}"),
    ("volume_error_percent", "volume error, %", "{:+.2f}"),
)
_ABSENT = "-"


def as_text(evaluation: Evaluation) -> str:
    """Return the tables: a row a case and part, the summary by part, and every case that was not scored."""
    return "\n".join((*_case_lines(evaluation), "", *_summary_lines(evaluation), *remark_lines(evaluation)))


def _case_lines(evaluation: Evaluation) -> Iterator[str]:
    case_width = max(len("case"), *(len(case.case) for case in evaluation.cases))
    part_width = max(len("part"), *(len(part) for part in evaluation.parts))
    titles = "".join(f"{title:>11}" for _, title, _ in _CASE_COLUMNS)
    yield f"{'case':<{case_width}}  {'part':<{part_width}}{titles}"
    for case in evaluation.cases:
        for part, scores in case.scores.items():
            values = "".join(f"{number(getattr(scores, key), form):>11}" for key, _, form in _CASE_COLUMNS)
            yield f"{case.case:<{case_width}}  {part:<{part_width}}{values}"


def _summary_lines(evaluation: Evaluation) -> Iterator[str]:
    patients = len({case.patient for case in evaluation.counted})
    yield (
        f"{len(evaluation.counted)} cases of {patients} patients; [95 % interval of the mean: bootstrap by patient, "
        f"{evaluation.resamples} resamples, seed {evaluation.seed}]"
    )
    for part in evaluation.parts:
        summary = evaluation.summary[part]
        yield f"{part}"
        for key, title, form in _SUMMARY_ROWS:
            yield f"  {title:<27}{_summary_in_words(summary.metrics[key], form)}"
        yield f"  {'Bland-Altman volume, mm3':<27}{agreement_in_words(summary.volume_agreement_mm3)}"


def agreement_in_words(agreement: BlandAltman) -> str:
    """Return bias, SD and limits of agreement in one line."""
    return (
        f"bias {number(agreement.bias, '{:+.1f}')}, SD {number(agreement.sd, '{:.1f}')}, limits of agreement "
        f"{number(agreement.lower_limit, '{:+.1f}')} to {number(agreement.upper_limit, '{:+.1f}')}"
    )


def _summary_in_words(summary: MetricSummary, form: str) -> str:
    interval = summary.interval
    bounds = f" [{form.format(interval.low)}, {form.format(interval.high)}]" if interval else ""
    missing = f", missing in {summary.missing}" if summary.missing else ""
    return (
        f"{number(summary.mean, form)}{bounds}, SD {number(summary.sd, form.replace('+', ''))}, "
        f"median {number(summary.median, form)}, worst {number(summary.worst, form)}{missing}"
    )


def remark_lines(evaluation: Evaluation) -> Iterator[str]:
    """Yield what was not scored, and why."""
    if evaluation.failures:
        counted = "counted as empty predictions, Dice 0" if evaluation.failures_counted else "named, not counted"
        yield f"\n{len(evaluation.failures)} cases without a usable prediction ({counted}):"
        alike: dict[str, list[str]] = {}
        for case in evaluation.failures:
            alike.setdefault(str(case.failure).removeprefix(f"Case {case.case} "), []).append(case.case)
        yield from (f"  {', '.join(names)}: {reason}" for reason, names in alike.items())
    if evaluation.without_reference:
        yield f"\n{len(evaluation.without_reference)} predicted cases without reference labels, not scored:"
        yield "  " + ", ".join(evaluation.without_reference)


def number(value: float, form: str) -> str:
    """Return a number in its form, a dash where it is not finite."""
    return form.format(value) if math.isfinite(value) else _ABSENT


def as_json(evaluation: Evaluation) -> dict[str, Any]:
    """Return the evaluation as plain JSON values; a missing number is null."""
    return {
        "schema": SCHEMA,
        "parts": list(evaluation.parts),
        "bootstrap": {"resamples": evaluation.resamples, "seed": evaluation.seed, "unit": "patient"},
        "failures_counted": evaluation.failures_counted,
        "summary": {part: plain(asdict(summary)) for part, summary in evaluation.summary.items()},
        "cases": [plain(asdict(case)) for case in evaluation.cases],
        "without_reference": list(evaluation.without_reference),
    }


def plain(value: Any) -> Any:
    """Return plain JSON values; a number that is not finite becomes null."""
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value
