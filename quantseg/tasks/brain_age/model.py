"""The fitted numbers of the age model: a linear regression, its interval, its bias, its percentiles."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from quantseg.brain.feature_regression import FeatureRegression, read_feature_regression
from quantseg.brain.standard_checks import LikenessLimits, likeness_limits
from quantseg.models.configuration import REGRESSION

if TYPE_CHECKING:
    from quantseg.models.bundle import Bundle

BUNDLE = "brain-age"
PERCENTILES = (5, 25, 50, 75, 95)
YOUNGEST, OLDEST = 18.0, 96.0


@dataclass(frozen=True)
class AgeModel:
    """Age from a brain, and how far it may be off.

    Attributes:
        regression: of age in years.
        half_width_years: of the 95 % interval, from the errors on people whom the model had not seen.
        bias_years: estimate minus age at age 0 and its change a year of age, on such people: the young are estimated
            too old and the old too young.
        ages: at which percentiles are known, shape (A,).
        percentiles: ``PERCENTILES`` of the estimates for people of each of these ages, shape (A, 5).
        likeness: correlations with the atlas below which a brain needs a look or is refused.
    """

    regression: FeatureRegression
    half_width_years: float
    bias_years: tuple[float, float]
    ages: np.ndarray
    percentiles: np.ndarray
    likeness: LikenessLimits

    def bias_at(self, age_years: float) -> float:
        """Return by how much people of an age are estimated too old on average."""
        at_birth, a_year = self.bias_years
        return at_birth + a_year * age_years

    def percentile_of(self, estimate_years: float, age_years: float) -> str:
        """Return between which percentiles of people of an age an estimate lies, in words."""
        bounds = [float(np.interp(age_years, self.ages, column)) for column in self.percentiles.T]
        if estimate_years < bounds[0]:
            return f"below the {PERCENTILES[0]}th"
        for low, high, upper in zip(PERCENTILES, PERCENTILES[1:], bounds[1:], strict=False):
            if estimate_years < upper:
                return f"between the {low}th and the {high}th"
        return f"above the {PERCENTILES[-1]}th"


def read_age_model(bundle: Bundle) -> AgeModel:
    """Return the numbers of a bundle.

    Raises:
        ModelError: it is damaged, untrusted, or holds something else.
    """
    regression, told = read_feature_regression(bundle), bundle.inference[REGRESSION]
    return AgeModel(
        regression=regression,
        half_width_years=told["half_width_years"],
        bias_years=(told["bias_years"][0], told["bias_years"][1]),
        ages=np.array(told["ages"], float),
        percentiles=np.array(told["percentiles"], float),
        likeness=likeness_limits(told["likeness"]),
    )
