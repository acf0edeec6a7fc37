"""Heads with activity in them: label maps, moved and bent, painted with FDG, with lesions and without."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from quantseg.tasks.low_dose_pet.training.recipe import ActivityRecipe
from quantseg.tasks.low_dose_pet.training.uptake import AIR, GREY, IN_BRAIN, NAMES, STRUCTURES

VOXEL_MM = 2.0
SIZE = 128
"""Voxels along left-right and back-front."""
_FINE = 2
_SLICES_BEYOND = 3
_KNOT_MM = 32.0


@dataclass(frozen=True)
class Lesion:
    """A ball with other uptake.

    Attributes:
        centre: in voxels.
        radius_mm: of the ball.
        factor: its uptake is that of the cortex times this.
    """

    centre: tuple[float, float, float]
    radius_mm: float
    factor: float

    def mask(self, shape: tuple[int, ...], reach: float = 1.0) -> np.ndarray:
        """Return the voxels within ``reach`` of its radii from its centre, bool."""
        steps = np.ogrid[tuple(slice(0, n) for n in shape)]
        squares = sum((axis - middle) ** 2 for axis, middle in zip(steps, self.centre, strict=True))
        return np.asarray(squares * VOXEL_MM**2 <= (reach * self.radius_mm) ** 2)


@dataclass(frozen=True)
class Activity:
    """One head at 2 mm, RAS order, shape (128, 128, K).

    Attributes:
        uptake: standardised uptake values, float32.
        shares: share of each voxel within the skull, float32.
        head: share of each voxel within the head, float32.
        structures: place in ``STRUCTURES`` of what fills most of a voxel, uint8.
        lesions: in it.
    """

    uptake: np.ndarray
    shares: np.ndarray
    head: np.ndarray
    structures: np.ndarray
    lesions: tuple[Lesion, ...]

    @property
    def brain(self) -> np.ndarray:
        """Voxels within the skull, bool."""
        return np.asarray(self.shares > 0.5)


def draw_activity(
    places: np.ndarray, recipe: ActivityRecipe, random: np.random.Generator, slab: int | None = None
) -> Activity:
    """Return a head with activity.

    Args:
        places: places in ``STRUCTURES`` at 1 mm, RAS order, uint8.
        recipe: how heads vary.
        random: source of all randomness.
        slab: how many slices, somewhere in the brain; None for all that the brain has.
    """
    bent = _bend(places, recipe, random, slab)
    per_structure = np.array(
        [max(0.0, one.uptake * (1 + one.spread * random.normal())) for one in STRUCTURES], np.float32
    )
    grey = np.isin(np.arange(len(NAMES)), [NAMES.index(name) for name in GREY])
    shape = tuple(n // _FINE for n in bent.shape)
    # Regional variation lies on grey matter alone; what else a voxel holds keeps its own uptake.
    of_grey = _mean_of_voxels(np.where(grey, per_structure, 0)[bent])
    of_others = _mean_of_voxels(np.where(grey, 0, per_structure)[bent])
    shares = _mean_of_voxels(np.array(IN_BRAIN, np.float32)[bent])
    uptake = of_others + of_grey * _variation(shape, recipe, random)
    brain = shares > 0.5
    uptake *= _hypometabolism(brain, recipe, random)
    lesions = tuple(_lesions(brain, recipe, random))
    for lesion in lesions:
        uptake = np.where(lesion.mask(shape), np.float32(lesion.factor), uptake)
    scale = recipe.cortex_suv * np.exp(0.2 * random.normal())
    head = _mean_of_voxels((bent != NAMES.index(AIR)).astype(np.float32))
    middle = bent[::_FINE, ::_FINE, ::_FINE]
    return Activity((uptake * scale).astype(np.float32), shares, head, middle, lesions)


def _bend(places: np.ndarray, recipe: ActivityRecipe, random: np.random.Generator, slab: int | None) -> np.ndarray:
    """Return the map turned, scaled, shifted and bent, in fine voxels, as many as fill slices of ``SIZE`` squared."""
    in_brain = np.argwhere(np.array(IN_BRAIN)[places[::2, ::2, ::2]]) * 2
    low, high = in_brain.min(axis=0), in_brain.max(axis=0)
    matrix = _turn(recipe.turn_deg * random.uniform(-1, 1, 3)) * (1 + recipe.scale * random.uniform(-1, 1, 3))
    slices = 2 * _SLICES_BEYOND + int((high[2] - low[2]) * (1 + recipe.scale)) // _FINE
    shift = recipe.shift_mm * random.uniform(-1, 1, 3) * (1, 1, 0.3)
    if slab is not None and slab < slices:
        shift[2] = (slices - slab) * _FINE * random.uniform(-0.5, 0.5)
        slices = slab
    size = np.array([SIZE, SIZE, slices]) * _FINE
    axes = [np.arange(n, dtype=np.float32) - (n - 1) / 2 for n in size]
    knots = [int(np.ceil(n / _KNOT_MM)) + 1 for n in size]
    coordinates = []
    for axis in range(3):
        wave = ndimage.zoom(
            random.normal(0, recipe.bend_mm, knots).astype(np.float32), size / np.array(knots), order=1, prefilter=False
        )
        row = matrix[axis]
        straight = row[0] * axes[0][:, None, None] + row[1] * axes[1][None, :, None] + row[2] * axes[2][None, None]
        coordinates.append(straight + np.float32((low[axis] + high[axis]) / 2 + shift[axis]) + wave)
    return np.asarray(ndimage.map_coordinates(places, coordinates, order=0, cval=0, prefilter=False))


def _turn(angles_deg: np.ndarray) -> np.ndarray:
    matrix = np.eye(3)
    for axis, angle in enumerate(np.deg2rad(angles_deg)):
        one, other = (n for n in range(3) if n != axis)
        turn = np.eye(3)
        turn[[one, other], [one, other]] = np.cos(angle)
        turn[one, other], turn[other, one] = -np.sin(angle), np.sin(angle)
        matrix = matrix @ turn
    return matrix


def _mean_of_voxels(fine: np.ndarray) -> np.ndarray:
    """Return the mean over the fine voxels of each voxel, float32."""
    corners = [fine[i::_FINE, j::_FINE, k::_FINE] for i in range(_FINE) for j in range(_FINE) for k in range(_FINE)]
    return np.asarray(sum(corners) / np.float32(len(corners)), np.float32)


def _smooth_noise(shape: tuple[int, ...], sd_mm: float, random: np.random.Generator) -> np.ndarray:
    """Return Gaussian noise of this smoothness, SD 1."""
    coarse_mm = 8.0
    coarse = [int(np.ceil(n * VOXEL_MM / coarse_mm)) + 2 for n in shape]
    noise = ndimage.gaussian_filter(random.normal(size=coarse).astype(np.float32), sd_mm / coarse_mm)
    fine = ndimage.zoom(noise / noise.std(), coarse_mm / VOXEL_MM, order=1, prefilter=False)
    return np.asarray(fine[tuple(slice(0, n) for n in shape)], np.float32)


def _variation(shape: tuple[int, ...], recipe: ActivityRecipe, random: np.random.Generator) -> np.ndarray:
    wide = recipe.variation * random.uniform(0.4, 1.0) * _smooth_noise(shape, random.uniform(10, 25), random)
    narrow = 0.5 * recipe.variation * _smooth_noise(shape, random.uniform(3, 6), random)
    return np.asarray(np.clip(1 + wide + narrow, 0.2, 2.0), np.float32)


def _hypometabolism(brain: np.ndarray, recipe: ActivityRecipe, random: np.random.Generator) -> np.ndarray:
    """Return the factor by which wide areas take up less."""
    factor = np.ones(brain.shape, np.float32)
    for _ in range(random.poisson(recipe.hypometabolic_areas)):
        area = Lesion(_place_in(brain, random), random.uniform(12, 35), 0)
        soft = ndimage.gaussian_filter(area.mask(brain.shape).astype(np.float32), 3)
        factor *= 1 - random.uniform(0.1, 0.5) * soft
    return factor


def _lesions(brain: np.ndarray, recipe: ActivityRecipe, random: np.random.Generator) -> list[Lesion]:
    found = []
    for _ in range(random.poisson(recipe.lesions)):
        radius_mm = recipe.lesion_radius_mm[0] * (recipe.lesion_radius_mm[1] / recipe.lesion_radius_mm[0]) ** (
            random.uniform()
        )
        hot = random.uniform() < recipe.hot_share
        factor = random.uniform(1.2, 3.0) if hot else random.uniform(0.05, 0.5)
        found.append(Lesion(_place_in(brain, random), radius_mm, factor))
    return found


def _place_in(brain: np.ndarray, random: np.random.Generator) -> tuple[float, float, float]:
    places = np.argwhere(brain)
    i, j, k = places[random.integers(len(places))]
    return float(i), float(j), float(k)
