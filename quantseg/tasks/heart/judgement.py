"""What was fitted for doubt about a heart: limits of the rules, and how wide the intervals of the function are."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from quantseg.measure.limits import Limits, telling_decimals
from quantseg.measure.values import Check, Verdict
from quantseg.tasks.heart.coverage import MOST_SLICES_FITTED, CoverageExpectation, StackEnd
from quantseg.tasks.heart.expectation import HeartDiceExpectation, HeartEvidence
from quantseg.tasks.heart.fraction_error import FractionError, read_fraction_error
from quantseg.tasks.heart.plausibility import BOUNDS, check_heart_features
from quantseg.tasks.heart.slice_presence import PresenceModel, read_presence

VERDICT_FILE = "configs/verdict.json"
EXPECTED_DICE = "expected_dice"
# Halfway between what was seen of ACDC: 0.86 at least of one patient's phases, noise and cuts included, and 0.44 at
# most of two patients'. Halfway on Sunnybrook is 0.66, between 0.69 and 0.63 (benchmarks/heart_phases_alike.py).
_PHASE_CORRELATION = Limits((0.65, None), (0.6, None))


@dataclass(frozen=True)
class HeartJudgement:
    """Everything fitted about doubt, as ``configs/verdict.json`` of the bundle holds it.

    Attributes:
        expected_dice: limits of the expected Dice; none where it is not foreseen.
        bounds: limits of the plausibility rules, by feature.
        expectation: estimates the mean Dice that an expert's labels would reach; None for bundles of which only the
            intervals were fitted.
        coverage: estimates the missing slices, by end of the stack; empty for the same bundles.
        most_missing: limits of these, by end.
        intervals: error of the ejection fraction in points, by region.
        presence: whether the slices at base and apex show the ventricles; None for bundles that do not judge it.
    """

    expected_dice: Limits
    bounds: Mapping[str, Limits]
    expectation: HeartDiceExpectation | None
    coverage: Mapping[StackEnd, CoverageExpectation]
    most_missing: Mapping[StackEnd, Limits]
    intervals: Mapping[str, FractionError]
    presence: PresenceModel | None = None

    def check(self, evidence: HeartEvidence) -> tuple[Check, ...]:
        """Judge the Dice to be expected, whether base and apex are in the stack, and whether it is one heart."""
        return (*self._check_dice(evidence), *self._check_coverage(evidence), *_check_phase_correlation(evidence))

    def _check_dice(self, evidence: HeartEvidence) -> list[Check]:
        if self.expectation is None:
            return []
        dice = self.expectation.dice(evidence)
        verdict = self.expected_dice.verdict(dice)
        decimals = telling_decimals(dice, self.expected_dice.look, 2)
        found = (
            f"An expert's outline is expected to agree with a mean Dice of {dice:.{decimals}f} (expected at least "
            f"{self.expected_dice.look[0] or 0.0:.{decimals}f})"
        )
        cause = "" if verdict is Verdict.GOOD else f": {self.expectation.main_cause(evidence)}"
        return [Check(EXPECTED_DICE, verdict, f"{found}{cause}.")]

    def _check_coverage(self, evidence: HeartEvidence) -> list[Check]:
        terms = None if evidence.areas is None else evidence.areas.terms()
        if terms is None:
            return []
        checks = []
        for end, expectation in self.coverage.items():
            missing = expectation.missing_slices(terms)
            verdict = self.most_missing[end].verdict(missing)
            decimals = telling_decimals(missing, self.most_missing[end].look, 1)
            beyond = verdict is not Verdict.GOOD and missing > MOST_SLICES_FITTED
            count = f"more than {MOST_SLICES_FITTED}" if beyond else f"{missing:.{decimals}f}"
            found = (
                f"The shape of the ventricles suggests that {count} slices are missing at the "
                f"{end.value} (expected at most {self.most_missing[end].look[1] or 0.0:.{decimals}f})"
            )
            warning = "" if verdict is Verdict.GOOD else ": volumes may be too small, check the stack's coverage"
            checks.append(Check(f"missing_{end.value}", verdict, f"{found}{warning}."))
        return checks

    def check_all(self, evidence: HeartEvidence) -> tuple[Check, ...]:
        """Judge what can be judged from the evidence alone: what was fitted, and every rule of the two phases."""
        return (*self.check(evidence), *check_heart_features(evidence.labels, bounds=self.bounds))


def _check_phase_correlation(evidence: HeartEvidence) -> list[Check]:
    if evidence.phase_correlation is None:
        return []
    verdict = _PHASE_CORRELATION.verdict(evidence.phase_correlation)
    decimals = telling_decimals(evidence.phase_correlation, _PHASE_CORRELATION.look, 2)
    found = (
        f"Outside the heart, end-diastole and end-systole look alike with a correlation of "
        f"{evidence.phase_correlation:.{decimals}f} (expected at least {_PHASE_CORRELATION.look[0]:.{decimals}f})"
    )
    warning = "" if verdict is Verdict.GOOD else ": they may come from different patients or places"
    return [Check("phases_alike", verdict, f"{found}{warning}.")]


def read_heart_judgement(path: Path) -> HeartJudgement:
    """Read ``verdict.json``; rules that it does not name keep the bounds of experts' labels.

    Intervals are all that it must hold: of a data set that shows no whole stacks nothing else can be fitted.
    """
    fitted = json.loads(path.read_text(encoding="utf-8"))
    return heart_judgement(fitted)


def heart_judgement(fitted: Mapping[str, Any]) -> HeartJudgement:  # JSON values of several shapes.
    """Return what the content of ``verdict.json`` says."""
    limits = {name: _limits(entry) for name, entry in fitted.get("limits", {}).items()}
    coverage = fitted.get("coverage", {})
    return HeartJudgement(
        limits.pop(EXPECTED_DICE, Limits()),
        {**BOUNDS, **limits},
        HeartDiceExpectation(**fitted["expectation"]) if "expectation" in fitted else None,
        {StackEnd(end): CoverageExpectation(**entry["expectation"]) for end, entry in coverage.items()},
        {StackEnd(end): _limits(entry["missing"]) for end, entry in coverage.items()},
        {region: read_fraction_error(entry) for region, entry in fitted["intervals"].items()},
        read_presence(fitted["presence"]) if fitted.get("presence") else None,
    )


def _limits(entry: Mapping[str, Sequence[float | None]]) -> Limits:
    return Limits((entry["look"][0], entry["look"][1]), (entry["fail"][0], entry["fail"][1]))
