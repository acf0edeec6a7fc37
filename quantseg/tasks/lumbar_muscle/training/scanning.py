"""What a scanner makes of a painted cross-section: signal equations, coils, pixels, noise and its mishaps."""

from __future__ import annotations

import math
from collections.abc import Callable
from enum import Enum

import numpy as np
import torch
from torch.nn import functional

from quantseg.tasks.lumbar_muscle.training.painting import Painting
from quantseg.tasks.lumbar_muscle.training.recipe import SliceRecipe
from quantseg.tasks.lumbar_muscle.training.tissues import FAT_T1_MS, FAT_T2_MS, Tissue

Answer = Callable[[float, float], float]
"""From T1 and T2 in ms to a signal per proton."""


class Contrast(Enum):
    """What is shown to the network: two images, or one."""

    DIXON = "water and fat"
    WATER = "water alone"
    FAT = "fat alone"
    T1 = "T1-weighted"
    T2 = "T2-weighted"
    T2_WITHOUT_FAT = "T2-weighted, fat suppressed"


def scan(
    painting: Painting,
    pixel_mm: float,
    contrast: Contrast,
    size: tuple[int, int],
    recipe: SliceRecipe,
    random: np.random.Generator,
) -> np.ndarray:
    """Return one image, or water and fat, as a scanner would have them.

    Args:
        painting: on its fine grid.
        pixel_mm: of that grid.
        contrast: what is scanned.
        size: pixels of the pictures, which show all of the painting.
        recipe: how strong each effect may be.
        random: source of the randomness.

    Returns:
        float32, shape (1 or 2, I, J).
    """
    water, fat = _signals(painting, _answer(contrast, random), random)
    if contrast is Contrast.T2_WITHOUT_FAT:
        fat *= random.uniform(0, 0.15)
    if contrast in (Contrast.DIXON, Contrast.WATER, Contrast.FAT):
        to_water, to_fat = recipe.leak * random.uniform(size=2)
        water, fat = water * (1 - to_fat) + fat * to_water, fat * (1 - to_water) + water * to_fat
        images = np.stack([water, fat])
    else:
        # Fat's frequency moves it along the direction of reading.
        images = (water + np.roll(fat, random.integers(-2, 3), axis=random.integers(2)))[None]
    acquired = _acquired(images, pixel_mm, recipe, random)
    if len(acquired) == 2 and random.uniform() < recipe.swap_probability:
        acquired = _swapped(acquired, random)
    if random.uniform() < recipe.ghost_probability:
        axis = random.integers(1, 3)
        shift = int(acquired.shape[axis] * random.uniform(0.1, 0.5))
        acquired = acquired + random.uniform(0, 0.2) * torch.roll(acquired, shift, int(axis))
    acquired = _noisy(acquired, recipe.noise_sd * random.uniform() ** 2, random)
    exact = acquired.shape[1] * 0.8 > size[0]
    shown = functional.interpolate(acquired[None], size=size, mode="area" if exact else "bilinear")[0]
    if contrast is not Contrast.DIXON:
        shown = (shown / shown.max().clamp(min=1e-6)) ** math.exp(recipe.gamma_log_sd * random.normal())
    kept = {Contrast.WATER: [0], Contrast.FAT: [1], Contrast.DIXON: [0, 1]}.get(contrast, [0])
    return np.asarray(shown.numpy()[kept], np.float32)


def _answer(contrast: Contrast, random: np.random.Generator) -> Answer:
    """Return the signal equation of a sequence whose times are drawn."""
    field = random.uniform(0.85, 1.35)
    if contrast in (Contrast.DIXON, Contrast.WATER, Contrast.FAT) and random.uniform() < 0.65:
        # Spoiled gradient echo.
        repetition_ms, flip = random.uniform(4, 15), math.radians(random.uniform(3, 14))

        def echo(t1_ms: float, _t2_ms: float) -> float:
            left = math.exp(-repetition_ms / (t1_ms * field))
            return math.sin(flip) * (1 - left) / (1 - math.cos(flip) * left)

        return echo
    if contrast in (Contrast.T2, Contrast.T2_WITHOUT_FAT) or (contrast is Contrast.DIXON and random.uniform() < 0.4):
        repetition_ms, echo_ms = random.uniform(2200, 6000), random.uniform(50, 120)
    else:
        repetition_ms, echo_ms = random.uniform(350, 850), random.uniform(7, 22)
    return lambda t1_ms, t2_ms: (1 - math.exp(-repetition_ms / (t1_ms * field))) * math.exp(-echo_ms / t2_ms)


def _signals(painting: Painting, answer: Answer, random: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Return the signals of water and of fat, scaled so that muscle's water is about 1."""
    muscle = Tissue.MUSCLE.value
    unit = max(muscle.density * answer(muscle.t1_ms, muscle.t2_ms), 1e-6)
    of_tissue = {tissue: random.normal(1, 0.12) for tissue in Tissue}
    fat_answer = answer(FAT_T1_MS, FAT_T2_MS) / unit
    # Neighbours of one kind differ little in some scans: then nothing but their border or their shape tells them apart.
    apart = 0.05 * random.uniform() ** 2
    waters, fats = [0.0], [0.0]
    for part in painting.parts:
        made = part.tissue.value
        # Blood flows: it is bright or black.
        flow = random.uniform(0, 2) if part.tissue is Tissue.BLOOD else 1.0
        density = max(made.density * of_tissue[part.tissue] * random.normal(1, apart) * flow, 0.0)
        waters.append(density * answer(made.t1_ms, made.t2_ms) / unit)
        fats.append(density * fat_answer)
    fat = painting.fat
    water = np.array(waters, np.float32)[painting.numbers] * (1 - fat)
    return water, np.array(fats, np.float32)[painting.numbers] * fat


def _acquired(images: np.ndarray, pixel_mm: float, recipe: SliceRecipe, random: np.random.Generator) -> torch.Tensor:
    """Return images in the scanner's own pixels, with the brightness of its coils."""
    finest, coarsest = recipe.finest_mm, recipe.coarsest_mm
    acquired_mm = random.uniform(finest, coarsest)
    other_mm = min(coarsest, acquired_mm * random.uniform(1.0, 1.3))
    sides_mm = (acquired_mm, other_mm) if random.uniform() < 0.5 else (other_mm, acquired_mm)
    shape = images.shape[1:]
    size = [min(n, max(32, round(n * pixel_mm / mm))) for n, mm in zip(shape, sides_mm, strict=True)]
    small = functional.interpolate(torch.from_numpy(images)[None], size=size, mode="area")[0]
    coarse = torch.from_numpy(random.standard_normal((1, 1, 4, 4), np.float32))
    field = functional.interpolate(coarse, size=size, mode="bicubic", align_corners=True)[0, 0]
    logarithm = recipe.bias_field_sd * random.uniform() * field
    if random.uniform() < recipe.coil_probability:
        from_back_mm = torch.arange(size[1]) * sides_mm[1]
        logarithm = logarithm - (from_back_mm / random.uniform(90, 400))[None, :]
    return small * logarithm.exp()


def _swapped(images: torch.Tensor, random: np.random.Generator) -> torch.Tensor:
    """Return water and fat exchanged, everywhere or on one side of a smooth border."""
    if random.uniform() < 0.6:
        return images.flip(0)
    coarse = torch.from_numpy(random.standard_normal((1, 1, 3, 3), np.float32))
    field = functional.interpolate(coarse, size=images.shape[1:], mode="bicubic", align_corners=True)[0, 0]
    return torch.where(field > random.uniform(0.3, 1.0), images.flip(0), images)


def _noisy(images: torch.Tensor, sd: float, random: np.random.Generator) -> torch.Tensor:
    """Return magnitudes of images with noise in both parts of their complex values (Rician)."""
    real = images + sd * torch.from_numpy(random.standard_normal(tuple(images.shape), np.float32))
    imaginary = sd * torch.from_numpy(random.standard_normal(tuple(images.shape), np.float32))
    return torch.hypot(real, imaginary)
