"""Random variation of a training case, in one resampling for space and a few cheap steps for intensity.

MONAI's transforms resample once for the affine part and once more for the elastic part, and cost several times more
than the network's own step on a CPU; here both go into one displacement field.
"""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F

from quantseg.training.fields import (
    add_noise,
    coarsened,
    gaussian_blur,
    largest_part,
    rotation,
    smooth_field,
    vary_gamma,
)
from quantseg.training.random_draws import RandomDraws
from quantseg.training.recipe import Augmentation


class Augmenter:
    """Draws one random variation of an image and its label map after another.

    Args:
        recipe: which variations, how strong and how often.
        patch: output size in voxels along i, j, k.
        classes: number of label values, background included.
        generator: source of all randomness, so that a run can be repeated and resumed.
    """

    def __init__(
        self, recipe: Augmentation, patch: tuple[int, int, int], classes: int, generator: torch.Generator
    ) -> None:
        self._recipe = recipe
        self._patch = patch
        self._classes = classes
        self._generator = generator
        self._draws = RandomDraws(generator)

    def __call__(self, image: torch.Tensor, labels: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Vary one case.

        Args:
            image: intensities at 1 mm, shape (I, J, K), float.
            labels: label values of the same shape, integer.

        Returns:
            image and labels of the patch size; what lay outside the image holds its minimum and background.
        """
        grid = self._sampling_grid(image.shape)
        floor = image.min()
        one_hot = F.one_hot(labels.long(), self._classes)[..., 1:].permute(3, 0, 1, 2).float()
        # Zero padding means "outside": the image is shifted so that its minimum, air, is what lies there.
        stacked = torch.cat([(image.float() - floor)[None], one_hot])[None]
        sampled = F.grid_sample(stacked, grid, mode="bilinear", padding_mode="zeros", align_corners=False)[0]
        varied_image, parts = sampled[0], sampled[1:]
        return self._vary_intensity(varied_image), largest_part(parts)

    def _sampling_grid(self, shape: torch.Size) -> torch.Tensor:
        """Return normalised sampling positions, shape (1, *patch, 3), last axis in k, j, i order."""
        recipe = self._recipe
        matrix = rotation(self._angles_rad()) * (1 + recipe.scale * self._draws.uniform(1))
        if self._draws.happens(recipe.mirror_probability):
            matrix = matrix @ torch.diag(torch.tensor([-1.0, 1.0, 1.0]))
        axes = [torch.arange(n, dtype=torch.float32) - (n - 1) / 2 for n in self._patch]
        offsets = torch.stack(torch.meshgrid(*axes, indexing="ij"), dim=-1)
        positions = offsets @ matrix.T
        if self._draws.happens(recipe.elastic_probability):
            positions = positions + self._smooth_field(3, recipe.elastic_sd_mm, recipe.elastic_knots).permute(
                1, 2, 3, 0
            )
        if self._draws.happens(recipe.shift_probability):
            positions = positions + recipe.shift_mm * self._draws.uniform(3)
        # align_corners=False: -1 and 1 are the outer faces of the first and last voxel.
        normalised = positions * 2 / torch.tensor([float(n) for n in shape])
        return normalised.flip(-1)[None]

    def _angles_rad(self) -> list[float]:
        return [math.radians(self._recipe.rotation_deg) * float(self._draws.uniform(1)) for _ in range(3)]

    def _smooth_field(self, channels: int, sd: float, knots: int) -> torch.Tensor:
        """Return a smooth random field of shape (channels, *patch) and of random strength up to ``sd``."""
        return smooth_field(channels, self._patch, self._draws.up_to(sd), knots, self._generator)

    def _vary_intensity(self, image: torch.Tensor) -> torch.Tensor:
        recipe = self._recipe
        if self._draws.happens(recipe.bias_field_probability):
            image = image * self._smooth_field(1, recipe.bias_field_sd, 3)[0].exp()
        if self._draws.happens(recipe.gamma_probability):
            image = vary_gamma(image, recipe.gamma_log_sd, self._generator)
        if self._draws.happens(recipe.blur_probability):
            image = gaussian_blur(image, self._draws.up_to(recipe.blur_sd_mm))
        if self._draws.happens(recipe.low_resolution_probability):
            image = self._lower_resolution(image)
        if self._draws.happens(recipe.noise_probability):
            image = add_noise(image, self._draws.up_to(recipe.noise_sd), self._generator)
        if self._draws.happens(recipe.cut_probability):
            image = self._cut(image)
        return image

    def _lower_resolution(self, image: torch.Tensor) -> torch.Tensor:
        """Coarsen along one random axis or all, as thick slices or a low-resolution scan would."""
        factor = 1 + self._draws.up_to(self._recipe.low_resolution_factor - 1)
        return coarsened(image, factor, self._draws.integer(4))

    def _cut(self, image: torch.Tensor) -> torch.Tensor:
        """Blank up to a fifth of the patch beyond a plane near one face."""
        axis = self._draws.integer(3)
        depth = int(self._draws.up_to(image.shape[axis] * 0.2))
        image = image.clone()
        start = 0 if self._draws.happens(0.5) else image.shape[axis] - depth
        image.narrow(axis, start, depth).zero_()
        return image
