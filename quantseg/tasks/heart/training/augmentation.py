"""Random variation of short-axis slices: directions and both handednesses, other scanners, missing neighbours.

The orientation of users' stacks cannot be trusted, so that slices are mirrored, and turned by any angle for the coarse
pass; the fine pass is turned to the right ventricle, as at inference, but for as much as the coarse pass may err.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch.nn import functional

from quantseg.tasks.heart.region import turned_axes
from quantseg.tasks.heart.training.scanner_variation import ScannerVarier
from quantseg.training.fields import add_noise, gaussian_blur, largest_part, smooth_field, vary_gamma
from quantseg.training.random_draws import RandomDraws

_TONES = 6
_TOP_SD = 3.0


@dataclass(frozen=True)
class SliceVariation:
    """How a slice is varied; lengths in mm of the fine pass, every ``*_probability`` per sample.

    Attributes:
        mirror_probability: of the other handedness.
        turn_deg: largest angle between the window and the heart where the heart's direction is known.
        scale: largest logarithm of the change of size.
        stretch: largest logarithm of the change along one axis alone.
        shift_mm: largest displacement of the window along each axis.
        elastic_sd_mm: largest SD of the displacements at the knots of the elastic field.
        elastic_knots: knots of that field along each axis.
        neighbour_shift_mm: SD of the displacement of each neighbour, as between breath-holds, and of end-diastole.
        neighbour_loss_probability: of a neighbour that is missing, as beyond base and apex.
        tone_probability: of another tone curve, as another sequence has one.
        tone_strength: how far that curve bends, from 0 to 1.
        tissue_probability: of another brightness of blood and muscle.
        tissue_sd: SD of the logarithm of that change.
        bias_field_sd: SD of the logarithm of the multiplicative field.
        gamma_log_sd: SD of the logarithm of the exponent.
        blur_sd_mm: largest SD of the Gaussian.
        low_resolution_factor: coarsest pixel simulated, relative to the true one.
        noise_sd: largest SD of the noise, in units of the image's SD.
    """

    mirror_probability: float
    turn_deg: float
    scale: float
    stretch: float
    shift_mm: float
    elastic_probability: float
    elastic_sd_mm: float
    elastic_knots: int
    neighbour_shift_mm: float
    neighbour_loss_probability: float
    tone_probability: float
    tone_strength: float
    tissue_probability: float
    tissue_sd: float
    bias_field_probability: float
    bias_field_sd: float
    gamma_probability: float
    gamma_log_sd: float
    blur_probability: float
    blur_sd_mm: float
    low_resolution_probability: float
    low_resolution_factor: float
    noise_probability: float
    noise_sd: float


class SliceAugmenter:
    """Draws one random variation of a slice with its neighbours after another.

    Args:
        recipe: which variations, how strong and how often.
        patch: output size in pixels along i and j.
        generator: source of all randomness, so that a run can be repeated and resumed.
        scanner: variation by other scanners, on the same generator; None for none.
    """

    def __init__(
        self,
        recipe: SliceVariation,
        patch: tuple[int, int],
        generator: torch.Generator,
        scanner: ScannerVarier | None = None,
    ) -> None:
        self._recipe = recipe
        self._scanner = scanner
        self._patch = patch
        self._generator = generator
        self._draws = RandomDraws(generator)

    def __call__(
        self,
        images: torch.Tensor,
        labels: torch.Tensor,
        centre: torch.Tensor,
        pixel_mm: float,
        turn: float | None = None,
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Vary one slice.

        Args:
            images: the slice, the ones before and after it, and where known the slice at end-diastole, air at zero,
                shape (3, I, J) or (4, I, J).
            labels: one mask a label, background left out, of the slice, float, shape (L, I, J).
            centre: pixel coordinates of the middle of the heart, shape (2,).
            pixel_mm: size of a pixel.
            turn: direction of the window's first axis, in radians from i towards j; None for any.

        Returns:
            as many images of the patch size, and the number of the label at each of its pixels, 0 for background;
            outside the image lies air.
        """
        images = self._lose_neighbours(images)
        positions = self._positions(centre, pixel_mm, turn)
        shifts = (
            torch.randn(len(images), 1, 1, 2, generator=self._generator) * self._recipe.neighbour_shift_mm / pixel_mm
        )
        shifts[0] = 0
        size = torch.tensor([float(n) for n in images.shape[1:]])
        varied = _sample(images[:, None], (positions + shifts + 0.5) / size)[:, 0]
        parts = _sample(labels[None], (positions + 0.5) / size)[0]
        return self._vary_intensity(varied, parts, pixel_mm), largest_part(parts)

    def _lose_neighbours(self, images: torch.Tensor) -> torch.Tensor:
        """Replace a missing neighbour by the other one, and by the slice itself where both are missing."""
        first, second = (self._draws.happens(self._recipe.neighbour_loss_probability) for _ in range(2))
        below = images[0] if first and second else images[2] if first else images[1]
        above = images[0] if first and second else images[1] if second else images[2]
        return torch.stack([images[0], below, above, *images[3:]])

    def _positions(self, centre: torch.Tensor, pixel_mm: float, turn: float | None) -> torch.Tensor:
        """Return pixel coordinates to sample at, shape (*patch, 2), last axis in i, j order."""
        recipe = self._recipe
        error = math.pi if turn is None else math.radians(recipe.turn_deg)
        turned = (turn or 0.0) + error * float(self._draws.uniform(1))
        axes_turn = torch.from_numpy(turned_axes(turned)).float()
        scale = torch.exp(recipe.scale * self._draws.uniform(1) + recipe.stretch * self._draws.uniform(2))
        if self._draws.happens(recipe.mirror_probability):
            scale = scale * torch.tensor([1.0, -1.0])
        axes = [torch.arange(n, dtype=torch.float32) - (n - 1) / 2 for n in self._patch]
        offsets = torch.stack(torch.meshgrid(*axes, indexing="ij"), dim=-1)
        positions = (offsets * scale) @ axes_turn.T + centre + recipe.shift_mm / pixel_mm * self._draws.uniform(2)
        if self._draws.happens(recipe.elastic_probability):
            sd = self._draws.up_to(recipe.elastic_sd_mm / pixel_mm)
            positions = positions + self._field(2, sd, recipe.elastic_knots).permute(1, 2, 0)
        return positions

    def _vary_intensity(self, images: torch.Tensor, parts: torch.Tensor, pixel_mm: float) -> torch.Tensor:
        recipe = self._recipe
        if self._scanner is not None:
            images = self._scanner.vary_tissues(images, parts, pixel_mm)
        if self._draws.happens(recipe.tissue_probability):
            change = recipe.tissue_sd * torch.randn(len(parts), generator=self._generator)
            # The neighbours show other outlines, but much the same places; end-diastole does not, and there it would
            # draw the very outline that is asked for.
            factor = (change[:, None, None] * parts).sum(0).exp()
            images = torch.cat([images[:3] * factor, images[3:]])
        if self._draws.happens(recipe.tone_probability):
            images = self._bend_tones(images)
        if self._draws.happens(recipe.bias_field_probability):
            images = images * self._field(1, recipe.bias_field_sd, 3).exp()
        if self._draws.happens(recipe.gamma_probability):
            images = vary_gamma(images, recipe.gamma_log_sd, self._generator)
        if self._scanner is not None:
            images = self._scanner.vary_acquisition(images, pixel_mm)
        if self._draws.happens(recipe.blur_probability):
            images = gaussian_blur(images, self._draws.up_to(recipe.blur_sd_mm / pixel_mm), axes=(1, 2))
        if self._draws.happens(recipe.low_resolution_probability):
            images = self._lower_resolution(images)
        if self._draws.happens(recipe.noise_probability):
            images = add_noise(images, self._draws.up_to(recipe.noise_sd), self._generator)
        return images if self._scanner is None else self._scanner.crop(images, parts, pixel_mm)

    def _bend_tones(self, images: torch.Tensor) -> torch.Tensor:
        """Map intensities through a random rising curve, so that dark, middle and bright tissues part otherwise."""
        # Not the maximum: a few pixels of fat near the coil would leave one tone for all the rest.
        top = (images.mean() + _TOP_SD * images.std()).clamp(min=1e-6)
        steps = torch.ones(_TONES) + self._recipe.tone_strength * self._draws.uniform(_TONES)
        curve = torch.cat([torch.zeros(1), steps.cumsum(0) / steps.sum()])
        place = (images / top).clamp(0, 1) * _TONES
        lower = place.floor().clamp(max=_TONES - 1).long()
        return torch.lerp(curve[lower], curve[lower + 1], place - lower) * top

    def _lower_resolution(self, images: torch.Tensor) -> torch.Tensor:
        factor = 1 + self._draws.up_to(self._recipe.low_resolution_factor - 1)
        size = [max(8, round(n / factor)) for n in self._patch]
        coarse = functional.interpolate(images[None], size=size, mode="area")
        return functional.interpolate(coarse, size=self._patch, mode="bilinear", align_corners=False)[0]

    def _field(self, channels: int, sd: float, knots: int) -> torch.Tensor:
        return smooth_field(channels, self._patch, sd, knots, self._generator)


def _sample(values: torch.Tensor, shares: torch.Tensor) -> torch.Tensor:
    """Sample each image between pixels, as :func:`quantseg.tasks.heart.plane_sampling.sample` does at shared places.

    Args:
        values: shape (N, C, I, J).
        shares: places as shares of the field of view from 0 to 1, along i and j, shape (*size, 2) or (N, *size, 2).

    Returns:
        shape (N, C, *size); zero outside.
    """
    places = shares.expand(len(values), *shares.shape[-3:])
    # align_corners=False: -1 and 1 are the outer edges of the first and last pixel.
    grid = (2 * places - 1).flip(-1)
    return functional.grid_sample(values, grid, mode="bilinear", padding_mode="zeros", align_corners=False)
