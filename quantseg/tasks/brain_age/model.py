"""The fitted age model: a linear regression and networks, their interval, their bias, their percentiles."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from quantseg.brain.feature_regression import FeatureRegression, read_feature_regression
from quantseg.brain.standard_checks import LikenessLimits, likeness_limits
from quantseg.brain.volume_networks import SaysValues, values_of_brains
from quantseg.models.configuration import REGRESSION

if TYPE_CHECKING:
    from quantseg.models.bundle import Bundle

BUNDLE, NETWORK_BUNDLE = "brain-age", "brain-age-network"
NETWORKS = "networks"
"""Key of what the regression's bundle says of the networks."""
PERCENTILES = (5, 25, 50, 75, 95)
YOUNGEST, OLDEST = 18.0, 96.0


@dataclass(frozen=True)
class SeenBrain:
    """What the model is shown of a brain.

    Attributes:
        features: for the regression, float32, shape (N,).
        volume: for the networks, uint8, shape (2, I, J, K).
    """

    features: np.ndarray
    volume: np.ndarray


@dataclass(frozen=True)
class AgeEstimate:
    """How old a brain looks.

    Attributes:
        years: that.
        half_width_years: of the 95 % interval about it.
        apart_years: how far what the networks say lies from what the regression says; None without networks.
    """

    years: float
    half_width_years: float
    apart_years: float | None = None


@dataclass(frozen=True)
class ScaledInterval:
    """A 95 % interval as wide as the error that is foreseen.

    Attributes:
        quantile: half its width in units of that error's scale.
        least_years: smaller scales than this are not believed.
        largest_years: nor are larger ones.
    """

    quantile: float
    least_years: float
    largest_years: float

    def half_width(self, scales_years: np.ndarray) -> np.ndarray:
        """Return half its width in years, of scales of any shape."""
        return np.asarray(self.quantile * np.clip(scales_years, self.least_years, self.largest_years))


@dataclass(frozen=True)
class AgeNetworks:
    """Networks that estimate age, in units of their own.

    Attributes:
        bundle: that they lie in; they say the age and the logarithm of their error's scale.
        middle_years: age that they call 0.
        unit_years: what they call 1.
        share: of what they say in the estimate; the regression has the rest.
        interval: 95 % of it, from that scale.
        usually_apart_years: no further than this from what the regression says, in 95 % of people unseen.
    """

    bundle: str
    middle_years: float
    unit_years: float
    share: float
    interval: ScaledInterval
    usually_apart_years: float

    def say(self, networks: SaysValues, volume: np.ndarray) -> tuple[float, float]:
        """Return an age and the scale of its error, in years.

        Args:
            networks: those of the bundle.
            volume: as :class:`SeenBrain` has it.
        """
        age, log_scale = values_of_brains(networks, volume[None])[0]
        return self.middle_years + self.unit_years * float(age), self.unit_years * float(np.exp(log_scale))


@dataclass(frozen=True)
class AgeModel:
    """Age from a brain, and how far it may be off.

    Attributes:
        regression: of age in years.
        networks: that have a share in it; None in bundles of before 0.3.0.
        half_width_years: of the 95 % interval where no network foresees the error, from the errors on people whom the
            model had not seen.
        bias_years: estimate minus age at age 0 and its change a year of age, on such people: the young are estimated
            too old and the old too young.
        ages: at which percentiles are known, shape (A,).
        percentiles: ``PERCENTILES`` of the estimates for people of each of these ages, shape (A, 5).
        likeness: correlations with the atlas below which a brain needs a look or is refused.
    """

    regression: FeatureRegression
    networks: AgeNetworks | None
    half_width_years: float
    bias_years: tuple[float, float]
    ages: np.ndarray
    percentiles: np.ndarray
    likeness: LikenessLimits

    def estimate(self, brain: SeenBrain, networks: SaysValues | None) -> AgeEstimate:
        """Return how old a brain looks.

        Args:
            brain: what the model is shown of it.
            networks: those of the model, where it has any.
        """
        by_line = self.regression.estimate(brain.features)
        if self.networks is None or networks is None:
            return AgeEstimate(by_line, self.half_width_years)
        said, scale_years = self.networks.say(networks, brain.volume)
        years = by_line + self.networks.share * (said - by_line)
        half_width_years = float(self.networks.interval.half_width(np.array(scale_years)))
        return AgeEstimate(years, half_width_years, abs(said - by_line))

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
        networks=_networks(told[NETWORKS]) if NETWORKS in told else None,
        half_width_years=told["half_width_years"],
        bias_years=(told["bias_years"][0], told["bias_years"][1]),
        ages=np.array(told["ages"], float),
        percentiles=np.array(told["percentiles"], float),
        likeness=likeness_limits(told["likeness"]),
    )


def _networks(told: Mapping[str, Any]) -> AgeNetworks:
    return AgeNetworks(**{**told, "interval": ScaledInterval(**told["interval"])})
