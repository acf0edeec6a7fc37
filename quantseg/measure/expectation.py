"""A small linear model of a score that cannot be seen, from numbers that can; it names what lowers its estimate."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class LinearExpectation:
    """The model.

    Attributes:
        intercept: of the model.
        weights: by term.
        typical: mean of each term over the better half of what the model was fitted to.
    """

    intercept: float
    weights: Mapping[str, float]
    typical: Mapping[str, float]

    def expect(self, terms: Mapping[str, float]) -> float:
        """Return the expected score for a value of every term."""
        return self.intercept + sum(weight * terms[name] for name, weight in self.weights.items())

    def lowest_term(self, terms: Mapping[str, float]) -> str:
        """Return the name of the term that lowers the estimate most, compared with what is typical."""
        effects = {name: weight * (terms[name] - self.typical[name]) for name, weight in self.weights.items()}
        return min(effects, key=lambda name: effects[name])


def fit_linear(terms: Sequence[Mapping[str, float]], scores: np.ndarray, ridge: float = 1.0) -> LinearExpectation:
    """Fit the model by ridge regression on standardised terms.

    Args:
        terms: values by name, of cases whose score is known.
        scores: their scores, shape (N,); the better half of them is what counts as typical.
        ridge: penalty, in units of one case.
    """
    names = list(terms[0])
    table = np.array([[one[name] for name in names] for one in terms])
    mean, sd = table.mean(axis=0), np.maximum(table.std(axis=0), 1e-6)
    standard = (table - mean) / sd
    gram = standard.T @ standard + ridge * np.eye(standard.shape[1])
    slopes = np.linalg.solve(gram, standard.T @ (scores - scores.mean())) / sd
    typical = table[scores >= np.median(scores)].mean(axis=0)
    weights, usual = (dict(zip(names, values.tolist(), strict=True)) for values in (slopes, typical))
    return LinearExpectation(float(scores.mean() - slopes @ mean), weights, usual)
