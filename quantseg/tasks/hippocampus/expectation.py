"""The Dice that an expert's labels would be expected to reach, estimated from what can be seen without them."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np

from quantseg.measure.expectation import LinearExpectation, fit_linear
from quantseg.tasks.hippocampus.features import HippocampusFeatures

# What is better or worse than this counts as this good or bad: the fit shall be sharp where doubt begins.
_DICE_BOUNDS = (0.7, 0.9)
# Beyond these the members agree on nothing, and more disagreement says no more.
_MOST_DISAGREEMENT, _MOST_ENTROPY = 0.3, 2.7
# Experts differ by more than images tell: little is believed.
RIDGE_AMONG_GOOD = 20.0
_USUAL_QUANTILE = 0.1


@dataclass(frozen=True)
class _Term:
    """One input of the estimate.

    Attributes:
        value: of the features. Distances from the typical value enter as such, since both sides are suspicious.
        meaning: what an unfavourable value suggests, in words.
    """

    value: Callable[[HippocampusFeatures], float]
    meaning: str


_TERMS = {
    "disagreement": _Term(
        lambda f: _log(min(1 - f.member_dice, _MOST_DISAGREEMENT)), "the models disagree on what the hippocampus is"
    ),
    "worst_disagreement": _Term(lambda f: _log(1 - f.lowest_member_dice), "one model sees something else"),
    "uncertainty": _Term(
        lambda f: _log(min(f.entropy_per_volume, _MOST_ENTROPY)), "the models are unsure of many voxels"
    ),
    "promise": _Term(lambda f: _log(1 - f.promised_dice), "the models are unsure of its border"),
    "softness": _Term(lambda f: -_log(max(f.sharpness, 0.02)), "the image is blurred or moved"),
    "noise": _Term(lambda f: _log(f.noise), "the image is noisy, or smoothed"),
    "size": _Term(lambda f: abs(math.log(max(f.volume_mm3, 100.0) / 3300.0)), "its size is unusual"),
    "contrast": _Term(lambda f: f.surround_brightness - f.brightness, "the contrast is not that of a T1 image"),
}


# Of a member that had not seen a case and others that had, the disagreement tells how well the others remember it:
# good results are told apart by what a member alone, and the image, show.
_TERMS_AMONG_GOOD = ("promise", "softness", "noise", "size", "contrast")


@dataclass(frozen=True)
class AmongGood:
    """What tells results apart whose images are as they should be.

    Attributes:
        model: of their Dice, from some of ``terms``.
        lowest: Dice that it expected of any of the cases of its fit; nothing lower is believed.
        highest: the same upwards.
        usual: what the model of all images expects at least of nine in ten of them.
        most_beyond: how far an estimate may lie above that of the model of all images; None sets no bound.
    """

    model: LinearExpectation
    lowest: float
    highest: float
    usual: float
    most_beyond: float | None = None


@dataclass(frozen=True)
class DiceExpectation(LinearExpectation):
    """A linear model of Dice over good and bad images, for terms as ``terms`` gives them, and one of good images alone.

    Attributes:
        among_good: replaces the estimate where nothing is wrong with the image, and gives way as far as it falls
            short of what is usual there; None where the first model stands alone.
    """

    among_good: AmongGood | None = None

    def dice(self, features: HippocampusFeatures) -> float:
        """Return the expected Dice, 0 to 1."""
        values = terms(features)
        expected = self.expect(values)
        if self.among_good is not None:
            expected = self._told_apart(self.among_good, values, expected)
        return min(max(expected, 0.0), 1.0)

    @staticmethod
    def _told_apart(fine: AmongGood, values: Mapping[str, float], of_all_images: float) -> float:
        among_good = min(max(fine.model.expect(values), fine.lowest), fine.highest)
        expected = among_good - max(fine.usual - of_all_images, 0.0)
        return expected if fine.most_beyond is None else min(expected, of_all_images + fine.most_beyond)

    def main_cause(self, features: HippocampusFeatures) -> str:
        """Say in words which term lowers the estimate most, compared with what is typical."""
        return _TERMS[self.lowest_term(terms(features))].meaning


def read_expectation(values: Mapping[str, Any]) -> DiceExpectation:
    """Return the model that ``dataclasses.asdict`` made these values of."""
    fine = values.get("among_good")
    if fine is not None:
        fine = AmongGood(**{**fine, "model": LinearExpectation(**fine["model"])})
    return DiceExpectation(**{**values, "among_good": fine})


def terms(features: HippocampusFeatures) -> dict[str, float]:
    """Return the model's inputs by name."""
    return {name: float(term.value(features)) for name, term in _TERMS.items()}


def terms_among_good(features: HippocampusFeatures) -> dict[str, float]:
    """Return the inputs of the model of good images."""
    values = terms(features)
    return {name: values[name] for name in _TERMS_AMONG_GOOD}


def fit_expectation(
    features: Sequence[HippocampusFeatures], dice: Sequence[float], ridge: float = 1.0
) -> DiceExpectation:
    """Fit the model of all images by ridge regression on standardised terms.

    Args:
        features: of segmentations whose truth is known and was not seen by their model.
        dice: their Dice; the better half of them is what counts as typical.
        ridge: penalty, in units of one case.
    """
    target = np.clip(np.asarray(dice, dtype=float), *_DICE_BOUNDS)
    return DiceExpectation(**asdict(fit_linear([terms(f) for f in features], target, ridge)))


def with_good_told_apart(
    expectation: DiceExpectation, features: Sequence[HippocampusFeatures], dice: Sequence[float]
) -> DiceExpectation:
    """Add the model of good images.

    Args:
        expectation: of all images.
        features: of segmentations of good images, whose truth is known and was not seen by their model.
        dice: their Dice.
    """
    model = fit_linear([terms_among_good(f) for f in features], np.asarray(dice, dtype=float), RIDGE_AMONG_GOOD)
    expected = [model.expect(terms_among_good(f)) for f in features]
    usual = float(np.quantile([expectation.expect(terms(f)) for f in features], _USUAL_QUANTILE))
    return replace(expectation, among_good=AmongGood(model, min(expected), max(expected), usual))


def never_beyond(expectation: DiceExpectation, most: float) -> DiceExpectation:
    """Let no estimate lie further above that of the model of all images than this.

    Args:
        expectation: with a model of good images.
        most: Dice.
    """
    if expectation.among_good is None:
        return expectation
    return replace(expectation, among_good=replace(expectation.among_good, most_beyond=most))


def _log(share: float) -> float:
    return math.log(max(share, 1e-3))
