"""How far a measured value may lie from the true one, as errors on cases with a known truth show it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

_QUANTILE = 0.95


@dataclass(frozen=True)
class ErrorModel:
    """True minus measured value, taken as ``bias`` plus noise that grows with the doubt about a case.

    Attributes:
        bias: median of the difference.
        half_width: constant part of the noise's 95 % quantile.
        slope: growth of that quantile with the doubt.
    """

    bias: float
    half_width: float
    slope: float

    def reach(self, doubt: float) -> float:
        """Return the 95 % quantile of the noise."""
        return self.half_width + self.slope * doubt


def fit_error_model(errors: np.ndarray, doubts: np.ndarray) -> ErrorModel:
    """Fit bias and half width so that 95 % of the cases lie inside, wider where doubt is larger.

    Args:
        errors: true minus measured value, shape (N,).
        doubts: of the same cases, not negative, shape (N,).
    """
    bias = float(np.median(errors))
    usual = float(np.median(doubts))
    # Members that never differ tell nothing of the error.
    slope = 0.5 * float(np.median(np.abs(errors - bias))) / usual if usual else 0.0
    half_width = float(np.quantile(np.abs(errors - bias) - slope * doubts, _QUANTILE))
    return ErrorModel(bias, half_width, slope)
