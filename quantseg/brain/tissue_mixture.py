"""Shares of fluid, grey and white matter in each voxel of a T1-weighted brain, by brightness alone.

A mixture of three Gaussians, fitted by expectation and maximisation with what an atlas expects at each place, and a
slowly varying field by which the coil made one side brighter than the other, in turns (Wells et al., IEEE TMI 1996;
Ashburner and Friston, NeuroImage 2005).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import SimpleITK as sitk

CLASSES = ("fluid", "grey", "white")
_LEAST_SD = 0.03
_ROUNDS, _FITTING_STEPS = 3, 20
# Every so many voxels tell the three means and SDs well enough.
_FITTED_SHARE = 7
_FIELD_SD_MM = 25.0
# Brightness as a share of white matter's.
_DARKEST, _BRIGHTEST = 0.03, 1.3
# As a share of the brightness of grey matter; in OASIS-1 it is 0.3 to 0.55.
_BRIGHTEST_FLUID = 0.6
_SUREST_PERCENTILE = 85.0
# Added to what the atlas expects: a brain may be unlike the average anywhere.
_DOUBT_ABOUT_ATLAS = 0.15


@dataclass(frozen=True)
class TissueMixture:
    """What brightness tells of a brain's tissues.

    Attributes:
        shares: of each of ``CLASSES``, float32, shape (3, I, J, K); zero outside the brain.
        means: brightness of each class, as a share of white matter's, shape (3,).
    """

    shares: np.ndarray
    means: np.ndarray


def fit_tissue_mixture(image: np.ndarray, brain: np.ndarray, expected: np.ndarray, spacing_mm: float) -> TissueMixture:
    """Tell the tissues of a brain apart.

    Args:
        image: T1-weighted intensities, shape (I, J, K).
        brain: which voxels lie in it, fluid around it included, bool.
        expected: what share of each of ``CLASSES`` there is at each place in an average brain, shape (3, I, J, K).
        spacing_mm: of the voxels, alike along all axes.

    Returns:
        the tissues, from dark to bright.
    """
    values = image[brain].astype(np.float64)
    prior = expected[:, brain].astype(np.float64)
    prior = (prior + _DOUBT_ABOUT_ATLAS) / (prior + _DOUBT_ABOUT_ATLAS).sum(axis=0)
    # Vessels and whatever else was left of the head are brighter than white matter.
    values = np.clip(values / max(_middle(values, prior[2]), 1e-9), _DARKEST, _BRIGHTEST)
    means = np.array([np.percentile(values, 3.0), *(_middle(values, share) for share in prior[1:])])
    sds = np.full(3, max(0.3 * (means[2] - means[1]), _LEAST_SD))
    field = np.ones_like(values)
    some = slice(None, None, _FITTED_SHARE)
    for turn in range(_ROUNDS):
        even = values / field
        means, sds = _fitted(even[some], prior[:, some], means, sds)
        if turn < _ROUNDS - 1:
            field = _field(values, _posterior(even, prior, means, sds), means, brain, spacing_mm)
    shares = np.zeros((3, *image.shape), np.float32)
    shares[:, brain] = _posterior(values / field, prior, means, sds)
    return TissueMixture(shares, means / means[2])


def _middle(values: np.ndarray, weight: np.ndarray) -> float:
    """Return the median brightness where an atlas is surest of a tissue."""
    return float(np.median(values[weight >= np.percentile(weight, _SUREST_PERCENTILE)]))


def _fitted(values: np.ndarray, prior: np.ndarray, means: np.ndarray, sds: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return means and SDs after some steps."""
    for _ in range(_FITTING_STEPS):
        parts = _posterior(values, prior, means, sds)
        sums = parts.sum(axis=1) + 1e-9
        means = (parts * values).sum(axis=1) / sums
        # Where hardly any fluid was left in a brain, the class would find itself another tissue.
        means[0] = min(means[0], _BRIGHTEST_FLUID * means[1])
        sds = np.maximum(np.sqrt((parts * (values - means[:, None]) ** 2).sum(axis=1) / sums), _LEAST_SD)
    return means, sds


def _posterior(values: np.ndarray, prior: np.ndarray, means: np.ndarray, sds: np.ndarray) -> np.ndarray:
    """Return the share of each class, shape (3, N); what lies beyond the outer means is as if it lay there."""
    inside = np.clip(values, means[0], means[2])
    densities = np.exp(-0.5 * ((inside - means[:, None]) / sds[:, None]) ** 2) / sds[:, None] * prior
    return np.asarray(densities / (densities.sum(axis=0) + 1e-12))


def _field(
    values: np.ndarray, shares: np.ndarray, means: np.ndarray, brain: np.ndarray, spacing_mm: float
) -> np.ndarray:
    """Return by how much each voxel of the brain is too bright, from grey and white matter around it."""
    trust = shares[1] + shares[2]
    expected = (shares * means[:, None]).sum(axis=0)
    error, weight = np.zeros(brain.shape, np.float32), np.zeros(brain.shape, np.float32)
    error[brain] = trust * np.clip(np.log(values / expected), -0.7, 0.7)
    weight[brain] = trust
    smooth = [
        sitk.GetArrayFromImage(
            sitk.SmoothingRecursiveGaussian(sitk.GetImageFromArray(one), [_FIELD_SD_MM / spacing_mm] * 3)
        )
        for one in (error, weight)
    ]
    field = np.exp(smooth[0] / (smooth[1] + 1e-4))[brain]
    return np.asarray(field / np.exp(np.log(field).mean()))


def smoothed(image: np.ndarray, sd_voxels: float | tuple[float, float, float]) -> np.ndarray:
    """Return an image of shape (I, J, K) smoothed by a Gaussian, the same along every axis or not, float32."""
    sds = (sd_voxels,) * 3 if isinstance(sd_voxels, float) else sd_voxels
    # SimpleITK counts axes the other way round.
    smooth = sitk.SmoothingRecursiveGaussian(sitk.GetImageFromArray(image.astype(np.float32)), sds[::-1])
    return np.asarray(sitk.GetArrayFromImage(smooth))
