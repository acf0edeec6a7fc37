"""Simulated scans of a head: projections with attenuation, scatter and randoms, noise by the counts, reconstruction."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from quantseg.tasks.low_dose_pet.training.activity import VOXEL_MM, Activity
from quantseg.tasks.low_dose_pet.training.projecting import (
    FWHM_OF_SD,
    Projector,
    blur_matrix,
    blurred,
    make_projector,
    reconstruct,
)
from quantseg.tasks.low_dose_pet.training.recipe import ScannerRecipe

# Of water at 511 keV.
_ATTENUATION_PER_MM = 0.0096
_SCATTER_SPREAD_BINS = 22.0


@dataclass(frozen=True)
class Scan:
    """A scanner with a head in it, from which images with any share of the counts can be drawn.

    Attributes:
        projector: of its slices.
        expected: counts to be expected on each ray with all counts, by subset, shape (rays, K).
        background: the part of them that is scatter and randoms, as the reconstruction knows it.
        seen: counts that one unit of activity on a ray gives.
        blur: of the resolution, as the reconstruction knows it.
        iterations: of the reconstruction.
        filter_sd_voxels: of the filter after it; 0 for none.
        resolution_mm: full width at half maximum of a point.
        true_counts: mean number of true counts a slice with all counts.
    """

    projector: Projector
    expected: list[np.ndarray]
    background: list[np.ndarray]
    seen: list[np.ndarray]
    blur: np.ndarray
    iterations: int
    filter_sd_voxels: float
    resolution_mm: float
    true_counts: float

    def image(self, fraction: float, random: np.random.Generator | None) -> np.ndarray:
        """Return the image of a scan with a share of the counts.

        Args:
            fraction: of the counts.
            random: source of the noise; None counts without noise.

        Returns:
            standardised uptake values, float32, shape (I, J, K).
        """
        counts = [
            (fraction * rays if random is None else random.poisson(fraction * rays)).astype(np.float32)
            for rays in self.expected
        ]
        seen, background = ([np.float32(fraction) * rays for rays in of] for of in (self.seen, self.background))
        found = reconstruct(counts, seen, background, self.projector, self.blur, self.iterations)
        if self.filter_sd_voxels:
            found = ndimage.gaussian_filter(found, self.filter_sd_voxels)
        return np.asarray(found, np.float32)


def scan(activity: Activity, recipe: ScannerRecipe, random: np.random.Generator) -> Scan:
    """Put a head into a scanner drawn by the recipe."""
    size, _, planes = activity.uptake.shape
    projector = make_projector(size, recipe.angles, recipe.subsets)
    resolution_mm = random.uniform(*recipe.resolution_mm)
    across = ndimage.gaussian_filter1d(activity.uptake, resolution_mm / VOXEL_MM / FWHM_OF_SD, axis=2)
    within = blurred(across, blur_matrix(size, resolution_mm / VOXEL_MM))
    passing = [
        np.exp(-_ATTENUATION_PER_MM * VOXEL_MM * rays).astype(np.float32) for rays in projector.forward(activity.head)
    ]
    trues = [share * rays for share, rays in zip(passing, projector.forward(within), strict=True)]
    true_counts = random.uniform(*recipe.true_counts)
    scale = np.float32(true_counts * planes / sum(float(rays.sum(dtype=np.float64)) for rays in trues))
    scatter, randoms = random.uniform(*recipe.scatter), random.uniform(*recipe.randoms)
    background = [scale * _background(rays, size, scatter, randoms) for rays in trues]
    expected = [scale * rays + rest for rays, rest in zip(trues, background, strict=True)]
    error = np.float32(1 + recipe.background_error * random.normal())
    known_mm = resolution_mm * random.uniform(*recipe.model_share)
    filtered = random.uniform() < recipe.filter_probability
    filter_sd = random.uniform(*recipe.filter_mm) / VOXEL_MM / FWHM_OF_SD
    return Scan(
        projector,
        expected,
        [error * rays for rays in background],
        [scale * share for share in passing],
        blur_matrix(size, known_mm / VOXEL_MM),
        recipe.iterations,
        filter_sd if filtered else 0.0,
        resolution_mm,
        true_counts,
    )


def _background(trues: np.ndarray, size: int, scatter: float, randoms: float) -> np.ndarray:
    """Return scattered and random counts for the true ones of a subset, shape (rays, K): both smooth."""
    angles = trues.reshape(-1, size, trues.shape[1])
    spread = ndimage.gaussian_filter1d(angles.mean(axis=0), _SCATTER_SPREAD_BINS, axis=0, mode="constant")
    smooth = ndimage.gaussian_filter1d(spread, 4.0, axis=1, mode="nearest")
    mean = smooth.mean(axis=0, keepdims=True)
    return np.tile((scatter * smooth + randoms * mean).astype(np.float32), (len(angles), 1))
