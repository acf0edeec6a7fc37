"""How synthetic brains are varied, and what a training of the tissue network starts from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class BrainRecipe:
    """How synthetic brains are varied; lengths in mm, every ``*_probability`` per sample.

    Attributes:
        spacing_mm: of the samples' voxels.
        sizes: for each axis the numbers of voxels to draw from.
        rotation_deg: largest rotation about each axis.
        scale: largest relative change of size along each axis.
        shear: largest shear.
        elastic_sd_mm: largest SD of the displacements at the knots of the elastic field.
        elastic_spacing_mm: distance between these knots.
        overhang_mm: how far the middle of a sample may lie outside the box around the brain.
        mirror_probability: exchange of left and right.
        contrast_weights: how often each contrast is drawn, by name.
        skull_weights: how often heads are whole or stripped, by name.
        deface_probability: of a plane that cuts the face away.
        cut_probability: of a field of view that ends within the sample.
        bias_field_sd: largest SD of the logarithm of the multiplicative field.
        bias_spacing_mm: distance between the knots of that field.
        gamma_log_sd: SD of the logarithm of the exponent.
        noise_sd: largest SD of the noise, relative to the brightest tissue.
        texture_sd: largest SD within a tissue.
        blur_sd_mm: largest SD of the Gaussian.
        coarsest_mm: thickest slices, and coarsest voxels.
        coarse_probability: of a resolution below that of the samples.
    """

    spacing_mm: float
    sizes: tuple[tuple[int, ...], tuple[int, ...], tuple[int, ...]]
    rotation_deg: float
    scale: float
    shear: float
    elastic_sd_mm: float
    elastic_spacing_mm: float
    overhang_mm: float
    mirror_probability: float
    contrast_weights: Mapping[str, float]
    skull_weights: Mapping[str, float]
    deface_probability: float
    cut_probability: float
    bias_field_sd: float
    bias_spacing_mm: float
    gamma_log_sd: float
    noise_sd: float
    texture_sd: float
    blur_sd_mm: float
    coarsest_mm: float
    coarse_probability: float


def read_recipe(config: Mapping[str, Any]) -> BrainRecipe:
    """Return the recipe that the ``brains`` section of ``train.json`` describes."""
    i, j, k = (tuple(sizes) for sizes in config["sizes"])
    return BrainRecipe(**dict(config) | {"sizes": (i, j, k)})
