"""Fitting of the verdict on a heart, and of the intervals of its function.

What a patient's segmentations look like to the checks is always foreseen by a fit to all other patients: limits taken
from the fitted patients themselves would be too tight for anybody else.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from itertools import product
from typing import Any

import numpy as np

from quantseg.errors import UsageError
from quantseg.measure.expectation import fit_linear
from quantseg.measure.limits import Limits
from quantseg.tasks.heart.coverage import MOST_SLICES_FITTED, CoverageExpectation, StackEnd
from quantseg.tasks.heart.evaluation.corruption import CineCorruption
from quantseg.tasks.heart.expectation import HeartDiceExpectation, HeartEvidence, fit_heart_expectation
from quantseg.tasks.heart.function import LEFT_VENTRICLE, RIGHT_VENTRICLE
from quantseg.tasks.heart.judgement import EXPECTED_DICE, HeartJudgement
from quantseg.tasks.heart.plausibility import BOUNDS
from quantseg.tasks.heart.training.doubt import BAD_DICE, MOST_MISSING_SLICES, HeartExample
from quantseg.tasks.heart.training.fraction_fitting import fit_fraction_error
from quantseg.tasks.heart.training.presence_fitting import fit_presence

# Of good results, and of good results on unspoiled images, all checks together may flag so many.
_FALSE_FLAG_BUDGET = 0.04
# The expected Dice and the coverage weigh these already: as rules they say no more than what cannot be right.
_WEIGHED = frozenset({"broken_slices", "open_wall_share", "scattered_share", "muscle_change", "length_per_width"})
# What a single rule, of the four others, may add to them before its bound is moved out.
_RULE_BUDGET = 0.01
# How far beyond what good results show it moves then: other patients vary more than those that it was fitted to.
_BEYOND = 1.5
# Shares of good results that one fitted check may flag; the best combination within the budget is taken.
_SHARES = (0.0, 0.005, 0.01, 0.015, 0.02, 0.025, 0.03, 0.04)
# In units of one of several hundred shortened stacks; half of the terms say much the same as another.
_COVERAGE_RIDGE = 30.0
_FAIL_ABOVE_LOOK = 1.5
# A stack that lacks one slice is no bad one: what would be rounded to one is not flagged.
_LEAST_MISSING = MOST_MISSING_SLICES + 0.5
# How much less than what wants a look fails.
_FAIL_BELOW_LOOK = 0.1
_GROUPS = 10
_REGIONS = (LEFT_VENTRICLE, RIGHT_VENTRICLE)


@dataclass(frozen=True)
class _Fit:
    """What is fitted to examples before limits are set."""

    expectation: HeartDiceExpectation
    coverage: Mapping[StackEnd, CoverageExpectation]

    def suspicion(self, evidence: HeartEvidence) -> list[float]:
        """Return how suspicious each fitted check finds a result: minus the expected Dice, then missing slices."""
        terms = None if evidence.areas is None else evidence.areas.terms()
        missing = [-np.inf if terms is None else self.coverage[end].missing_slices(terms) for end in StackEnd]
        return [-self.expectation.dice(evidence), *missing]


def fit_heart_judgement(examples: Sequence[HeartExample]) -> dict[str, Any]:
    """Fit limits, expectation and intervals; returns the content of ``verdict.json``.

    Of some data sets only the outlined slices are shown: they take part in the intervals, and not in what judges whole
    stacks. Where there are no others, intervals are all that is fitted.

    Raises:
        UsageError: no unspoiled patient was segmented well, so that there is nothing to tell good from bad by; or not
            even intervals can be fitted.
    """
    if examples and all(e.source for e in examples):
        return _intervals_alone(examples)
    usable = [(e, e.evidence) for e in examples if e.evidence is not None and not e.not_found and not e.source]
    good = [(e, evidence) for e, evidence in usable if not e.bad]
    if not any(e.corruption is CineCorruption.CLEAN for e, _ in good):
        raise UsageError(
            f"Of {len(examples)} segmentations no unspoiled one is good (mean Dice of {BAD_DICE} or more); train the "
            "model before its doubt is fitted."
        )
    strict = {name: replace(limit, look=limit.fail) if name in _WEIGHED else limit for name, limit in BOUNDS.items()}
    bounds = {name: _widened(name, limit, [evidence for _, evidence in good]) for name, limit in strict.items()}
    fit = _fit(usable)
    look = _looks(usable, bounds, fit)
    dice = -look[0]
    limits = {EXPECTED_DICE: Limits((dice, None), (dice - _FAIL_BELOW_LOOK, None)), **bounds}
    missing = dict(zip(StackEnd, look[1:], strict=True))
    presence = fit_presence(examples)
    return {
        "fitted_on": _fitted_on(examples),
        "limits": {name: asdict(limit) for name, limit in limits.items() if limit != BOUNDS.get(name)},
        "expectation": asdict(fit.expectation),
        "coverage": {
            end.value: {
                "expectation": asdict(fit.coverage[end]),
                "missing": asdict(Limits((None, missing[end]), (None, missing[end] + _FAIL_ABOVE_LOOK))),
            }
            for end in StackEnd
        },
        "intervals": _intervals(examples),
        "presence": None if presence is None else asdict(presence),
    }


def _intervals_alone(examples: Sequence[HeartExample]) -> dict[str, Any]:
    intervals = _intervals(examples)
    if not intervals:
        raise UsageError(
            f"Of {len(examples)} segmentations none shows a ventricle with a mean Dice of {BAD_DICE} or more; train "
            "the model before its intervals are fitted."
        )
    return {"fitted_on": _fitted_on(examples), "intervals": intervals}


def _fitted_on(examples: Sequence[HeartExample]) -> str:
    patients = len({e.patient for e in examples})
    return f"{len(examples)} segmentations of {patients} patients, each by a member that had not seen the patient"


def _intervals(examples: Sequence[HeartExample]) -> dict[str, Any]:
    fitted = {region: fit_fraction_error(examples, region) for region in _REGIONS}
    return {region: asdict(error) for region, error in fitted.items() if error is not None}


def _fit(usable: Sequence[tuple[HeartExample, HeartEvidence]]) -> _Fit:
    # A stack that misses slices, or whose edge cuts the heart, can be outlined well for all that it shows.
    outlined = [(e, evidence) for e, evidence in usable if not e.cut]
    whole = [evidence for e, evidence in usable if not e.bad and e.corruption is CineCorruption.CLEAN]
    return _Fit(
        fit_heart_expectation([evidence for _, evidence in outlined], [e.dice for e, _ in outlined]),
        {end: _fit_coverage(end, whole) for end in StackEnd},
    )


def _fit_coverage(end: StackEnd, whole: Sequence[HeartEvidence]) -> CoverageExpectation:
    """Fit the number of missing slices to good labels from which slices at that end were taken away."""
    shown: list[tuple[int, dict[str, float]]] = []
    for areas in [one.areas for one in whole if one.areas is not None]:
        for count in range(MOST_SLICES_FITTED + 1):
            left = areas.without(end, count)
            terms = None if left is None else left.terms()
            if terms is not None:
                shown.append((count, terms))
    if not shown:
        return CoverageExpectation(0.0, {}, {})
    complete = np.array([-float(count) for count, _ in shown])
    return CoverageExpectation(**asdict(fit_linear([terms for _, terms in shown], complete, _COVERAGE_RIDGE)))


def _looks(
    usable: Sequence[tuple[HeartExample, HeartEvidence]], bounds: Mapping[str, Limits], fit: _Fit
) -> tuple[float, float, float]:
    """Return the suspicion above which each fitted check wants a look, by :meth:`_Fit.suspicion`.

    Of all ways to share out what may be flagged falsely, that one which notices most of the bad results; what the
    rules flag already counts.
    """
    suspicions = _foreseen(usable)
    bad = np.array([e.bad for e, _ in usable])
    clean = np.array([e.corruption is CineCorruption.CLEAN for e, _ in usable]) & ~bad
    free = HeartJudgement(Limits(), bounds, fit.expectation, fit.coverage, dict.fromkeys(StackEnd, Limits()), {})
    ruled = np.array([e.flagged(free) for e, _ in usable])
    dice, *missing = suspicions.T
    candidates = [
        _quantiles(dice[~bad]),
        *(sorted({max(value, _LEAST_MISSING) for value in _quantiles(column[clean])}) for column in missing),
    ]

    def worth(limits: tuple[float, ...]) -> tuple[float, ...]:
        flagged = ruled | (suspicions > np.array(limits)).any(axis=1)
        excess = max(float(flagged[group].mean()) - _FALSE_FLAG_BUDGET for group in (~bad, clean))
        return -max(excess, 0.0), float(flagged[bad].sum()), -float(flagged[~bad].sum())

    first, second, third = max(product(*candidates), key=worth)
    return first, second, third


def _quantiles(values: np.ndarray) -> list[float]:
    """Return the values above which each of ``_SHARES`` lies; values that were seen, not between them."""
    ordered = np.sort(values)[::-1]
    return sorted({float(ordered[int(share * len(ordered))]) for share in _SHARES})


def _foreseen(usable: Sequence[tuple[HeartExample, HeartEvidence]]) -> np.ndarray:
    """Return :meth:`_Fit.suspicion` of every example by a fit to other patients, shape (N, 3)."""
    patients = sorted({e.patient for e, _ in usable})
    group_of = {patient: number % _GROUPS for number, patient in enumerate(patients)}
    found = np.full((len(usable), 1 + len(StackEnd)), -np.inf)
    for group in sorted(set(group_of.values())):
        others = [pair for pair in usable if group_of[pair[0].patient] != group]
        fit = _fit(others or usable)
        for number, (example, evidence) in enumerate(usable):
            if group_of[example.patient] == group:
                found[number] = fit.suspicion(evidence)
    return found


def _widened(name: str, limits: Limits, good: Sequence[HeartEvidence]) -> Limits:
    """Move a bound of experts' labels out where it would flag more than a few good results, and some more than that."""
    values = sorted(float(value) for one in good if (value := getattr(one.labels, name)) is not None)
    if not values:
        return limits
    # Values that were seen, not between them: of slices there are whole numbers.
    spared = int(_RULE_BUDGET * len(values))
    (low, high), (fail_low, fail_high) = limits.look, limits.fail
    below = 0.0 if low is None else max(low - values[spared], 0.0) * _BEYOND
    above = 0.0 if high is None else max(values[-1 - spared] - high, 0.0) * _BEYOND
    return Limits(
        (None if low is None else low - below, None if high is None else high + above),
        (None if fail_low is None else fail_low - below, None if fail_high is None else fail_high + above),
    )
