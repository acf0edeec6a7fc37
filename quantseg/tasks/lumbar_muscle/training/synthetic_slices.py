"""Synthetic cross-sections of the lumbar region with their truth, each drawn from a seed of its own."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from quantseg.tasks.lumbar_muscle.channels import LABELS
from quantseg.tasks.lumbar_muscle.training.back_muscles import deep_muscles, paraspinal_muscles
from quantseg.tasks.lumbar_muscle.training.build import draw_build
from quantseg.tasks.lumbar_muscle.training.painting import Painting, paint
from quantseg.tasks.lumbar_muscle.training.recipe import SliceRecipe
from quantseg.tasks.lumbar_muscle.training.scanning import Contrast, scan
from quantseg.tasks.lumbar_muscle.training.shapes import Bend
from quantseg.tasks.lumbar_muscle.training.spine import spine
from quantseg.tasks.lumbar_muscle.training.trunk import trunk

_FINE = 2


@dataclass(frozen=True)
class SyntheticSlice:
    """One cross-section; I pixels towards the person's right, J towards the front.

    Attributes:
        images: raw intensities, one image, or water and fat, float32, shape (1 or 2, I, J).
        shares: what share of each pixel each label holds, float32, shape (labels, I, J).
        fat: share of fat in each pixel, float32, shape (I, J).
        contrast: of the images.
    """

    images: np.ndarray
    shares: np.ndarray
    fat: np.ndarray
    contrast: Contrast


def draw_slice(
    seed: int, size: tuple[int, int], pixel_mm: float, recipe: SliceRecipe, contrast: Contrast | None = None
) -> SyntheticSlice:
    """Return the cross-section that a seed stands for.

    Args:
        seed: of everything random in it.
        size: pixels along each axis.
        pixel_mm: of the picture.
        recipe: how slices vary.
        contrast: of the images; drawn by the recipe where it is None.
    """
    random = np.random.default_rng(seed)
    painting = _paint(size, pixel_mm, recipe, random)
    if contrast is None:
        names, weights = zip(*recipe.contrast_weights.items(), strict=True)
        contrast = Contrast[str(random.choice(names, p=np.array(weights) / sum(weights)))]
    images = scan(painting, pixel_mm / _FINE, contrast, size, recipe, random)
    return SyntheticSlice(images, _shares(painting.labels), _mean_of_pixels(painting.fat), contrast)


def _paint(size: tuple[int, int], pixel_mm: float, recipe: SliceRecipe, random: np.random.Generator) -> Painting:
    build = draw_build(recipe.fat_most, recipe.wasting_most, random)
    arms = random.uniform() < recipe.arms_probability
    parts = [*trunk(build, arms, random), *deep_muscles(build, random), *paraspinal_muscles(build, random)]
    parts += spine(build, random)
    bend = Bend(recipe.rotation_deg, recipe.scale, recipe.shear, recipe.wave_mm, random)
    back_mm = build.spinous_y - 8 * build.size - build.fat_back
    first_mm = (
        -size[0] * pixel_mm / 2 + recipe.shift_mm * random.uniform(-1, 1),
        back_mm - random.uniform(*recipe.behind_mm),
    )
    fine = size[0] * _FINE, size[1] * _FINE
    return paint(parts, bend, first_mm, fine, pixel_mm / _FINE, random)


def _shares(labels: np.ndarray) -> np.ndarray:
    """Return what share of each pixel each label holds, float32, shape (labels, I, J)."""
    corners = _corners(labels)
    shares = np.zeros((len(LABELS), *corners[0].shape), np.float32)
    for number in range(1, len(LABELS)):
        shares[number] = sum((corner == number).view(np.uint8) for corner in corners)
    shares /= len(corners)
    shares[0] = 1 - shares[1:].sum(axis=0)
    return shares


def _mean_of_pixels(fine: np.ndarray) -> np.ndarray:
    """Return the mean over the fine pixels of each pixel, float32."""
    corners = _corners(fine)
    return np.asarray(sum(corners) / np.float32(len(corners)), np.float32)


def _corners(fine: np.ndarray) -> list[np.ndarray]:
    """Return the fine pixels of each pixel, one array for each of their places in it."""
    return [fine[i::_FINE, j::_FINE] for i in range(_FINE) for j in range(_FINE)]
