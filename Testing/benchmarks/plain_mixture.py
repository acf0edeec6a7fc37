"""The peer of ``tissue_accuracy.py``: three Gaussians of a brain's brightness after N4 bias correction (SimpleITK)."""

from __future__ import annotations

import numpy as np

from quantseg.brain.regions import REGIONS_OF_TISSUE, Region
from quantseg.brain.stripping import given_brain
from quantseg.brain.tissue_prediction import TissuePrediction
from quantseg.volume import Volume


def plain_mixture(volume: Volume) -> TissuePrediction:
    """Tell tissues apart in a brain without its skull by brightness alone."""
    import SimpleITK as sitk

    brain = given_brain(volume)
    if brain is None:
        raise SystemExit("The peer knows no heads; give brains without their skull.")
    image = sitk.GetImageFromArray(volume.array.astype(np.float32))
    mask = sitk.GetImageFromArray(brain.astype(np.uint8))
    shrunk = [sitk.Shrink(one, [3] * 3) for one in (image, mask)]
    correction = sitk.N4BiasFieldCorrectionImageFilter()
    correction.SetMaximumNumberOfIterations([30, 30])
    correction.Execute(*shrunk)
    field = sitk.GetArrayFromImage(correction.GetLogBiasFieldAsImage(image))
    values = (volume.array / np.exp(field))[brain]
    shares = np.zeros((4, *brain.shape), np.float32)
    shares[0, ~brain] = 1
    shares[1:, brain] = gaussian_shares(values, *fitted_gaussians(values[::9]))
    channels = ((Region.BACKGROUND,), *REGIONS_OF_TISSUE.values())
    return TissuePrediction(volume, shares, np.ones(brain.shape, bool), channels)


def fitted_gaussians(values: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return means, SDs and weights of three Gaussians, from dark to bright, by expectation and maximisation."""
    means, sds, weights = np.percentile(values, (5, 45, 80)), np.full(3, values.std() / 3), np.full(3, 1 / 3)
    for _ in range(60):
        parts = gaussian_shares(values, means, sds, weights)
        sums = parts.sum(axis=1)
        means, weights = (parts @ values) / sums, sums / len(values)
        sds = np.sqrt((parts * (values - means[:, None]) ** 2).sum(axis=1) / sums)
    order = np.argsort(means)
    return means[order], sds[order], weights[order]


def gaussian_shares(values: np.ndarray, means: np.ndarray, sds: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Return how much each Gaussian has of each value, shape (3, N)."""
    apart = (values - means[:, None]) / sds[:, None]
    likely = weights[:, None] * np.exp(-0.5 * apart**2) / sds[:, None] + 1e-12
    return np.asarray(likely / likely.sum(axis=0))
