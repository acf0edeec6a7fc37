"""How far a measured ejection fraction may lie from the true one, foreseen from the case."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from quantseg.measure.error_model import ErrorModel
from quantseg.measure.scaled_error import ScaledErrorModel, read_scaled_error
from quantseg.tasks.heart.expectation import HeartEvidence, terms

FractionError = ErrorModel | ScaledErrorModel
"""Of one ventricle; bundles that were calibrated before December 2026 foresee it from the members' spread alone."""

# What is known of the labels alone is left out: the expected Dice weighs it, and little of it tells how large an error
# of the ejection fraction is.
_FORESEEN_FROM = ("disagreement", "worst_disagreement", "uncertainty", "stray", "flatness", "softness", "noise")
# Members that agree by chance are not believed to be this sure, in points.
_LEAST_SPREAD = 0.3


def fraction_terms(evidence: HeartEvidence, spread: float) -> dict[str, float]:
    """Return what the size of the error is foreseen from, by name.

    Args:
        evidence: of end-diastole and end-systole.
        spread: SD of the ejection fraction over the members, in points.
    """
    known = terms(evidence)
    return {"spread": math.log(max(spread, _LEAST_SPREAD)), **{name: known[name] for name in _FORESEEN_FROM}}


def fraction_reach(error: FractionError, spread: float, evidence: HeartEvidence) -> float:
    """Return how far from the error's bias the true ejection fraction may lie, in points, 95 % sure.

    Args:
        error: as fitted.
        spread: SD of the ejection fraction over the members, in points.
        evidence: of end-diastole and end-systole.
    """
    if isinstance(error, ErrorModel):
        return error.reach(spread)
    return error.reach(fraction_terms(evidence, spread))


def read_fraction_error(values: Mapping[str, Any]) -> FractionError:
    """Return the model that ``dataclasses.asdict`` made these values of, in either form."""
    return read_scaled_error(values) if "scale" in values else ErrorModel(**values)
