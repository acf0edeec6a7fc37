"""The Dice that an expert's labels would be expected to reach, estimated from what can be seen without them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from quantseg.hippocampus.features import HippocampusFeatures

_DICE_BOUNDS = (0.02, 0.98)

# What the estimate is built from. Distances from the typical value enter as such, since both sides are suspicious.
_TERMS = {
    "disagreement": lambda f: _log(1 - f.member_dice),
    "worst_disagreement": lambda f: _log(1 - f.lowest_member_dice),
    "uncertainty": lambda f: _log(f.entropy_per_volume),
    "border": lambda f: min(f.border_share, 0.2),
    "stray": lambda f: min(f.stray_share, 0.5),
    "noise": lambda f: min(f.noise, 0.3),
    "softness": lambda f: -min(f.sharpness, 0.3),
    "air": lambda f: min(f.air_share, 0.6),
    "size": lambda f: abs(math.log(max(f.volume_mm3, 100.0) / 3300.0)),
    "contrast": lambda f: f.surround_brightness - f.brightness,
}


@dataclass(frozen=True)
class DiceExpectation:
    """A linear model of the logit of Dice.

    Attributes:
        intercept: of the model.
        weights: by term, for terms as ``terms`` gives them.
    """

    intercept: float
    weights: Mapping[str, float]

    def dice(self, features: HippocampusFeatures) -> float:
        """Return the expected Dice, 0 to 1."""
        values = terms(features)
        logit = self.intercept + sum(weight * values[name] for name, weight in self.weights.items())
        return 1 / (1 + math.exp(-logit))


def terms(features: HippocampusFeatures) -> dict[str, float]:
    """Return the model's inputs by name."""
    return {name: float(term(features)) for name, term in _TERMS.items()}


def fit_expectation(
    features: Sequence[HippocampusFeatures], dice: Sequence[float], ridge: float = 1.0
) -> DiceExpectation:
    """Fit the model by ridge regression on standardised terms.

    Args:
        features: of segmentations whose truth is known and was not seen by their model.
        dice: their Dice.
        ridge: penalty, in units of one case.
    """
    table = np.array([list(terms(f).values()) for f in features])
    target = np.clip(np.asarray(dice, dtype=float), *_DICE_BOUNDS)
    logit = np.log(target / (1 - target))
    mean, sd = table.mean(axis=0), np.maximum(table.std(axis=0), 1e-6)
    standard = (table - mean) / sd
    gram = standard.T @ standard + ridge * np.eye(standard.shape[1])
    slopes = np.linalg.solve(gram, standard.T @ (logit - logit.mean())) / sd
    intercept = float(logit.mean() - slopes @ mean)
    return DiceExpectation(intercept, dict(zip(_TERMS, (float(s) for s in slopes), strict=True)))


def _log(share: float) -> float:
    return math.log(max(share, 1e-3))
