"""How synthetic cross-sections are varied, as read from ``train.json``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class SliceRecipe:
    """How synthetic cross-sections are varied; lengths in mm, every ``*_probability`` per slice.

    Attributes:
        sizes: pixels along left-right and back-front to draw from, a pair for each batch.
        fat_most: largest mean share of fat within a muscle.
        wasting_most: largest share of its length that a muscle lost.
        rotation_deg: largest rotation of the person.
        scale: largest relative change of length along each axis.
        shear: largest shear.
        wave_mm: largest amplitude of the smooth deformation.
        shift_mm: farthest that the spine lies beside the middle of the picture.
        behind_mm: least and most air behind the person's back; below zero the picture cuts it.
        arms_probability: of arms in view.
        contrast_weights: how often each contrast is drawn, by its name in ``scanning``.
        finest_mm: smallest pixel that a scanner made.
        coarsest_mm: largest one.
        bias_field_sd: largest SD of the logarithm of the multiplicative field.
        coil_probability: of brightness that falls off from the back.
        noise_sd: largest SD of the noise, relative to muscle's water.
        ghost_probability: of a copy by motion or wrap.
        swap_probability: of water and fat exchanged, in the whole picture or in a part.
        leak: largest share of fat seen as water and the reverse.
        gamma_log_sd: SD of the logarithm of the exponent of the brightness.
    """

    sizes: tuple[tuple[int, int], ...]
    fat_most: float
    wasting_most: float
    rotation_deg: float
    scale: float
    shear: float
    wave_mm: float
    shift_mm: float
    behind_mm: tuple[float, float]
    arms_probability: float
    contrast_weights: Mapping[str, float]
    finest_mm: float
    coarsest_mm: float
    bias_field_sd: float
    coil_probability: float
    noise_sd: float
    ghost_probability: float
    swap_probability: float
    leak: float
    gamma_log_sd: float


def read_recipe(config: Mapping[str, Any]) -> SliceRecipe:
    """Return the recipe that the ``slices`` section of ``train.json`` describes."""
    sizes = tuple((int(i), int(j)) for i, j in config["sizes"])
    least, most = config["behind_mm"]
    return SliceRecipe(**dict(config) | {"sizes": sizes, "behind_mm": (float(least), float(most))})
