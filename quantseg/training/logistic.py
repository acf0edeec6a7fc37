"""Logistic regression with a penalty on the squared weights, by Newton's method: few people, few features."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from quantseg.measure.logistic import probability

_STEPS = 40
_CONVERGED = 1e-8


@dataclass(frozen=True)
class LogisticFit:
    """A fitted model.

    Attributes:
        means: of the features among those fitted to, shape (features,).
        sds: what each is divided by: its standard deviation, or 1.
        weights: of each feature so scaled, on the scale of log odds, shape (features,).
        intercept: log odds where all features are at their means.
    """

    means: np.ndarray
    sds: np.ndarray
    weights: np.ndarray
    intercept: float

    def log_odds(self, features: np.ndarray) -> np.ndarray:
        """Return the log odds of people, from features of shape (N, features)."""
        return np.asarray(self.intercept + (features - self.means) / self.sds @ self.weights)

    def rescaled(self, means: np.ndarray, sds: np.ndarray) -> np.ndarray:
        """Return intercept and weights for features scaled by other means and SDs, shape (1 + features,)."""
        weights = self.weights * sds / self.sds
        return np.array([self.intercept + float(((means - self.means) / self.sds) @ self.weights), *weights])


def fit_logistic(features: np.ndarray, positive: np.ndarray, penalty: float, scaled: bool = True) -> LogisticFit:
    """Fit the odds of being positive.

    Args:
        features: shape (N, features).
        positive: bool, shape (N,), of both kinds.
        penalty: half of it times the sum of squared weights is added to the negative log likelihood.
        scaled: whether each feature is divided by its standard deviation first.

    Raises:
        ValueError: all are of one kind.
    """
    if positive.all() or not positive.any():
        raise ValueError("Everybody is of one kind; expected people of both.")
    means, sds = features.mean(axis=0), features.std(axis=0)
    sds = np.where(sds > 0, sds, 1.0) if scaled else np.ones_like(sds)
    design = np.column_stack([np.ones(len(features)), (features - means) / sds])
    # A trace on the intercept, so that a step exists even where a few are told apart wholly.
    ridge = np.diag([1e-9, *([penalty] * features.shape[1])])
    found = np.zeros(design.shape[1])
    found[0] = np.log(positive.mean() / (1 - positive.mean()))
    for _ in range(_STEPS):
        share = probability(design @ found)
        gradient = design.T @ (share - positive) + ridge @ found
        step = np.linalg.solve(design.T @ (design * (share * (1 - share))[:, None]) + ridge, gradient)
        # Far from the end Newton's steps are too long.
        found = found - step / max(1.0, float(np.abs(step).max()) / 3)
        if np.abs(step).max() < _CONVERGED:
            break
    return LogisticFit(means, sds, found[1:], float(found[0]))
