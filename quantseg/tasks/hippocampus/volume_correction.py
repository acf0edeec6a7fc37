"""Labels as large as an expert would have drawn them: thresholds in place of the largest class.

A network that learned from few people pulls what it is unsure of towards the usual size: large hippocampi come out too
small, small ones too large. How large an expert would have drawn them is estimated by a line that was fitted to cases
that their member had not seen; the label map then takes the likeliest voxels, as many as that.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from quantseg.measure.expectation import LinearExpectation

_BACKGROUND, _ANTERIOR, _POSTERIOR = range(3)
# A voxel that is hardly likely, or all but certain, is no matter of a threshold.
_LOWEST_THRESHOLD, _HIGHEST_THRESHOLD = 0.25, 0.75


def volume_terms(anterior_voxels: float, posterior_voxels: float, promised_dice: float) -> dict[str, float]:
    """Return what the volumes are estimated from.

    Args:
        anterior_voxels: counted where the anterior part is the likeliest class.
        posterior_voxels: the same of the posterior part.
        promised_dice: what the probabilities promise, see :func:`quantseg.inference.uncertainty.promised_dice`.
    """
    return {
        "anterior": anterior_voxels,
        "posterior": posterior_voxels,
        "unsure": math.log(max(1 - promised_dice, 1e-3)),
    }


@dataclass(frozen=True)
class PartCorrection:
    """Estimate of one part.

    Attributes:
        voxels: that an expert would have labelled, from :func:`volume_terms`.
        least_factor: of the counted voxels, among the cases of the fit; nothing smaller is believed.
        most_factor: the largest among them.
    """

    voxels: LinearExpectation
    least_factor: float
    most_factor: float

    def estimate(self, counted: float, terms: Mapping[str, float]) -> float:
        """Return the voxels of the part, from those counted of it and the terms of the case."""
        return min(max(self.voxels.expect(terms), self.least_factor * counted), self.most_factor * counted)


@dataclass(frozen=True)
class VolumeCorrection:
    """How large both parts shall be, as fitted by ``quantseg models calibrate``."""

    anterior: PartCorrection
    posterior: PartCorrection

    def estimate(self, anterior_voxels: float, posterior_voxels: float, promised_dice: float) -> tuple[float, float]:
        """Return the voxels of the anterior and the posterior part; arguments as for :func:`volume_terms`."""
        terms = volume_terms(anterior_voxels, posterior_voxels, promised_dice)
        return self.anterior.estimate(anterior_voxels, terms), self.posterior.estimate(posterior_voxels, terms)


@dataclass(frozen=True)
class Thresholds:
    """From where on a voxel belongs.

    Attributes:
        whole: to the hippocampus, by its probability of either part.
        anterior: to its anterior part, by that part's share of this probability.
    """

    whole: float
    anterior: float


def thresholds_for(
    mean: np.ndarray, in_view: np.ndarray, anterior_voxels: float, posterior_voxels: float
) -> Thresholds:
    """Return the thresholds by which so many voxels are labelled.

    Args:
        mean: probabilities of background, anterior and posterior, shape (3, I, J, K).
        in_view: voxels that may be labelled, bool, shape (I, J, K).
        anterior_voxels: wanted of the anterior part.
        posterior_voxels: wanted of the posterior part.
    """
    whole, share = _whole_and_share(mean)
    seen = whole[in_view]
    threshold = _of_the_largest(seen, round(anterior_voxels + posterior_voxels))
    return Thresholds(threshold, _of_the_largest(share[in_view][seen >= threshold], round(anterior_voxels)))


def labelled(mean: np.ndarray, thresholds: Thresholds | None) -> np.ndarray:
    """Return the label map that thresholds give, or the largest class where there are none.

    Args:
        mean: probabilities of background, anterior and posterior, shape (3, I, J, K).
        thresholds: of the case.

    Returns:
        0 background, 1 anterior, 2 posterior; uint8, shape (I, J, K).
    """
    if thresholds is None:
        return np.asarray(mean.argmax(axis=0).astype(np.uint8))
    whole, share = _whole_and_share(mean)
    parts = np.where(share >= thresholds.anterior, _ANTERIOR, _POSTERIOR)
    return np.asarray(np.where(whole >= thresholds.whole, parts, _BACKGROUND).astype(np.uint8))


def read_volume_correction(values: Mapping[str, Mapping[str, object]]) -> VolumeCorrection:
    """Return the correction that ``dataclasses.asdict`` made these values of."""
    parts = {
        name: PartCorrection(**{**part, "voxels": LinearExpectation(**part["voxels"])})  # type: ignore[arg-type]
        for name, part in values.items()
    }
    return VolumeCorrection(parts["anterior"], parts["posterior"])


def _whole_and_share(mean: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the probability of either part, and the anterior part's share of it."""
    whole = mean[_ANTERIOR] + mean[_POSTERIOR]
    return whole, mean[_ANTERIOR] / np.maximum(whole, np.finfo(np.float32).tiny)


def _of_the_largest(values: np.ndarray, count: int) -> float:
    """Return the smallest of the ``count`` largest values, as far as a threshold may go."""
    count = min(count, values.size)
    smallest = float(np.partition(values, -count)[-count]) if count > 0 else math.inf
    return min(max(smallest, _LOWEST_THRESHOLD), _HIGHEST_THRESHOLD)
