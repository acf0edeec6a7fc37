"""What doubt about hearts is fitted to: segmentations whose truth is known, and which of them are bad.

As for the hippocampus: for a patient of fold k only member k is a fair witness. Its labels are what is judged, its
agreement with the other members is what they are judged by. The held-out patients take no part; on them the fit is
judged.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from quantseg.evaluation.metrics import dice
from quantseg.measure.values import Verdict
from quantseg.tasks.heart.anatomy import HeartLabel
from quantseg.tasks.heart.coarse_to_fine import PredictsSamples
from quantseg.tasks.heart.doubt import check_finding, ejection_fraction_spread, ejection_fractions
from quantseg.tasks.heart.evaluation.corruption import CineCorruption, LabelledStack
from quantseg.tasks.heart.evaluation.parts import HEART_PARTS
from quantseg.tasks.heart.expectation import HeartEvidence, heart_evidence
from quantseg.tasks.heart.function import LEFT_VENTRICLE
from quantseg.tasks.heart.judgement import HeartJudgement
from quantseg.tasks.heart.phases import Phases
from quantseg.tasks.heart.plausibility import shows_left_ventricle
from quantseg.tasks.heart.segmenting import segment_cycle
from quantseg.tasks.heart.short_axis import ShortAxisStack
from quantseg.tasks.heart.training.sunnybrook import sunnybrook_dice
from quantseg.tasks.heart.volumes import volume_curves
from quantseg.training.flagging import FlaggingRow, flagging_table

BAD_DICE = 0.80
BAD_EJECTION_FRACTION_POINTS = 10.0
MOST_MISSING_SLICES = 1
_PHASES = Phases(0, 1, given=True)


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
        source: data set that it comes from where that shows only the slices that were outlined, not whole stacks.
        true_areas: pixels of each label value in the reference labels, by phase and slice, shape (4, 2, K).
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
    source: str = ""
    true_areas: np.ndarray | None = None

    @property
    def bad(self) -> bool:
        """Whether nobody should trust the numbers.

        A bad outline, an ejection fraction far off, a wrong organ, frames of two patients, a heart that the picture's
        edge cuts, or a base or apex that the stack misses by more than a slice.
        """
        error = self.ejection_fraction_error.get(LEFT_VENTRICLE, math.inf)
        return (
            self.dice < BAD_DICE
            or abs(error) > BAD_EJECTION_FRACTION_POINTS
            or self.wrong_organ
            or self.corruption is CineCorruption.MIXED
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
    scout: PredictsSamples,
    witness: int | None,
    score: Callable[[np.ndarray, np.ndarray], float] | None = None,
) -> HeartExample:
    """Segment both frames as the pipeline does and compare them with the truth.

    Args:
        patient: name.
        corruption: what was done to the images.
        stack: the result of that.
        true_fractions: the patient's ejection fractions in %, from all that the unspoiled stack shows.
        ensemble: all members.
        inference: of the bundle.
        scout: as for :func:`quantseg.tasks.heart.segmenting.segment_cycle`.
        witness: as for :func:`quantseg.tasks.heart.segmenting.segment_cycle`.
        score: mean Dice from label maps and truth; that of all structures by default.
    """
    found = segment_cycle(stack.frames, stack.spacing_mm[:2], ensemble, inference, scout, witness, _PHASES.end_diastole)
    labelled = ShortAxisStack(found.labels, np.diag([*stack.spacing_mm, 1.0]))
    measured = ejection_fractions(volume_curves(labelled), _PHASES)
    shown = (_PHASES.end_diastole, _PHASES.end_systole)
    evidence = None
    if shows_left_ventricle(labelled, _PHASES):
        evidence = heart_evidence(found, labelled, _PHASES, stack.frames)
    return HeartExample(
        patient,
        corruption,
        evidence,
        any(check.verdict is not Verdict.GOOD for check in check_finding(found, shown)),
        0.0 if stack.wrong_organ else (score or mean_dice)(found.labels, stack.labels),
        {region: true_fractions[region] - value for region, value in measured.items() if region in true_fractions},
        ejection_fraction_spread(found, _PHASES),
        stack.missing_slices,
        stack.cut,
        stack.wrong_organ,
        true_areas=ShortAxisStack(stack.labels, None).areas,
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


def left_dice(predicted: np.ndarray, truth: np.ndarray) -> float:
    """Return the mean Dice of the left cavity, and of its muscle where that was outlined, over both frames.

    Args:
        predicted: label maps, shape (2, I, J, K).
        truth: same shape, as :func:`quantseg.tasks.heart.training.sunnybrook.load_shared_slices` gives it.
    """
    left = np.where(predicted == HeartLabel.RV_CAVITY, 0, predicted)
    of_frames = [sunnybrook_dice(*pair) for pair in zip(left, truth, strict=True)]
    return float(np.nanmean([[scores["cavity"], scores["myocardium"]] for scores in of_frames]))


def heart_doubt_table(examples: Iterable[HeartExample], judgement: HeartJudgement) -> list[FlaggingRow]:
    """Return, in all and by corruption, how many bad results were flagged and how many good ones were."""
    return flagging_table(examples, lambda e: e.flagged(judgement), CineCorruption)
