"""What other scanners, coils, sequences and patients do to a slice; each happens at random and in random strength."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch

from quantseg.training.fields import smooth_field
from quantseg.training.random_draws import RandomDraws

# Along a whole field of view a coil's sensitivity falls by the largest factor; a window shows its share of that.
_FIELD_OF_VIEW_MM = 340.0
_LARGEST_CURVATURE = 0.5
_BLOOD_KNOTS = 4
# Of the lines of k-space, the innermost that motion leaves alone.
_CALM_SHARE = 0.08
_THINNEST_PAPILLARY_MM, _THICKEST_PAPILLARY_MM = 2.0, 5.0


@dataclass(frozen=True)
class ScannerVariation:
    """How a slice is varied beyond :class:`quantseg.tasks.heart.training.augmentation.SliceVariation`.

    Attributes:
        shading_probability: of a coil on one side.
        shading_factor: largest ratio of its sensitivities across 340 mm.
        blood_probability: of another contrast of blood, as gradient echoes without steady state show it.
        blood_contrast: smallest contrast of blood to muscle, relative to what it was.
        blood_unrest: largest SD of the logarithm of its brightness from place to place.
        papillary_probability: of papillary muscles as bright as blood, or of darker ones added.
        thick_probability: of a slice that shows some of its neighbours.
        thick_share: largest share of them.
        motion_probability: of lines of k-space measured at another place of the heart.
        motion_mm: largest distance to that.
        ghost_probability: of an image repeated aside.
        ghost_strength: its largest brightness, relative to the image's.
        crop_probability: of a field of view that ends near the heart.
        crop_margin_mm: largest and smallest distance from the heart to its edge.
    """

    shading_probability: float
    shading_factor: float
    blood_probability: float
    blood_contrast: float
    blood_unrest: float
    papillary_probability: float
    thick_probability: float
    thick_share: float
    motion_probability: float
    motion_mm: float
    ghost_probability: float
    ghost_strength: float
    crop_probability: float
    crop_margin_mm: tuple[float, float]


@dataclass(frozen=True)
class TissueParts:
    """Which masks of a slice are what.

    Attributes:
        wall: index of the left ventricle's muscle.
        cavities: indices of what holds blood.
        left: index of the left ventricle's cavity, which is among them.
        heart: how many masks, from the first on, are parts of the heart; others tell what was not drawn.
    """

    wall: int
    cavities: tuple[int, ...]
    left: int
    heart: int


class ScannerVarier:
    """Draws one variation after another.

    Args:
        recipe: which, how strong and how often.
        tissues: which masks are what.
        generator: source of all randomness.
    """

    def __init__(self, recipe: ScannerVariation, tissues: TissueParts, generator: torch.Generator) -> None:
        self._recipe, self._tissues, self._generator = recipe, tissues, generator
        self._draws = RandomDraws(generator)

    def vary_tissues(self, images: torch.Tensor, parts: torch.Tensor, pixel_mm: float) -> torch.Tensor:
        """Change blood and papillary muscles, and how thick a slice is.

        Args:
            images: the slice, its neighbours, and where known the slice at end-diastole, shape (3 or 4, I, J). The
                last has outlines of its own and keeps its tissues.
            parts: masks of the slice, shape (L, I, J).
            pixel_mm: size of a pixel.
        """
        recipe, tissues = self._recipe, self._tissues
        slices = images[:3]
        if self._draws.happens(recipe.thick_probability):
            share = self._draws.up_to(recipe.thick_share)
            slices = torch.cat([((1 - share) * slices[0] + share * slices[1:].mean(0))[None], slices[1:]])
        wall, cavity = parts[tissues.wall] > 0.5, parts[tissues.left] > 0.5
        if wall.any() and cavity.any():
            muscle, blood = slices[0][wall].median(), slices[0][cavity].median()
            if self._draws.happens(recipe.papillary_probability):
                slices = self._vary_papillaries(slices, parts[tissues.left], muscle, blood, pixel_mm)
            if self._draws.happens(recipe.blood_probability):
                contrast = 1 - self._draws.up_to(1 - recipe.blood_contrast)
                unrest = self._draws.up_to(recipe.blood_unrest)
                field = smooth_field(1, slices.shape[1:], unrest, _BLOOD_KNOTS, self._generator).exp()
                changed = (muscle + contrast * (slices - muscle)) * field
                slices = torch.lerp(slices, changed, parts[list(tissues.cavities)].sum(0))
        return torch.cat([slices, images[3:]])

    def vary_acquisition(self, images: torch.Tensor, pixel_mm: float) -> torch.Tensor:
        """Shade images, measure them while they move, and repeat them aside; shape (N, I, J)."""
        recipe = self._recipe
        if self._draws.happens(recipe.shading_probability):
            images = images * self._shading(images.shape[1:], pixel_mm)
        if self._draws.happens(recipe.motion_probability):
            images = self._moved(images, recipe.motion_mm * float(self._draws.uniform(1)) / pixel_mm)
        if self._draws.happens(recipe.ghost_probability):
            axis = 1 + self._draws.integer(2)
            pixels = images.shape[axis] // (2 + self._draws.integer(3))
            images = images + self._draws.up_to(recipe.ghost_strength) * images.roll(pixels, axis)
        return images

    def crop(self, images: torch.Tensor, parts: torch.Tensor, pixel_mm: float) -> torch.Tensor:
        """End the field of view near the heart, beyond which lies air; shape (N, I, J) as the images'."""
        heart = parts[: self._tissues.heart].sum(0) > 0.5
        if not self._draws.happens(self._recipe.crop_probability) or not heart.any():
            return images
        least, most = self._recipe.crop_margin_mm
        kept = torch.ones_like(heart)
        for axis in (0, 1):
            along = heart.any(1 - axis).nonzero()
            first, last = (
                round(float(edge) + sign * (least + self._draws.up_to(most - least)) / pixel_mm)
                for edge, sign in ((along[0], -1), (along[-1], 1))
            )
            places = torch.arange(heart.shape[axis])
            kept &= ((places >= first) & (places <= last)).unsqueeze(1 - axis)
        return images * kept

    def _vary_papillaries(
        self, slices: torch.Tensor, cavity: torch.Tensor, muscle: torch.Tensor, blood: torch.Tensor, pixel_mm: float
    ) -> torch.Tensor:
        if self._draws.happens(0.5):
            strength = self._draws.up_to(1.0) * cavity
            return torch.lerp(slices, slices.clamp(min=float(blood)), strength)
        places = (cavity > 0.5).nonzero().float()
        axes = torch.meshgrid(*(torch.arange(float(n)) for n in cavity.shape), indexing="ij")
        dark = torch.zeros_like(cavity)
        for _ in range(1 + self._draws.integer(2)):
            i, j = places[self._draws.integer(len(places))]
            thickness_mm = _THINNEST_PAPILLARY_MM + self._draws.up_to(_THICKEST_PAPILLARY_MM - _THINNEST_PAPILLARY_MM)
            distance = ((axes[0] - i) ** 2 + (axes[1] - j) ** 2) / (thickness_mm / pixel_mm) ** 2
            dark = torch.maximum(dark, torch.exp(-distance))
        return torch.lerp(slices, muscle.expand_as(slices), dark * cavity)

    def _shading(self, size: torch.Size, pixel_mm: float) -> torch.Tensor:
        direction = math.pi * float(self._draws.uniform(1))
        i, j = (torch.arange(float(n)) - (n - 1) / 2 for n in size)
        along = (i[:, None] * math.cos(direction) + j * math.sin(direction)) * pixel_mm / _FIELD_OF_VIEW_MM
        slope = self._draws.up_to(math.log(self._recipe.shading_factor))
        curvature = _LARGEST_CURVATURE * slope * float(self._draws.uniform(1))
        return (slope * along + curvature * (2 * along) ** 2).exp()

    def _moved(self, images: torch.Tensor, shift_pixels: float) -> torch.Tensor:
        axis = 1 + self._draws.integer(2)
        count = images.shape[axis]
        frequencies = torch.fft.fftfreq(count)
        first = _CALM_SHARE / 2 + (0.5 - _CALM_SHARE / 2) * self._draws.share()
        moved = frequencies > first if self._draws.happens(0.5) else frequencies.abs() > first
        phase = torch.exp(-2j * math.pi * frequencies * shift_pixels * moved)
        shape = [1, 1, 1]
        shape[axis] = count
        spectrum = torch.fft.fft(images, dim=axis) * phase.view(shape)
        moved_images: torch.Tensor = torch.fft.ifft(spectrum, dim=axis).abs()
        return moved_images
