"""A linear regression on the features of a standard brain, as a bundle holds it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from quantseg.errors import ModelError
from quantseg.models.configuration import REGRESSION
from quantseg.models.trust import read_trusted

if TYPE_CHECKING:
    from quantseg.models.bundle import Bundle

WEIGHTS = "weights"
"""Name of the tensor in the bundle's only member."""


@dataclass(frozen=True)
class FeatureRegression:
    """A line through features.

    Attributes:
        weights: a unit of each feature, float32, shape (N,).
        intercept: where all features are 0.
        sd_mm: smoothing of the features.
    """

    weights: np.ndarray
    intercept: float
    sd_mm: float

    def estimate(self, features: np.ndarray) -> float:
        """Return what a brain comes to.

        Args:
            features: as :func:`quantseg.brain.tissue_features.tissue_features` gives them, shape (N,).
        """
        return float(self.intercept + self.weights.astype(np.float64) @ features.astype(np.float64))


def read_feature_regression(bundle: Bundle) -> FeatureRegression:
    """Return the regression that a bundle holds.

    Raises:
        ModelError: it is damaged, untrusted, or holds something else.
    """
    from safetensors.numpy import load

    if bundle.is_network or len(bundle.members) != 1:
        raise ModelError(f"Model {bundle.name!r} holds no regression; install it again.")
    told = bundle.inference[REGRESSION]
    tensors = load(read_trusted(bundle.folder, f"models/{bundle.members[0]}", bundle.hashes))
    weights = tensors[WEIGHTS].astype(np.float32) * np.float32(told["weight_scale"])
    return FeatureRegression(weights, float(told["intercept"]), float(told["sd_mm"]))
