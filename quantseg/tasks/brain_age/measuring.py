"""The numbers of a brain age result: the age, the gap to the person's own, and which areas carry it."""

from __future__ import annotations

from collections.abc import Mapping

from quantseg.measure.values import Interval, Measurement
from quantseg.tasks.brain_age.model import AgeEstimate, AgeModel

BRAIN = "brain"
BRAIN_AGE, GAP, EVEN_GAP, CONTRIBUTION = (
    "brain_age",
    "brain_age_gap",
    "brain_age_gap_less_bias",
    "brain_age_contribution",
)
YEAR = "year"
_AGE = "mean of a linear regression of age and of 3D networks, on shares of tissues in MNI space"
_AGE_BY_LINE = "linear regression of age on shares of tissues in MNI space"
_GAP = "brain age less the person's age"
_EVEN_GAP = "brain age less the person's age, less what people of that age differ by on average"
_CONTRIBUTION = "brain age less what it would be with the area as in the brain of the ICBM 152 atlas"


def measure_age(
    model: AgeModel, estimate: AgeEstimate, age_years: float | None, by_area: Mapping[str, float]
) -> tuple[Measurement, ...]:
    """Return the measurements of one brain.

    Args:
        model: that made the estimate.
        estimate: what it is.
        age_years: the person's age; without it there is no gap.
        by_area: years that each area adds.
    """
    protocol = _AGE_BY_LINE if model.networks is None else _AGE
    found = [_with_interval(BRAIN_AGE, estimate.years, estimate, protocol)]
    if age_years is not None:
        gap = estimate.years - age_years
        found.append(_with_interval(GAP, gap, estimate, _GAP))
        found.append(_with_interval(EVEN_GAP, gap - model.bias_at(age_years), estimate, _EVEN_GAP))
    for area, years in by_area.items():
        found.append(Measurement(CONTRIBUTION, area.replace(" ", "_"), years, YEAR, _CONTRIBUTION, decimals=1))
    return tuple(found)


def _with_interval(key: str, years: float, estimate: AgeEstimate, protocol: str) -> Measurement:
    interval = Interval(years - estimate.half_width_years, years + estimate.half_width_years)
    return Measurement(key, BRAIN, years, YEAR, protocol, interval, decimals=1)
