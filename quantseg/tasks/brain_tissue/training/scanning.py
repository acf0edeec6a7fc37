"""What a scanner makes of the tissue in front of it: bias field, blur, thick slices, noise, a scale of greys."""

from __future__ import annotations

import math

import torch
from torch.nn import functional

from quantseg.tasks.brain_tissue.training.recipe import BrainRecipe
from quantseg.training.fields import coarsened, gaussian_blur
from quantseg.training.random_draws import RandomDraws

# A coarse image has its noise, too, in coarse voxels.
_NOISE_BEFORE_COARSENING = 0.5


def scan(image: torch.Tensor, recipe: BrainRecipe, generator: torch.Generator) -> torch.Tensor:
    """Return an image as a scanner would have it.

    Args:
        image: brightness from 0 up, shape (I, J, K).
        recipe: how strong each effect may be.
        generator: source of the randomness.
    """
    draws = RandomDraws(generator)
    empty = image == 0
    knots = [max(2, round(n * recipe.spacing_mm / recipe.bias_spacing_mm) + 1) for n in image.shape]
    log_field = recipe.bias_field_sd * draws.share() * torch.randn(1, 1, *knots, generator=generator)
    field = functional.interpolate(log_field, size=image.shape, mode="trilinear", align_corners=True)[0, 0]
    image = gaussian_blur(image * field.exp_(), recipe.blur_sd_mm * draws.share() / recipe.spacing_mm)
    noise_sd = recipe.noise_sd * draws.share() ** 2
    rectified = draws.happens(0.7)
    if draws.happens(recipe.coarse_probability):
        first = _NOISE_BEFORE_COARSENING * noise_sd
        image = _noisy(image, first, rectified, generator)
        factor = 1 + (recipe.coarsest_mm / recipe.spacing_mm - 1) * draws.share()
        image, noise_sd = coarsened(image, factor, draws.integer(4)), noise_sd - first
    image = _noisy(image, noise_sd, rectified, generator)
    if draws.happens(0.4):
        image = image.masked_fill(empty, 0.0)
    top = image.max().clamp(min=1e-6)
    exponent = math.exp(recipe.gamma_log_sd * float(torch.randn(1, generator=generator)))
    return (image / top).clamp_(min=0).pow_(exponent)


def _noisy(image: torch.Tensor, sd: float, rectified: bool, generator: torch.Generator) -> torch.Tensor:
    noisy = image + sd * torch.randn(image.shape, generator=generator)
    return noisy.abs_() if rectified else noisy
