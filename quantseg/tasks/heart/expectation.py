"""The Dice that an expert's labels of a heart would be expected to reach, from what can be seen without them."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass

import numpy as np

from quantseg.measure.expectation import LinearExpectation, fit_linear
from quantseg.tasks.heart.coverage import LengthwiseAreas, lengthwise_areas
from quantseg.tasks.heart.features import HeartFeatures, heart_features
from quantseg.tasks.heart.image_quality import image_quality
from quantseg.tasks.heart.phase_correlation import phase_correlation
from quantseg.tasks.heart.phases import Phases
from quantseg.tasks.heart.segmenting import CycleSegmentation
from quantseg.tasks.heart.short_axis import ShortAxisStack
from quantseg.tasks.heart.slice_presence import EndSlice, end_slices

# What is better or worse than this counts as this good or bad: the fit shall be sharp where doubt begins.
_DICE_BOUNDS = (0.7, 0.9)
# Beyond these the members agree on nothing, and more disagreement says no more.
_MOST_DISAGREEMENT, _MOST_UNCERTAIN = 0.4, 0.4
_MOST_BROKEN_SLICES = 3
# Median over experts' labels of ACDC: muscle looks larger when the base has moved into the stack.
_USUAL_MUSCLE_CHANGE = 1.14


@dataclass(frozen=True)
class HeartEvidence:
    """What the expected Dice is foreseen from; the worse of end-diastole and end-systole where nothing else is said.

    Attributes:
        labels: what the labels alone show.
        areas: how the structures change from base to apex; None where that cannot be judged.
        structure_dice: mean Dice of pairs of members over structures and both frames.
        lowest_structure_dice: the lowest of a structure in a frame.
        uncertain_share: as :class:`CycleSegmentation` has it.
        stray_share: as :class:`CycleSegmentation` has it.
        contrast: of blood and muscle, as :class:`ImageQuality` has it.
        sharpness: as :class:`ImageQuality` has it.
        noise: as :class:`ImageQuality` has it.
        phase_correlation: of both frames outside the heart, as
            :func:`quantseg.tasks.heart.phase_correlation.phase_correlation` has it; None for one frame, which is like
            itself.
        ends: the slices at which the outlines of the cavities end.
    """

    labels: HeartFeatures
    areas: LengthwiseAreas | None
    structure_dice: float
    lowest_structure_dice: float
    uncertain_share: float
    stray_share: float
    contrast: float
    sharpness: float
    noise: float
    phase_correlation: float | None = None
    ends: tuple[EndSlice, ...] = ()


def heart_evidence(
    segmentation: CycleSegmentation, stack: ShortAxisStack, phases: Phases, frames: np.ndarray
) -> HeartEvidence | None:
    """Put together what is known of end-diastole and end-systole, both of which show a left cavity.

    Args:
        segmentation: of the cycle.
        stack: its labels.
        phases: which frames they are.
        frames: raw intensities of the cycle, shape (T, I, J, K).

    Returns:
        None for a single member, which agrees with nobody.
    """
    if segmentation.structure_dice is None:
        return None
    shown = [phases.end_diastole, phases.end_systole]
    pixel_mm = stack.pixel_mm
    quality = [image_quality(frames[frame], stack.labels[frame], pixel_mm) for frame in shown]
    dice = segmentation.structure_dice[shown]
    return HeartEvidence(
        labels=heart_features(stack, phases),
        areas=lengthwise_areas(stack, phases, segmentation.slice_doubt),
        structure_dice=float(dice.mean()),
        lowest_structure_dice=float(dice.min()),
        uncertain_share=float(segmentation.uncertain_share[shown].max()),
        stray_share=float(segmentation.stray_share[shown].max()),
        contrast=min(one.contrast for one in quality),
        sharpness=min(one.sharpness for one in quality),
        noise=max(one.noise for one in quality),
        phase_correlation=None
        if shown[0] == shown[1]
        else phase_correlation(frames[shown[0]], frames[shown[1]], np.any(stack.labels[shown] > 0, axis=0), pixel_mm),
        ends=() if segmentation.sightings is None else end_slices(stack, segmentation.sightings, phases),
    )


@dataclass(frozen=True)
class _Term:
    """One input of the estimate.

    Attributes:
        value: of the evidence.
        meaning: what an unfavourable value suggests, in words.
    """

    value: Callable[[HeartEvidence], float]
    meaning: str


_TERMS = {
    "disagreement": _Term(
        lambda e: _log(min(1 - e.structure_dice, _MOST_DISAGREEMENT)),
        "the models disagree on what belongs to the heart",
    ),
    "worst_disagreement": _Term(
        lambda e: _log(1 - e.lowest_structure_dice), "the models disagree on one of the structures"
    ),
    "uncertainty": _Term(
        lambda e: _log(min(e.uncertain_share, _MOST_UNCERTAIN)), "the models are unsure of many voxels"
    ),
    "stray": _Term(lambda e: math.sqrt(e.stray_share), "other structures were taken for a ventricle"),
    "open_wall": _Term(lambda e: math.sqrt(e.labels.open_wall_share), "the wall of the left ventricle is broken"),
    "scattered": _Term(lambda e: math.sqrt(e.labels.scattered_share), "ventricles lie in pieces"),
    "broken_slices": _Term(
        lambda e: min(e.labels.broken_slices, _MOST_BROKEN_SLICES), "a structure was lost in the middle of the stack"
    ),
    "muscle_change": _Term(lambda e: _muscle_change(e.labels), "the muscle comes or goes between the phases"),
    "flatness": _Term(lambda e: -e.contrast, "blood is hardly brighter than muscle"),
    "softness": _Term(lambda e: -_log(max(e.sharpness, 0.005)), "the image is blurred or moved"),
    "noise": _Term(lambda e: _log(e.noise), "the image is noisy, or smoothed"),
}


class HeartDiceExpectation(LinearExpectation):
    """A linear model of the mean Dice of both cavities and the muscle, at end-diastole and end-systole."""

    def dice(self, evidence: HeartEvidence) -> float:
        """Return the expected Dice, 0 to 1."""
        return min(max(self.expect(terms(evidence)), 0.0), 1.0)

    def main_cause(self, evidence: HeartEvidence) -> str:
        """Say in words which term lowers the estimate most, compared with what is typical."""
        return _TERMS[self.lowest_term(terms(evidence))].meaning


def terms(evidence: HeartEvidence) -> dict[str, float]:
    """Return the model's inputs by name."""
    return {name: float(term.value(evidence)) for name, term in _TERMS.items()}


def fit_heart_expectation(
    evidence: Sequence[HeartEvidence], dice: Sequence[float], ridge: float = 1.0
) -> HeartDiceExpectation:
    """Fit the model.

    Args:
        evidence: of segmentations whose truth is known and was not seen by their model.
        dice: their mean Dice.
        ridge: penalty, in units of one case.
    """
    target = np.clip(np.asarray(dice, dtype=float), *_DICE_BOUNDS)
    return HeartDiceExpectation(**asdict(fit_linear([terms(one) for one in evidence], target, ridge)))


def _muscle_change(labels: HeartFeatures) -> float:
    """Return how far the change of the muscle is from the usual one; a single frame shows none."""
    if labels.muscle_change is None:
        return 0.0
    return min(abs(math.log(max(labels.muscle_change, 1e-3) / _USUAL_MUSCLE_CHANGE)), 1.0)


def _log(share: float) -> float:
    return math.log(max(share, 1e-3))
