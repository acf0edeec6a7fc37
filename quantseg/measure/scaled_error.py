"""How far a measured value may lie from the true one, wider for a case whose errors are larger as a rule."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from quantseg.measure.expectation import LinearExpectation


@dataclass(frozen=True)
class ScaledErrorModel:
    """True minus measured value, taken as ``bias`` plus noise whose size is foreseen from the case.

    Attributes:
        bias: median of the difference.
        scale: logarithm of the noise's size, from terms of the case.
        lowest: of that logarithm, among the cases of the fit; nothing smaller is believed.
        highest: the largest among them.
        quantile: of the noise in units of its size, such that 95 % of cases that took no part in the fit lie within.
    """

    bias: float
    scale: LinearExpectation
    lowest: float
    highest: float
    quantile: float

    def reach(self, terms: Mapping[str, float]) -> float:
        """Return how far from ``bias`` the difference of a case may lie, 95 % sure."""
        return self.quantile * math.exp(min(max(self.scale.expect(terms), self.lowest), self.highest))


def read_scaled_error(values: Mapping[str, object]) -> ScaledErrorModel:
    """Return the model that ``dataclasses.asdict`` made these values of."""
    scale = values["scale"]
    if not isinstance(scale, Mapping):
        raise TypeError(f"The scale of an error model is {scale!r}; expected its intercept and weights.")
    return ScaledErrorModel(**{**values, "scale": LinearExpectation(**scale)})  # type: ignore[arg-type]
