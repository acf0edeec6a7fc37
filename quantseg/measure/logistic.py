"""A small logistic model: how probable something is that cannot be seen, from numbers that can."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

# Beyond these, exp() says no more and overflows in the end.
_FARTHEST = 30.0


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
        return 1 / (1 + math.exp(-min(max(logit, -_FARTHEST), _FARTHEST)))
