"""Synthetic MRI of heads: random shapes, contrasts, resolutions and fields of view from label maps.

The idea is that of SynthSeg (Billot et al., Medical Image Analysis 2023): a network that has seen every contrast
depends on none. One random displacement carries the label map straight to the grid of the localiser; each tissue
draws an intensity, and four looks into every voxel give its partial volume.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from enum import Enum

import torch
from torch.nn import functional

from quantseg.tasks.hippocampus.head_labels import MIRRORED, HeadLabel
from quantseg.tasks.hippocampus.training.contrast import Contrast, tissue_means
from quantseg.tasks.hippocampus.training.head_maps import TARGET_OF_STRUCTURE, TISSUE_OF_STRUCTURE, TISSUES, HeadMap
from quantseg.tasks.hippocampus.training.head_recipe import Centre, HeadRecipe
from quantseg.training.fields import coarsened, gaussian_blur, rotation, smooth_field
from quantseg.training.random_draws import RandomDraws

_AIR = TISSUES.index("air")
# Corners of a tetrahedron inside a voxel, in voxels: where its partial volume is looked up.
_LOOKS = 0.25 * torch.tensor([[1.0, 1.0, 1.0], [1.0, -1.0, -1.0], [-1.0, 1.0, -1.0], [-1.0, -1.0, 1.0]])
# Smallest distance in mm that a cut-away hippocampus keeps from the field of view, its own half length included.
_CUT_AWAY_MM = (45.0, 75.0)
_MIRRORED = torch.tensor([int(label) for label in MIRRORED], dtype=torch.uint8)


class Skull(Enum):
    """What is left of the head."""

    WHOLE = "whole head"
    STRIPPED = "intracranial space only"
    BRAIN_ONLY = "brain and ventricles only"


class HeadSynthesiser:
    """Draws one synthetic head after another.

    Args:
        maps: label maps to draw from.
        recipe: how they are varied.
        generator: source of all randomness, so that a run can be repeated and resumed.
    """

    def __init__(self, maps: Sequence[HeadMap], recipe: HeadRecipe, generator: torch.Generator) -> None:
        self._maps = maps
        self._recipe = recipe
        self._generator = generator
        self._draws = RandomDraws(generator)

    def draw(self) -> tuple[torch.Tensor, torch.Tensor]:
        """Return an image, float32, and its ``HeadLabel`` values, uint8, both of shape (I, J, K) in RAS order."""
        recipe = self._recipe
        size = [int(sizes[self._draws.integer(len(sizes))]) for sizes in recipe.sizes]
        if self._draws.happens(recipe.no_head_probability):
            image = self._shapes(size)
            labels = torch.zeros(size, dtype=torch.uint8)
        else:
            image, labels = self._head(size)
        image = self._scan(image)
        if self._draws.happens(recipe.tilted_view_probability):
            outside = ~self._tilted_box(size)
            image[outside] = image.min() if self._draws.happens(0.5) else 0.0
            labels[outside] = HeadLabel.BACKGROUND
        return image, labels

    def _head(self, size: Sequence[int]) -> tuple[torch.Tensor, torch.Tensor]:
        recipe = self._recipe
        head = self._maps[self._draws.integer(len(self._maps))]
        mirrored = self._draws.happens(recipe.mirror_probability)
        positions, axes = self._positions(head, size, mirrored)
        structures = _look_up(head.structures, positions)
        labels = TARGET_OF_STRUCTURE[structures]
        mean, sd = self._tissues()
        image = torch.zeros(size)
        spread = torch.zeros(size)
        for look in _LOOKS * recipe.spacing_mm:
            tissue = TISSUE_OF_STRUCTURE[_look_up(head.structures, positions + look @ axes.T)]
            image += mean[tissue] / len(_LOOKS)
            spread += sd[tissue] / len(_LOOKS)
        image += spread * self._noise(size)
        visible = self._visible(labels, structures)
        if self._draws.happens(recipe.deface_probability):
            visible &= self._behind_the_face(head, positions) | (labels > 0)
        image = image * visible
        return image, _MIRRORED[labels.long()] if mirrored else labels

    def _positions(self, head: HeadMap, size: Sequence[int], mirrored: bool) -> tuple[torch.Tensor, torch.Tensor]:
        """Return where in the label map each voxel lies, shape (*size, 3), and the affine part, shape (3, 3)."""
        recipe = self._recipe
        shear = torch.eye(3) + recipe.shear * self._draws.uniform(3, 3) * (1 - torch.eye(3))
        scale = torch.diag(1 + recipe.scale * self._draws.uniform(3))
        matrix = rotation((math.radians(recipe.rotation_deg) * self._draws.uniform(3)).tolist()) @ shear @ scale
        if mirrored:
            matrix = torch.diag(torch.tensor([-1.0, 1.0, 1.0])) @ matrix
        offset = torch.tensor(recipe.shift_mm) * self._draws.uniform(3)
        if self._draws.happens(recipe.cut_away_probability):
            offset = self._offset_without_hippocampi(size)
        line = [
            recipe.spacing_mm * (torch.arange(n) - (n - 1) / 2) + shift for n, shift in zip(size, offset, strict=True)
        ]
        terms = [
            line[axis].view([-1 if axis == a else 1 for a in range(3)] + [1]) * matrix[:, axis] for axis in range(3)
        ]
        centre = head.hippocampi_centre if recipe.centre is Centre.HIPPOCAMPI else head.brain_centre
        positions = terms[0] + terms[1] + terms[2] + centre
        sd = recipe.elastic_sd_mm * self._draws.share()
        positions += smooth_field(3, size, sd, recipe.elastic_knots, self._generator).permute(1, 2, 3, 0)
        return positions, matrix

    def _offset_without_hippocampi(self, size: Sequence[int]) -> torch.Tensor:
        """Return a shift along one axis that leaves both hippocampi, near the middle, out of the sample."""
        axis = 1 if self._draws.happens(0.3) else 2
        side = 1.0 if self._draws.happens(0.5) else -1.0
        least, most = _CUT_AWAY_MM
        offset = torch.tensor(self._recipe.shift_mm) * self._draws.uniform(3)
        offset[axis] = side * (size[axis] * self._recipe.spacing_mm / 2 + least + (most - least) * self._draws.share())
        return offset

    def _tissues(self) -> tuple[torch.Tensor, torch.Tensor]:
        """Return mean and SD of each tissue's intensity, shape (tissues,)."""
        contrast = Contrast[self._choice(self._recipe.contrast_weights)]
        mean = torch.rand(len(TISSUES), generator=self._generator)
        if contrast is not Contrast.RANDOM:
            mean = tissue_means(contrast, mean) + 0.05 * self._normal(len(TISSUES))
        mean[_AIR] = 0.0 if self._draws.happens(0.5) else 0.1 * self._draws.share()
        sd = 0.01 + 0.07 * torch.rand(len(TISSUES), generator=self._generator)
        sd[_AIR] = 0.03 * self._draws.share() if self._draws.happens(0.6) else 0.0
        return mean.clamp(min=0.0), sd

    def _visible(self, labels: torch.Tensor, structures: torch.Tensor) -> torch.Tensor:
        skull = Skull[self._choice(self._recipe.skull_weights)]
        if skull is Skull.WHOLE:
            return torch.ones_like(labels, dtype=torch.bool)
        kept = labels > 0
        if skull is Skull.BRAIN_ONLY:
            kept &= TISSUE_OF_STRUCTURE[structures] != TISSUES.index("cerebrospinal fluid")
        if self._draws.happens(0.5):
            kept = functional.max_pool3d(kept[None, None].float(), 3, 1, 1)[0, 0] > 0
        return kept

    def _behind_the_face(self, head: HeadMap, positions: torch.Tensor) -> torch.Tensor:
        """Tell which voxels lie behind a plane in front of and below the brain."""
        angle = math.radians(20 + 60 * self._draws.share())
        distance = 55.0 + 40.0 * self._draws.share()
        relative = positions - head.brain_centre
        return math.sin(angle) * relative[..., 1] - math.cos(angle) * relative[..., 2] < distance

    def _shapes(self, size: Sequence[int]) -> torch.Tensor:
        """Return an object that is no head: random regions of random grey, in an ellipsoid or filling the sample."""
        count = 3 + self._draws.integer(6)
        fields = smooth_field(count, size, 1.0, 4 + self._draws.integer(8), self._generator)
        grey = torch.rand(count, generator=self._generator)
        image = grey[fields.argmax(0)] + 0.1 * self._draws.share() * self._noise(size)
        if self._draws.happens(0.7):
            radius = [0.3 + 0.5 * self._draws.share() for _ in size]
            line = [torch.linspace(-1, 1, n) / r for n, r in zip(size, radius, strict=True)]
            squared = line[0].square()[:, None, None] + line[1].square()[:, None] + line[2].square()
            image = image * (squared + 0.3 * fields[0] < 1)
        return image

    def _scan(self, image: torch.Tensor) -> torch.Tensor:
        """Add what a scanner adds: bias field, blur, coarse voxels, noise, another scale of greys."""
        recipe = self._recipe
        empty = image == 0
        knots = 3 + self._draws.integer(3)
        image = (
            image
            * smooth_field(1, image.shape, recipe.bias_field_sd * self._draws.share(), knots, self._generator)[0].exp()
        )
        image = gaussian_blur(image, recipe.blur_sd_mm * self._draws.share() / recipe.spacing_mm)
        if self._draws.happens(recipe.coarse_probability):
            image = self._coarsen(image)
        sd = recipe.noise_sd * self._draws.share() ** 2
        noise = sd * self._noise(image.shape)
        image = (image + noise).abs() if self._draws.happens(0.7) else image + noise
        if self._draws.happens(0.4):
            image = image.masked_fill(empty, 0.0)
        top = image.max().clamp(min=1e-6)
        return (image / top).clamp(min=0) ** math.exp(recipe.gamma_log_sd * float(self._normal(1)))

    def _coarsen(self, image: torch.Tensor) -> torch.Tensor:
        """Lower the resolution along one axis, as thick slices do, or along all."""
        recipe = self._recipe
        factor = 1 + (recipe.coarsest_mm / recipe.spacing_mm - 1) * self._draws.share()
        return coarsened(image, factor, self._draws.integer(4))

    def _tilted_box(self, size: Sequence[int]) -> torch.Tensor:
        """Return the voxels inside a turned box that is a little smaller than the sample."""
        turn = rotation((math.radians(self._recipe.tilted_view_deg) * self._draws.uniform(3)).tolist())
        line = [torch.arange(n) - (n - 1) / 2 for n in size]
        inside = torch.ones(*size, dtype=torch.bool)
        for axis, n in enumerate(size):
            along = turn[axis, 0] * line[0][:, None, None] + turn[axis, 1] * line[1][:, None] + turn[axis, 2] * line[2]
            before, after = (n / 2 * (1.05 - 0.35 * self._draws.share() ** 2) for _ in range(2))
            inside &= (along > -before) & (along < after)
        return inside

    def _choice(self, weights: dict[str, float]) -> str:
        names = list(weights)
        drawn = torch.multinomial(torch.tensor([weights[name] for name in names]), 1, generator=self._generator)
        return names[int(drawn)]

    def _normal(self, count: int) -> torch.Tensor:
        return torch.randn(count, generator=self._generator)

    def _noise(self, size: Sequence[int]) -> torch.Tensor:
        return torch.randn(tuple(size), generator=self._generator)


def _look_up(structures: torch.Tensor, positions: torch.Tensor) -> torch.Tensor:
    """Return the map's value nearest to each position, int64; the map's own rim of air stands for all beyond it."""
    # Not round(), which takes halves to the even neighbour and so would skip every other voxel of an unturned head.
    index = (positions + 0.5).long()
    i, j, k = (index[..., axis].clamp_(0, n - 1) for axis, n in enumerate(structures.shape))
    flat = (i * structures.shape[1] + j) * structures.shape[2] + k
    return structures.flatten()[flat].long()
