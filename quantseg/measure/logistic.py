"""A small logistic model: how probable something is that cannot be seen, from numbers that can."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

# Beyond these, exp() says no more and overflows in the end.
_FARTHEST = 30.0


def probability(log_odds: np.ndarray) -> np.ndarray:
    """Return the probability that log odds stand for, of any shape."""
    return np.asarray(1 / (1 + np.exp(-np.clip(log_odds, -_FARTHEST, _FARTHEST))))


@dataclass(frozen=True)
class LogisticModel:
    """The model.

    Attributes:
        intercept: logit where every term is 0.
        weights: by term.
    """

    intercept: float
    weights: Mapping[str, float]

    def probability(self, terms: Mapping[str, float]) -> float:
        """Return the probability, 0 to 1, for a value of every term."""
        logit = self.intercept + sum(weight * terms[name] for name, weight in self.weights.items())
        return float(probability(np.asarray(logit)))
