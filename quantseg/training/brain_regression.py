"""Ridge regression on features of brains, cross-validated by person: few people, many features, one solution."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class RidgeFit:
    """A fitted line.

    Attributes:
        weights: a unit of each feature, float64, shape (features,).
        intercept: where all features are 0.
    """

    weights: np.ndarray
    intercept: float

    def estimate(self, features: np.ndarray) -> np.ndarray:
        """Return the estimates of people, from features of shape (N, features)."""
        return np.asarray(features @ self.weights + self.intercept)


def feature_kernel(features: np.ndarray, fitted_on: np.ndarray) -> np.ndarray:
    """Return inner products of all people, centred and scaled by those that a fit may see, shape (N, N).

    Args:
        features: shape (N, features).
        fitted_on: which of them a fit may see, bool, shape (N,).
    """
    centred = features - features[fitted_on].mean(axis=0)
    kernel = (centred @ centred.T).astype(np.float64)
    return np.asarray(kernel / np.mean(np.diag(kernel)[fitted_on]))


def fit_ridge(features: np.ndarray, values: np.ndarray, penalty: float) -> RidgeFit:
    """Fit values to features with a penalty on the weights, relative to the mean variance of people about the middle.

    Args:
        features: shape (N, features).
        values: shape (N,).
        penalty: of the squared weights.
    """
    middle = features.mean(axis=0, dtype=np.float64)
    centred = features.astype(np.float64) - middle
    kernel = centred @ centred.T
    scale = float(np.mean(np.diag(kernel)))
    shares = np.linalg.solve(kernel / scale + penalty * np.eye(len(values)), values - values.mean())
    weights = centred.T @ shares / scale
    return RidgeFit(weights, float(values.mean() - weights @ middle))


def cross_validated(
    features: np.ndarray, values: np.ndarray, folds: np.ndarray, fitted_on: np.ndarray, penalty: float
) -> np.ndarray:
    """Return the estimate of everybody by a fit that saw nobody of the same fold, shape (N,).

    Args:
        features: shape (N, features).
        values: shape (N,).
        folds: number of the fold of each, shape (N,).
        fitted_on: which of them fits may see at all, bool, shape (N,).
        penalty: as for :func:`fit_ridge`.
    """
    estimates = np.empty(len(values))
    for fold in np.unique(folds):
        seen, left_out = fitted_on & (folds != fold), folds == fold
        kernel = feature_kernel(features, seen)
        middle = values[seen].mean()
        system = kernel[np.ix_(seen, seen)] + penalty * np.eye(int(seen.sum()))
        shares = np.linalg.solve(system, values[seen] - middle)
        estimates[left_out] = middle + kernel[np.ix_(left_out, seen)] @ shares
    return estimates
