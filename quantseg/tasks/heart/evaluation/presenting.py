"""An evaluation of heart labels as tables for the terminal and as JSON for programs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict
from typing import Any

from quantseg.evaluation.comparing import PartSummary
from quantseg.evaluation.presenting import agreement_in_words, as_json, number, plain, remark_lines
from quantseg.tasks.heart.anatomy import PAPILLARY_RULE
from quantseg.tasks.heart.evaluation.function import MEASURES, HeartEvaluation, MeasureSummary

_COLUMNS = ("lv_edv", "lv_esv", "lv_ef", "rv_edv", "rv_esv", "rv_ef", "lv_mass")
_VOLUME_RULE = f"{PAPILLARY_RULE[0].upper()}{PAPILLARY_RULE[1:]}; slice volumes use the distance between slices."


def as_text(evaluation: HeartEvaluation) -> str:
    """Return the tables: function of every patient beside the reference, its errors, and the overlap by phase."""
    return "\n".join(
        (
            *_patient_lines(evaluation),
            "",
            *_measure_lines("Function, predicted against reference", evaluation.measures, len(evaluation.function)),
            *_group_lines(evaluation),
            "",
            *_overlap_lines(evaluation),
            *remark_lines(evaluation.overlap),
        )
    )


def heart_as_json(evaluation: HeartEvaluation) -> dict[str, Any]:
    """Return the evaluation as plain JSON values; a missing number is null."""
    return as_json(evaluation.overlap) | {
        "by_phase": {
            phase.value: {part: plain(asdict(summary)) for part, summary in parts.items()}
            for phase, parts in evaluation.by_phase.items()
        },
        "units": dict(MEASURES),
        "function": [plain(asdict(patient)) for patient in evaluation.function],
        "measures": {name: plain(asdict(summary)) for name, summary in evaluation.measures.items()},
        "by_group": {
            group: {name: plain(asdict(summary)) for name, summary in measures.items()}
            for group, measures in evaluation.by_group.items()
        },
    }


def _patient_lines(evaluation: HeartEvaluation) -> Iterator[str]:
    width = max(len("patient"), *(len(p.patient) for p in evaluation.function), 0) if evaluation.function else 7
    yield f"predicted / reference. {_VOLUME_RULE}"
    titles = "".join(f"{_title(name):>15}" for name in _COLUMNS)
    yield f"{'patient':<{width}}  {'group':<6}{titles}"
    for patient in evaluation.function:
        values = "".join(
            f"{number(patient.predicted[name], '{:.0f}') + ' / ' + number(patient.reference[name], '{:.0f}'):>15}"
            for name in _COLUMNS
        )
        yield f"{patient.patient:<{width}}  {patient.group:<6}{values}"


def _measure_lines(title: str, measures: Mapping[str, MeasureSummary], patients: int) -> Iterator[str]:
    yield f"{title} ({patients} patients)"
    for name, summary in measures.items():
        bounds = f" [{summary.interval.low:.2f}, {summary.interval.high:.2f}]" if summary.interval is not None else ""
        missing = f", missing in {summary.missing}" if summary.missing else ""
        yield (
            f"  {_title(name):<12}mean absolute error {number(summary.absolute_error, '{:.2f}')}{bounds}, "
            f"worst {number(summary.worst, '{:.1f}')}; {agreement_in_words(summary.agreement)}{missing}"
        )


def _group_lines(evaluation: HeartEvaluation) -> Iterator[str]:
    if evaluation.by_group:
        yield "Mean absolute error by group"
    for group, measures in evaluation.by_group.items():
        count = sum(patient.group == group for patient in evaluation.function)
        errors = ", ".join(
            f"{_title(name)} {number(measures[name].absolute_error, '{:.2f}')}" for name in ("lv_ef", "rv_ef")
        )
        yield f"  {group} ({count}): {errors}"


def _overlap_lines(evaluation: HeartEvaluation) -> Iterator[str]:
    overlap = evaluation.overlap
    patients = len({case.patient for case in overlap.counted})
    yield (
        f"Overlap: {len(overlap.counted)} frames of {patients} patients; [95 % interval of the mean: bootstrap by "
        f"patient, {overlap.resamples} resamples, seed {overlap.seed}]"
    )
    yield f"  {'':<20}{'part':<15}{'Dice':>26}{'HD95, mm':>12}{'ASSD, mm':>12}"
    for title, summaries in (("both phases", overlap.summary), *((p.value, s) for p, s in evaluation.by_phase.items())):
        for part, summary in summaries.items():
            yield f"  {title:<20}{part:<15}{_overlap_in_words(summary)}"
    means = [summary.metrics["dice"].mean for summary in overlap.summary.values()]
    yield f"  mean Dice of the {len(means)} parts {sum(means) / len(means):.4f}"


def _overlap_in_words(summary: PartSummary) -> str:
    dice = summary.metrics["dice"]
    bounds = f" [{dice.interval.low:.4f}, {dice.interval.high:.4f}]" if dice.interval is not None else ""
    distances = "".join(
        f"{number(summary.metrics[key].mean, '{:.2f}'):>12}" for key in ("hausdorff95_mm", "surface_distance_mm")
    )
    return f"{number(dice.mean, '{:.4f}') + bounds:>26}{distances}"


def _title(name: str) -> str:
    return f"{name.replace('_', ' ').upper()} {MEASURES[name]}"
