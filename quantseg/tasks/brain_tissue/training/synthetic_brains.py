"""Synthetic MRI of brains: random shapes, contrasts, resolutions and fields of view from label maps.

The idea is that of SynthSeg (Billot et al., Medical Image Analysis 2023): a network that has seen every contrast
depends on none. A field of view is drawn first, and only what lies in it is rendered. Partial volume is the same in
the image and in the truth. In voxels as large as the map's, linear weights carry the map to the sample's grid: averaged
over a voxel's cube a map of cubes is just that. In larger ones eight looks into each voxel tell what it holds.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from itertools import product

import torch
from torch.nn import functional

from quantseg.brain.regions import MIRRORED, Region
from quantseg.tasks.brain_tissue.training.brain_maps import LOOK_OF_STRUCTURE, LOOKS, REGION_OF_STRUCTURE, BrainMap
from quantseg.tasks.brain_tissue.training.contrast import Contrast, look_means
from quantseg.tasks.brain_tissue.training.recipe import BrainRecipe
from quantseg.tasks.brain_tissue.training.scanning import scan
from quantseg.training.fields import rotation
from quantseg.training.random_draws import RandomDraws

_AIR = LOOKS.index("air")
_MIRRORED = torch.tensor([int(region) for region in MIRRORED])
_FLUID_LOOK = LOOKS.index("fluid")
_MOST_GROWN_VOXELS = 2
_MAP_SPACING_MM = 1.0


class Skull(Enum):
    """What is left of the head."""

    WHOLE = "whole head"
    STRIPPED = "intracranial space only"
    BRAIN_ONLY = "brain and ventricles, and what little of the fluid around them a tool leaves"


@dataclass(frozen=True)
class SyntheticBrain:
    """An image and its truth, in RAS order.

    Attributes:
        image: intensities, float32, shape (I, J, K).
        fractions: share of each ``Region`` in each voxel, summing to one, float32, shape (I, J, K, regions): the
            regions of a voxel lie side by side in memory, which is what makes writing and reading them fast.
    """

    image: torch.Tensor
    fractions: torch.Tensor


class BrainSynthesiser:
    """Draws one synthetic brain after another.

    Args:
        maps: label maps to draw from.
        recipe: how they are varied.
        generator: source of all randomness, so that a run can be repeated and resumed.
    """

    def __init__(self, maps: Sequence[BrainMap], recipe: BrainRecipe, generator: torch.Generator) -> None:
        self._maps = maps
        self._recipe = recipe
        self._generator = generator
        self._draws = RandomDraws(generator)

    def draw(self) -> SyntheticBrain:
        """Return the next one."""
        recipe = self._recipe
        size = [int(sizes[self._draws.integer(len(sizes))]) for sizes in recipe.sizes]
        head = self._maps[self._draws.integer(len(self._maps))]
        mirrored = self._draws.happens(recipe.mirror_probability)
        positions = self._positions(head, size, mirrored)
        region_of_structure = _MIRRORED[REGION_OF_STRUCTURE] if mirrored else REGION_OF_STRUCTURE
        fine = recipe.spacing_mm <= _MAP_SPACING_MM
        looks = _corners_of(head, positions) if fine else _looks_into(head, positions, recipe.spacing_mm)
        image, fractions = _rendered(looks, size, *self._tissues(), region_of_structure, self._generator)
        if self._draws.happens(recipe.deface_probability):
            self._deface(image, fractions, head, positions)
        image = scan(image, recipe, self._generator)
        skull = Skull[self._choice(recipe.skull_weights)]
        hidden = stripped_away(fractions, skull, self._draws.integer(_MOST_GROWN_VOXELS + 1)) | self._cut_off(size)
        return without(SyntheticBrain(image, fractions), hidden)

    def _positions(self, head: BrainMap, size: Sequence[int], mirrored: bool) -> torch.Tensor:
        """Return where in the label map each voxel lies, shape (3, *size)."""
        recipe = self._recipe
        shear = torch.eye(3) + recipe.shear * self._draws.uniform(3, 3) * (1 - torch.eye(3))
        scale = torch.diag(1 + recipe.scale * self._draws.uniform(3))
        matrix = rotation((math.radians(recipe.rotation_deg) * self._draws.uniform(3)).tolist()) @ shear @ scale
        if mirrored:
            matrix = torch.diag(torch.tensor([-1.0, 1.0, 1.0])) @ matrix
        # The sample lies in the box around the brain, or sticks out by the overhang; what is larger is centred.
        reach = (head.last - head.first + 1) / 2 + recipe.overhang_mm - recipe.spacing_mm * torch.tensor(size) / 2
        offset = reach.clamp(min=0) * self._draws.uniform(3)
        knots = [max(2, round(n * recipe.spacing_mm / recipe.elastic_spacing_mm) + 1) for n in size]
        sd = recipe.elastic_sd_mm * self._draws.share()
        positions = _knotted(3, size, knots, sd, self._generator)
        for axis, n in enumerate(size):
            line = recipe.spacing_mm * (torch.arange(n) - (n - 1) / 2) + offset[axis]
            along = line.view([-1 if a == axis else 1 for a in range(3)])
            for row in range(3):
                positions[row] += matrix[row, axis] * along
        return positions.add_(head.centre.view(3, 1, 1, 1))

    def _tissues(self) -> tuple[torch.Tensor, torch.Tensor]:
        """Return mean and SD of each look's intensity, shape (looks,)."""
        mean = look_means(Contrast[self._choice(self._recipe.contrast_weights)], self._generator)
        mean[_AIR] = 0.0 if self._draws.happens(0.5) else 0.1 * self._draws.share()
        sd = self._recipe.texture_sd * torch.rand(len(LOOKS), generator=self._generator)
        # Fluid has no texture of its own.
        sd[_FLUID_LOOK] *= 0.3
        sd[_AIR] = 0.03 * self._draws.share() if self._draws.happens(0.6) else 0.0
        return mean, sd

    def _deface(self, image: torch.Tensor, fractions: torch.Tensor, head: BrainMap, positions: torch.Tensor) -> None:
        """Take away what lies in front of and below a plane, but no brain."""
        angle = math.radians(20 + 60 * self._draws.share())
        distance = 55.0 + 40.0 * self._draws.share()
        y, z = positions[1] - head.centre[1], positions[2] - head.centre[2]
        in_front = math.sin(angle) * y - math.cos(angle) * z > distance
        image[in_front & (fractions[..., Region.BACKGROUND] > 0.5)] = 0.0

    def _cut_off(self, size: Sequence[int]) -> torch.Tensor:
        """Return which voxels lie beyond the end of the field of view, at one or more faces of the sample."""
        outside = torch.zeros(tuple(size), dtype=torch.bool)
        if self._draws.happens(self._recipe.cut_probability):
            for axis, n in enumerate(size):
                low, high = (int(n * 0.35 * self._draws.share() ** 2) for _ in range(2))
                outside.narrow(axis, 0, low).fill_(True)
                outside.narrow(axis, n - high, high).fill_(True)
        return outside

    def _choice(self, weights: Mapping[str, float]) -> str:
        names = list(weights)
        drawn = torch.multinomial(torch.tensor([weights[name] for name in names]), 1, generator=self._generator)
        return names[int(drawn)]


def stripped_away(fractions: torch.Tensor, skull: Skull, grown_voxels: int = 0) -> torch.Tensor:
    """Return which voxels a tool for skull-stripping takes away, bool, shape (I, J, K).

    Args:
        fractions: of the head, shape (I, J, K, regions).
        skull: what it leaves.
        grown_voxels: how far beyond that it leaves something.
    """
    if skull is Skull.WHOLE:
        return torch.zeros(fractions.shape[:3], dtype=torch.bool)
    taken = fractions[..., Region.BACKGROUND].clone()
    if skull is Skull.BRAIN_ONLY:
        taken += fractions[..., Region.OUTER_FLUID]
    kept = (taken < 0.5)[None, None].float()
    if grown_voxels:
        kept = functional.max_pool3d(kept, 1 + 2 * grown_voxels, 1, grown_voxels)
    return kept[0, 0] == 0


def without(brain: SyntheticBrain, hidden: torch.Tensor) -> SyntheticBrain:
    """Return a brain with some voxels dark and background, changed in place."""
    brain.image[hidden] = 0.0
    brain.fractions[hidden] = functional.one_hot(torch.tensor(int(Region.BACKGROUND)), len(Region)).float()
    return brain


def _knotted(
    channels: int, size: Sequence[int], knots: Sequence[int], sd: float, generator: torch.Generator
) -> torch.Tensor:
    """Return a field as :func:`quantseg.training.fields.smooth_field` does, its knots given by axis."""
    coarse = torch.randn(1, channels, *knots, generator=generator) * sd
    return functional.interpolate(coarse, size=tuple(size), mode="trilinear", align_corners=True)[0]


def _corners_of(head: BrainMap, positions: torch.Tensor) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
    """Yield what lies at each of the eight voxels of the map around every position, and its linear weight.

    Args:
        head: whose own rim of air stands for all beyond it.
        positions: in the map, shape (3, I, J, K).

    Yields:
        place in ``STRUCTURES``, int64, shape (voxels,), and weight, float32, same shape.
    """
    structures = head.structures
    index = torch.zeros(positions[0].numel(), dtype=torch.int64)
    shares = []
    for axis, n in enumerate(structures.shape):
        place = positions[axis].flatten().clamp_(0, n - 1.001)
        whole = place.floor()
        index = index * n + whole.long()
        shares.append(place - whole)
    flat = structures.flatten()
    steps = (structures.shape[1] * structures.shape[2], structures.shape[2], 1)
    for corner in product((0, 1), repeat=3):
        weight = torch.ones(())
        for end, share in zip(corner, shares, strict=True):
            weight = weight * (share if end else 1 - share)
        yield flat[index + sum(end * step for end, step in zip(corner, steps, strict=True))].long(), weight


def _looks_into(
    head: BrainMap, positions: torch.Tensor, spacing_mm: float
) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
    """Yield what lies at eight places in every voxel, each with the same weight, as :func:`_corners_of` does."""
    flat, weight = head.structures.flatten(), torch.tensor(1 / 8)
    for look in product((-spacing_mm / 4, spacing_mm / 4), repeat=3):
        index = torch.zeros(positions[0].numel(), dtype=torch.int64)
        for axis, n in enumerate(head.structures.shape):
            # Not round(), which takes halves to the even neighbour.
            index = index * n + (positions[axis].flatten() + (look[axis] + 0.5)).clamp_(0, n - 1).long()
        yield flat[index].long(), weight


def _rendered(
    looks: Iterable[tuple[torch.Tensor, torch.Tensor]],
    size: Sequence[int],
    mean: torch.Tensor,
    sd: torch.Tensor,
    region_of_structure: torch.Tensor,
    generator: torch.Generator,
) -> tuple[torch.Tensor, torch.Tensor]:
    """Return image and fractions of a sample.

    Args:
        looks: place in ``STRUCTURES`` of what each voxel holds, and weights that come to one.
        size: of the sample.
        mean: brightness of each look.
        sd: of the texture of each look.
        region_of_structure: as the sample calls them.
        generator: source of the texture.
    """
    count = math.prod(size)
    mean_of_structure, sd_of_structure = mean[LOOK_OF_STRUCTURE], sd[LOOK_OF_STRUCTURE]
    image, spread = torch.zeros(count), torch.zeros(count)
    fractions = torch.zeros(count * len(Region))
    first = torch.arange(count) * len(Region)
    for found, weight in looks:
        image += weight * mean_of_structure[found]
        spread += weight * sd_of_structure[found]
        fractions.scatter_add_(0, first + region_of_structure[found], weight.expand(count))
    image += spread * torch.randn(count, generator=generator)
    return image.view(*size), fractions.view(*size, len(Region))
