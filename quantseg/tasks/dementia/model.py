"""The fitted numbers of the dementia model: a logistic regression, refits on drawn people, whom it was fitted to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from quantseg.brain.standard_checks import LikenessLimits, likeness_limits
from quantseg.brain.volume_networks import SaysValues, values_of_brains
from quantseg.errors import ModelError
from quantseg.measure.logistic import probability
from quantseg.measure.values import Interval
from quantseg.models.configuration import REGRESSION
from quantseg.models.trust import read_trusted
from quantseg.tasks.dementia.options import network_bundle_of

if TYPE_CHECKING:
    from quantseg.models.bundle import Bundle

WEIGHTS, DRAWS = "weights", "draws"
"""Tensors of the bundle's only member: intercept and weights of the fit, shape (1 + features,), and of each refit."""
NETWORKS = "networks"
"""Key of what the regression's bundle says of networks."""
_INTERVAL_PERCENTILES = (2.5, 97.5)


@dataclass(frozen=True)
class FeatureNorm:
    """What the people fitted to had of one feature.

    Attributes:
        mean: of all.
        sd: of all.
        mean_without: of those without the condition.
        mean_with: of those with it.
    """

    mean: float
    sd: float
    mean_without: float
    mean_with: float


@dataclass(frozen=True)
class ImageNetworks:
    """Networks whose log odds are a feature of the score.

    Attributes:
        bundle: that they lie in.
        channels: what they are shown, by name.
    """

    bundle: str
    channels: tuple[str, ...]

    def log_odds(self, networks: SaysValues, volume: np.ndarray) -> float:
        """Return what they say of a case.

        Args:
            networks: those of the bundle.
            volume: of their channels, uint8, shape (channels, I, J, K).
        """
        return float(values_of_brains(networks, volume[None])[0, 0])


@dataclass(frozen=True)
class DementiaModel:
    """A score from features, and how far it may be off.

    Attributes:
        features: names, in the order of the weights.
        norms: of each feature.
        fit: intercept and weights a standard deviation of each feature, shape (1 + features,).
        draws: the same of fits to people drawn with replacement, shape (draws, 1 + features).
        condition: what the score is the probability of, such as "a clinical dementia rating of 0.5 or more".
        population: whom it was fitted to, in words.
        people: how many they were.
        prevalence: share of them with the condition.
        ages_years: of the youngest and the oldest of them.
        threshold: score from which the published sensitivity and specificity count.
        likeness: correlations with the atlas below which a brain needs a look or is refused.
        area: share of pairs of a person with and one without that it puts in the right order, in cross-validation, and
            its 95 % interval; empty where the bundle does not say it.
        networks: whose log odds are one of the features; None where none of them is.
    """

    features: tuple[str, ...]
    norms: Mapping[str, FeatureNorm]
    fit: np.ndarray
    draws: np.ndarray
    condition: str
    population: str
    people: int
    prevalence: float
    ages_years: tuple[float, float]
    threshold: float
    likeness: LikenessLimits
    area: tuple[float, ...] = ()
    networks: ImageNetworks | None = None

    def probability(self, values: Mapping[str, float]) -> tuple[float, Interval]:
        """Return the score with the interval that 95 % of the refits give.

        Args:
            values: of each feature by name; others are left alone.
        """
        design = self._design(values)
        drawn = np.percentile(probability(self.draws @ design), _INTERVAL_PERCENTILES)
        return float(probability(self.fit @ design)), Interval(float(drawn[0]), float(drawn[1]))

    def contributions(self, values: Mapping[str, float]) -> dict[str, float]:
        """Return what each feature adds to the log odds, against the mean of the people fitted to."""
        parts = self.fit * self._design(values)
        return dict(zip(self.features, (float(part) for part in parts[1:]), strict=True))

    def at_prevalence(self, probability: float, prevalence: float) -> float:
        """Return what a score comes to among people of whom another share has the condition."""
        odds = probability / max(1 - probability, 1e-9)
        odds *= prevalence / (1 - prevalence) * (1 - self.prevalence) / self.prevalence
        return odds / (1 + odds)

    def _design(self, values: Mapping[str, float]) -> np.ndarray:
        return np.array(
            [1.0, *((values[name] - self.norms[name].mean) / self.norms[name].sd for name in self.features)]
        )


def read_dementia_model(bundle: Bundle) -> DementiaModel:
    """Return the numbers of a bundle.

    Raises:
        ModelError: it is damaged, untrusted, or holds something else.
    """
    from safetensors.numpy import load

    told = bundle.inference.get(REGRESSION, {})
    if bundle.is_network or len(bundle.members) != 1 or "features" not in told:
        raise ModelError(
            f"Model {bundle.name!r} holds no score of dementia; name one that quantseg train dementia made."
        )
    tensors = load(read_trusted(bundle.folder, f"models/{bundle.members[0]}", bundle.hashes))
    features = tuple(told["features"])
    return DementiaModel(
        features=features,
        norms={name: FeatureNorm(**told["norms"][name]) for name in features},
        fit=tensors[WEIGHTS].astype(np.float64),
        draws=tensors[DRAWS].astype(np.float64),
        condition=told["condition"],
        population=told["population"],
        people=int(told["people"]),
        prevalence=float(told["prevalence"]),
        ages_years=(float(told["ages_years"][0]), float(told["ages_years"][1])),
        threshold=float(told["threshold"]),
        likeness=likeness_limits(told["likeness"]),
        area=tuple(bundle.metadata.get("eval_metrics", {}).get("any", {}).get("area_under_curve", ())),
        networks=_networks(told[NETWORKS], bundle.name) if NETWORKS in told else None,
    )


def _networks(told: Mapping[str, Any], model: str) -> ImageNetworks:
    return ImageNetworks(network_bundle_of(model), tuple(told["channels"]))
