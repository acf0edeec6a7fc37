"""A small logistic model: how probable something is that cannot be seen, from numbers that can."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

_MOST_ROUNDS = 50
_STEADY = 1e-8
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


def fit_logistic(terms: Sequence[Mapping[str, float]], happened: np.ndarray, ridge: float = 1.0) -> LogisticModel:
    """Fit the model by Newton's method on standardised terms, their weights held small by a ridge.

    Args:
        terms: values by name, of cases whose outcome is known.
        happened: their outcomes, bool, shape (N,).
        ridge: penalty of the squared weights, in units of one case.
    """
    names = list(terms[0])
    table = np.array([[one[name] for name in names] for one in terms])
    mean, sd = table.mean(axis=0), np.maximum(table.std(axis=0), 1e-6)
    design = np.column_stack([np.ones(len(table)), (table - mean) / sd])
    penalty = ridge * np.diag([1e-3, *np.ones(len(names))])
    weights = np.zeros(design.shape[1])
    for _ in range(_MOST_ROUNDS):
        probability = 1 / (1 + np.exp(-np.clip(design @ weights, -_FARTHEST, _FARTHEST)))
        slope = design.T @ (happened - probability) - penalty @ weights
        curvature = (design.T * (probability * (1 - probability))) @ design + penalty
        step = np.linalg.solve(curvature, slope)
        weights += step
        if np.abs(step).max() < _STEADY:
            break
    slopes = weights[1:] / sd
    return LogisticModel(float(weights[0] - slopes @ mean), dict(zip(names, slopes.tolist(), strict=True)))
