"""How synthetic heads are varied, as read from a bundle's ``train.json``."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Centre(Enum):
    """What the middle of a synthetic sample's field of view is, before it is shifted."""

    BRAIN = "brain"
    HIPPOCAMPI = "hippocampi"


@dataclass(frozen=True)
class HeadRecipe:
    """How synthetic heads are varied; lengths in mm, every ``*_probability`` per sample.

    Attributes:
        spacing_mm: voxel size of the samples.
        sizes: for each axis the numbers of voxels to draw from.
        rotation_deg: largest rotation about each axis.
        scale: largest relative change of size along each axis.
        shear: largest shear.
        elastic_sd_mm: largest SD of the displacements at the knots of the elastic field.
        elastic_knots: knots of that field along each axis.
        shift_mm: largest displacement of the field of view along each axis.
        mirror_probability: exchange of left and right.
        contrast_weights: how often each contrast is drawn, by name.
        skull_weights: how often heads are whole or stripped, by name.
        tilted_view_probability: of a scanner's box, turned and smaller than the sample, outside of which is nothing.
        tilted_view_deg: largest turn of that box.
        deface_probability: of a plane that cuts the face away.
        cut_away_probability: of a field of view without any hippocampus.
        no_head_probability: of random shapes instead of a head.
        bias_field_sd: largest SD of the logarithm of the multiplicative field.
        gamma_log_sd: SD of the logarithm of the exponent.
        noise_sd: largest SD of the noise, relative to the brightest tissue.
        blur_sd_mm: largest SD of the Gaussian.
        coarsest_mm: largest slice thickness or in-plane resolution.
        coarse_probability: of a resolution below that of the samples.
        centre: of the field of view.
    """

    spacing_mm: float
    sizes: tuple[tuple[int, ...], tuple[int, ...], tuple[int, ...]]
    rotation_deg: float
    scale: float
    shear: float
    elastic_sd_mm: float
    elastic_knots: int
    shift_mm: tuple[float, float, float]
    mirror_probability: float
    contrast_weights: dict[str, float]
    skull_weights: dict[str, float]
    tilted_view_probability: float
    tilted_view_deg: float
    deface_probability: float
    cut_away_probability: float
    no_head_probability: float
    bias_field_sd: float
    gamma_log_sd: float
    noise_sd: float
    blur_sd_mm: float
    coarsest_mm: float
    coarse_probability: float
    centre: Centre = Centre.BRAIN
