"""The Dice that an expert's labels would be expected to reach, estimated from what can be seen without them."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass

import numpy as np

from quantseg.measure.expectation import LinearExpectation, fit_linear
from quantseg.tasks.hippocampus.features import HippocampusFeatures

# What is better or worse than this counts as this good or bad: the fit shall be sharp where doubt begins.
_DICE_BOUNDS = (0.7, 0.9)
# Beyond these the members agree on nothing, and more disagreement says no more.
_MOST_DISAGREEMENT, _MOST_ENTROPY = 0.3, 2.7


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
    "softness": _Term(lambda f: -_log(max(f.sharpness, 0.02)), "the image is blurred or moved"),
    "noise": _Term(lambda f: _log(f.noise), "the image is noisy, or smoothed"),
    "size": _Term(lambda f: abs(math.log(max(f.volume_mm3, 100.0) / 3300.0)), "its size is unusual"),
    "contrast": _Term(lambda f: f.surround_brightness - f.brightness, "the contrast is not that of a T1 image"),
}


class DiceExpectation(LinearExpectation):
    """A linear model of Dice, for terms as ``terms`` gives them."""

    def dice(self, features: HippocampusFeatures) -> float:
        """Return the expected Dice, 0 to 1."""
        return min(max(self.expect(terms(features)), 0.0), 1.0)

    def main_cause(self, features: HippocampusFeatures) -> str:
        """Say in words which term lowers the estimate most, compared with what is typical."""
        return _TERMS[self.lowest_term(terms(features))].meaning


def terms(features: HippocampusFeatures) -> dict[str, float]:
    """Return the model's inputs by name."""
    return {name: float(term.value(features)) for name, term in _TERMS.items()}


def fit_expectation(
    features: Sequence[HippocampusFeatures], dice: Sequence[float], ridge: float = 1.0
) -> DiceExpectation:
    """Fit the model by ridge regression on standardised terms.

    Args:
        features: of segmentations whose truth is known and was not seen by their model.
        dice: their Dice; the better half of them is what counts as typical.
        ridge: penalty, in units of one case.
    """
    target = np.clip(np.asarray(dice, dtype=float), *_DICE_BOUNDS)
    return DiceExpectation(**asdict(fit_linear([terms(f) for f in features], target, ridge)))


def _log(share: float) -> float:
    return math.log(max(share, 1e-3))
