"""A comparison of two models as Markdown for people and as JSON for programs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from quantseg.evaluation.paired import PairedQuality, ScannerComparison
from quantseg.evaluation.presenting import number, plain
from quantseg.evaluation.qualities import DICE
from quantseg.models.reference import ModelReference

SCHEMA = "quantseg-model-comparison/1"

_FORMS = {DICE: "{:.4f}"}
_USUAL_FORM = "{:.2f}"


@dataclass(frozen=True)
class ModelComparison:
    """Two models on the cases of two scanners.

    Attributes:
        task: whose models they are.
        in_place_of: name of the model that the newer one would replace.
        before: the older model.
        after: the newer one.
        old: what the cases of the old scanner say.
        new: what those of the new scanner say.
        most_lost_points: how much the Dice of a part may lose, in points of 100.
        objections: why the newer model must not take the place; empty where it may.
        resamples: bootstrap samples behind each interval.
        seed: of those samples.
    """

    task: str
    in_place_of: str
    before: ModelReference
    after: ModelReference
    old: ScannerComparison
    new: ScannerComparison
    most_lost_points: float
    objections: tuple[str, ...]
    resamples: int
    seed: int

    @property
    def passed(self) -> bool:
        """Whether the newer model may take the older one's place."""
        return not self.objections


def as_markdown(comparison: ModelComparison) -> str:
    """Return the report: both models, a table a scanner, what was not counted, and the judgement."""
    return (
        "\n".join((*_head_lines(comparison), *_scanner_lines(comparison.old), *_scanner_lines(comparison.new))) + "\n"
    )


def _head_lines(comparison: ModelComparison) -> Iterator[str]:
    yield f"# {comparison.task}: two models on an old and a new scanner"
    yield ""
    yield "**For research use only. Not for clinical diagnosis.**"
    yield ""
    for title, model in (("Before", comparison.before), ("After", comparison.after)):
        hashes = ", ".join(f"`{digest[:12]}…`" for digest in model.weight_hashes.values())
        yield f"- {title}: {model.name} {model.version}, SHA-256 of its weights {hashes}"
    yield ""
    limit = f"at most {comparison.most_lost_points:g} points of Dice lost in any part, and some won on the new scanner"
    if comparison.passed:
        yield f"**The newer model may take the older one's place** ({limit})."
    else:
        yield f"**The newer model must not take the older one's place** ({limit}):"
        yield ""
        yield from (f"- {objection}" for objection in comparison.objections)
    yield ""
    yield (
        "Difference: after minus before, paired by case; in brackets its 95 % interval (bootstrap by person, "
        f"{comparison.resamples} resamples, seed {comparison.seed}). Volume error and further errors: their size."
    )
    yield ""


def _scanner_lines(side: ScannerComparison) -> Iterator[str]:
    counted = len(side.dice[0].rows) if side.dice else 0
    yield f"## The {side.name} scanner: {counted} cases of {side.persons} persons"
    yield ""
    yield "| part | | cases | before | after | difference |"
    yield "|---|---|---:|---:|---:|---:|"
    for one in side.qualities:
        yield _row(one)
    yield ""
    for title, failed in (("before", side.failed_before), ("after", side.failed_after)):
        if failed:
            yield f"Without usable labels {title}, counted as empty ones: {', '.join(failed)}."
            yield ""
    if side.not_counted:
        yield (
            f"Not counted, since one of the models, or one before it, was trained on these persons "
            f"({len(side.not_counted)} cases): {', '.join(side.not_counted)}."
        )
        yield ""


def _row(one: PairedQuality) -> str:
    quality = one.quality
    form = _FORMS.get(quality.name, _USUAL_FORM)
    signed = form.replace("{:", "{:+")
    bounds = f" [{signed.format(one.interval.low)}, {signed.format(one.interval.high)}]" if one.interval else ""
    name = f"{quality.name}, {quality.unit}" if quality.unit else quality.name
    return (
        f"| {quality.part} | {name} | {one.cases} | {number(one.before, form)} | {number(one.after, form)} "
        f"| {number(one.difference, signed)}{bounds} |"
    )


def as_json(comparison: ModelComparison) -> dict[str, Any]:
    """Return the comparison as plain JSON values; a missing number is null."""
    return {
        "schema": SCHEMA,
        "task": comparison.task,
        "in_place_of": comparison.in_place_of,
        "passed": comparison.passed,
        "objections": list(comparison.objections),
        "most_lost_points": comparison.most_lost_points,
        "bootstrap": {"resamples": comparison.resamples, "seed": comparison.seed, "unit": "person"},
        **{
            side: {
                "name": model.name,
                "version": model.version,
                "licence": model.licence,
                "weights": dict(model.weight_hashes),
            }
            for side, model in (("before", comparison.before), ("after", comparison.after))
        },
        "scanners": {side.name: _scanner_values(side) for side in (comparison.old, comparison.new)},
    }


def _scanner_values(side: ScannerComparison) -> dict[str, Any]:
    return {
        "folder": side.folder,
        "persons": side.persons,
        "not_counted": list(side.not_counted),
        "failed_before": list(side.failed_before),
        "failed_after": list(side.failed_after),
        "qualities": [
            plain(
                {
                    "name": one.quality.name,
                    "part": one.quality.part,
                    "unit": one.quality.unit,
                    "more_is_better": one.quality.more_is_better,
                    "cases": one.cases,
                    "before": one.before,
                    "after": one.after,
                    "difference": one.difference,
                    "interval": [one.interval.low, one.interval.high] if one.interval else None,
                    "by_case": {
                        case: dict(zip(("before", "after"), map(plain, values), strict=True))
                        for case, values in one.rows.items()
                    },
                }
            )
            for one in side.qualities
        ],
    }
