"""Fitting of the verdict on a heart, and of its function's intervals, to what each member did on unseen patients.

As for the hippocampus: for a patient of fold k only member k is a fair witness. Its labels are what is judged, its
agreement with the other members is what they are judged by. The held-out patients take no part; on them the fit is
judged.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np

from quantseg.errors import UsageError
from quantseg.evaluation.cine_corruption import CineCorruption, LabelledStack
from quantseg.evaluation.metrics import dice
from quantseg.evaluation.parts import HEART_PARTS
from quantseg.heart.coverage import CoverageExpectation, StackEnd
from quantseg.heart.doubt import check_finding, ejection_fraction_spread, ejection_fractions
from quantseg.heart.expectation import HeartEvidence, fit_heart_expectation, heart_evidence
from quantseg.heart.function import LEFT_VENTRICLE, RIGHT_VENTRICLE
from quantseg.heart.image_quality import image_quality
from quantseg.heart.judgement import EXPECTED_DICE, HeartJudgement
from quantseg.heart.phases import Phases
from quantseg.heart.plausibility import BOUNDS, shows_left_ventricle
from quantseg.heart.segmenting import Witness, segment_cycle
from quantseg.heart.short_axis import ShortAxisStack
from quantseg.heart.two_looks import PredictsSamples
from quantseg.heart.volumes import volume_curves
from quantseg.measure.error_model import fit_error_model
from quantseg.measure.expectation import fit_linear
from quantseg.measure.limits import Limits
from quantseg.measure.values import Verdict
from quantseg.training.recall import RecallRow, recall_table

BAD_DICE = 0.80
BAD_EJECTION_FRACTION_POINTS = 10.0
MOST_MISSING_SLICES = 1
_FALSE_FLAG_BUDGET = 0.04
# What a single rule, of nine, may add to the false flags before its bound is moved out.
_RULE_BUDGET = 0.0025
# What an end of the stack may add; and how many missing slices the fit is shown.
_COVERAGE_BUDGET = 0.015
_MISSING_SLICES = (0, 1, 2, 3)
_FAIL_ABOVE_LOOK = 1.5
# How much less than what wants a look fails.
_FAIL_BELOW_LOOK = 0.1
_PHASES = Phases(0, 1, given=True)
_REGIONS = (LEFT_VENTRICLE, RIGHT_VENTRICLE)


@dataclass(frozen=True)
class HeartExample:
    """One segmentation of end-diastole and end-systole whose truth is known.

    Attributes:
        patient: who.
        corruption: what was done to the images.
        evidence: as the checks see it; None where no left ventricle was found, which the pipeline refuses or fails.
        not_found: whether the check of the finding itself doubts it: no heart, or much else beside it.
        dice: mean over both cavities and the muscle at both phases, of what is in view.
        ejection_fraction_error: true minus measured, in points, by region.
        spread: of the members' ejection fractions, in points, by region.
        missing_slices: slices with a left ventricle that the stack does not hold.
        cut: whether the picture's edge cuts the heart in plane.
        wrong_organ: whether there was nothing to be outlined.
    """

    patient: str
    corruption: CineCorruption
    evidence: HeartEvidence | None
    not_found: bool
    dice: float
    ejection_fraction_error: Mapping[str, float]
    spread: Mapping[str, float]
    missing_slices: int
    cut: bool
    wrong_organ: bool

    @property
    def bad(self) -> bool:
        """Whether nobody should trust the numbers.

        A bad outline, an ejection fraction far off, a wrong organ, a heart that the picture's edge cuts, or a base or
        apex that the stack misses by more than a slice.
        """
        error = self.ejection_fraction_error.get(LEFT_VENTRICLE, math.inf)
        return (
            self.dice < BAD_DICE
            or abs(error) > BAD_EJECTION_FRACTION_POINTS
            or self.wrong_organ
            or self.cut
            or self.missing_slices > MOST_MISSING_SLICES
        )

    def flagged(self, judgement: HeartJudgement) -> bool:
        """Tell whether the pipeline would refuse, or the checks would say anything but "good"."""
        if self.evidence is None or self.not_found:
            return True
        return any(check.verdict is not Verdict.GOOD for check in judgement.check_all(self.evidence))


def heart_example(
    patient: str,
    corruption: CineCorruption,
    stack: LabelledStack,
    true_fractions: Mapping[str, float],
    ensemble: PredictsSamples,
    inference: Mapping[str, Any],
    witness: Witness | None,
) -> HeartExample:
    """Segment both frames as the pipeline does and compare them with the truth.

    Args:
        patient: name.
        corruption: what was done to the images.
        stack: the result of that.
        true_fractions: the patient's ejection fractions in %, from all that the unspoiled stack shows.
        ensemble: all members.
        inference: of the bundle.
        witness: the one member that had not seen the patient; None if none of them had.
    """
    found = segment_cycle(stack.frames, stack.spacing_mm[:2], ensemble, inference, witness)
    labelled = ShortAxisStack(found.labels, np.diag([*stack.spacing_mm, 1.0]))
    measured = ejection_fractions(volume_curves(labelled), _PHASES)
    evidence, shown = None, (_PHASES.end_diastole, _PHASES.end_systole)
    if shows_left_ventricle(labelled, _PHASES):
        quality = [
            image_quality(frame, labels, stack.spacing_mm[:2])
            for frame, labels in zip(stack.frames, found.labels, strict=True)
        ]
        evidence = heart_evidence(found, labelled, _PHASES, quality)
    return HeartExample(
        patient,
        corruption,
        evidence,
        any(check.verdict is not Verdict.GOOD for check in check_finding(found, shown)),
        0.0 if stack.wrong_organ else mean_dice(found.labels, stack.labels),
        {region: true_fractions[region] - value for region, value in measured.items() if region in true_fractions},
        ejection_fraction_spread(found, _PHASES),
        stack.missing_slices,
        stack.cut,
        stack.wrong_organ,
    )


def true_ejection_fractions(stack: LabelledStack) -> Mapping[str, float]:
    """Return the ejection fractions in % that the reference labels give, by region."""
    return ejection_fractions(volume_curves(ShortAxisStack(stack.labels, None)), _PHASES)


def mean_dice(predicted: np.ndarray, truth: np.ndarray) -> float:
    """Return the mean Dice of the structures in view, over both frames.

    Args:
        predicted: label maps, shape (2, I, J, K).
        truth: of what is in view, same shape; a structure that neither shows in a frame does not count there.
    """
    scores = []
    for frame, reference in zip(predicted, truth, strict=True):
        masks = [(part.mask(frame), part.mask(reference)) for part in HEART_PARTS]
        scores += [dice(*pair) for pair in masks if pair[0].any() or pair[1].any()]
    return float(np.mean(scores)) if scores else 1.0


def fit_heart_judgement(examples: Sequence[HeartExample]) -> dict[str, Any]:
    """Fit limits, expectation and intervals; returns the content of ``verdict.json``.

    Raises:
        UsageError: no unspoiled patient was segmented well, so that there is nothing to tell good from bad by.
    """
    usable = [(e, e.evidence) for e in examples if e.evidence is not None and not e.not_found]
    # A stack that misses slices, or whose edge cuts the heart, can be outlined well for all that it shows.
    outlined = [(e, evidence) for e, evidence in usable if not e.cut]
    good = [(e, evidence) for e, evidence in usable if not e.bad]
    clean = [pair for pair in good if pair[0].corruption is CineCorruption.CLEAN]
    if not clean:
        raise UsageError(
            f"Of {len(examples)} segmentations no unspoiled one is good (mean Dice of {BAD_DICE} or more); train the "
            "model before its doubt is fitted."
        )
    expectation = fit_heart_expectation([evidence for _, evidence in outlined], [e.dice for e, _ in outlined])
    bounds = {name: _widened(name, limit, [evidence for _, evidence in good]) for name, limit in BOUNDS.items()}
    coverage = {end: _fit_coverage(end, [evidence for _, evidence in clean]) for end in StackEnd}
    unfitted = HeartJudgement(
        Limits(),
        bounds,
        expectation,
        {end: fit for end, (fit, _) in coverage.items()},
        {end: limit for end, (_, limit) in coverage.items()},
        {},
    )
    look = min(_lowest_good_dice(group, unfitted) for group in (good, clean))
    limits = {EXPECTED_DICE: Limits((look, None), (look - _FAIL_BELOW_LOOK, None)), **bounds}
    unspoiled = [e for e, _ in usable if e.corruption is CineCorruption.CLEAN]
    return {
        "fitted_on": f"{len(examples)} segmentations of {len({e.patient for e in examples})} patients, each by a "
        "member that had not seen the patient",
        "limits": {name: asdict(limit) for name, limit in limits.items() if limit != BOUNDS.get(name)},
        "expectation": asdict(expectation),
        "coverage": {
            end.value: {"expectation": asdict(fit), "missing": asdict(limit)} for end, (fit, limit) in coverage.items()
        },
        "intervals": {
            region: asdict(
                fit_error_model(
                    np.array([e.ejection_fraction_error[region] for e in known]),
                    np.array([e.spread[region] for e in known]),
                )
            )
            for region in _REGIONS
            if (known := [e for e in unspoiled if region in e.ejection_fraction_error and region in e.spread])
        },
    }


def _fit_coverage(end: StackEnd, clean: Sequence[HeartEvidence]) -> tuple[CoverageExpectation, Limits]:
    """Fit the number of missing slices to good labels from which slices at that end were taken away."""
    shown: list[tuple[int, dict[str, float]]] = []
    for areas in [one.areas for one in clean if one.areas is not None]:
        for count in _MISSING_SLICES:
            left = areas.without(end, count)
            terms = None if left is None else left.terms()
            if terms is not None:
                shown.append((count, terms))
    if not shown:
        return CoverageExpectation(0.0, {}, {}), Limits()
    fit = CoverageExpectation(**asdict(fit_linear([terms for _, terms in shown], np.array([-n for n, _ in shown]))))
    whole = [fit.missing_slices(terms) for count, terms in shown if not count]
    look = float(np.quantile(whole, 1 - _COVERAGE_BUDGET))
    return fit, Limits((None, look), (None, look + _FAIL_ABOVE_LOOK))


def _widened(name: str, limits: Limits, good: Sequence[HeartEvidence]) -> Limits:
    """Move a bound of experts' labels out where it would flag more than a few good results."""
    values = sorted(float(value) for one in good if (value := getattr(one.labels, name)) is not None)
    if not values:
        return limits
    # Values that were seen, not between them: of slices there are whole numbers.
    spared = int(_RULE_BUDGET * len(values))
    lowest, highest = values[spared], values[-1 - spared]
    low, high = limits.look
    return replace(
        limits,
        look=(
            None if low is None else min(low, lowest),
            None if high is None else max(high, highest),
        ),
    )


def _lowest_good_dice(good: Sequence[tuple[HeartExample, HeartEvidence]], unfitted: HeartJudgement) -> float:
    """Return the expected Dice below which good results may be flagged, beside those that the rules flag already.

    Args:
        good: good results and what is known of them.
        unfitted: holds the rules, and no limit of the expected Dice yet.
    """
    spared = sorted(unfitted.expectation.dice(evidence) for e, evidence in good if not e.flagged(unfitted))
    if not spared:
        return 0.0
    allowed = int(_FALSE_FLAG_BUDGET * len(good)) - (len(good) - len(spared))
    return spared[min(max(allowed, 0), len(spared) - 1)]


def heart_doubt_table(examples: Iterable[HeartExample], judgement: HeartJudgement) -> list[RecallRow]:
    """Return, in all and by corruption, how many bad results were flagged and how many good ones were."""
    return recall_table(examples, lambda e: e.flagged(judgement), CineCorruption)
