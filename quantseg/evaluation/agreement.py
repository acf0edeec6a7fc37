"""Agreement of measured volumes, after Bland and Altman."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

_NORMAL_95 = 1.96


@dataclass(frozen=True)
class BlandAltman:
    """Bias and limits of agreement of two ways to measure the same cases.

    Attributes:
        count: pairs of values.
        bias: mean difference, predicted minus reference.
        sd: standard deviation of the differences (n - 1 in the denominator); nan for fewer than two pairs.
        lower_limit: bias - 1.96 SD.
        upper_limit: bias + 1.96 SD; 95 % of the differences lie between the limits if they are normal.
    """

    count: int
    bias: float
    sd: float
    lower_limit: float
    upper_limit: float


def bland_altman(predicted: np.ndarray, reference: np.ndarray) -> BlandAltman:
    """Compare paired values (J. M. Bland and D. G. Altman, Lancet 1986; 327: 307-310).

    Args:
        predicted: values of the method under test, shape (N,).
        reference: values of the reference for the same cases, shape (N,), in the same unit.

    Raises:
        ValueError: the shapes differ.
    """
    if predicted.shape != reference.shape:
        raise ValueError(f"Expected as many predicted as reference values, got {predicted.shape}, {reference.shape}.")
    differences = predicted - reference
    count = len(differences)
    bias = float(differences.mean()) if count else float("nan")
    sd = float(differences.std(ddof=1)) if count > 1 else float("nan")
    return BlandAltman(count, bias, sd, bias - _NORMAL_95 * sd, bias + _NORMAL_95 * sd)


def interval_score(low: np.ndarray, high: np.ndarray, reference: np.ndarray, missed: float = 0.05) -> np.ndarray:
    """Return how good each interval is: its width, and a fine for a reference value that it misses.

    The expected score is least for the quantiles themselves (R. L. Winkler 1972; T. Gneiting and A. E. Raftery,
    Strictly Proper Scoring Rules, JASA 2007).

    Args:
        low: lower ends, shape (N,).
        high: upper ends, same shape.
        reference: what they shall hold, same shape and unit.
        missed: share of the intervals that may miss it.
    """
    short, beyond = np.maximum(low - reference, 0), np.maximum(reference - high, 0)
    return np.asarray((high - low) + 2 / missed * (short + beyond))
