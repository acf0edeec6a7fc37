"""What is shown to a regression: how much of each tissue there is around each place of a standard brain."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from quantseg.brain.atlas import Atlas
from quantseg.brain.standard_space import StandardBrain
from quantseg.brain.tissue_mixture import CLASSES, TissueMixture, fit_tissue_mixture, smoothed
from quantseg.volume.masks import grown, shrunk

_EVERY = 2
# Fluid at the rim of a brain is what a tool for stripping left of it.
_RIM_VOXELS = 2
_REACH_BEYOND_ATLAS_VOXELS = 1
_DARKEST = 1.0

_AREAS = (
    "cerebellum and brain stem",
    "ventricles and deep nuclei",
    "temporal",
    "frontal",
    "parietal",
    "occipital",
)


@dataclass(frozen=True)
class Feature:
    """Which features there are.

    Attributes:
        tissue: name in ``CLASSES`` of each feature, by its number, shape (N,).
        area: name of the area that each lies in, shape (N,).
    """

    tissue: np.ndarray
    area: np.ndarray


def brain_mixture(brain: StandardBrain, atlas: Atlas) -> TissueMixture:
    """Tell the tissues of a standard brain apart, near the atlas's own brain alone."""
    near = grown(atlas.mask, _REACH_BEYOND_ATLAS_VOXELS)
    return fit_tissue_mixture(brain.image, (brain.image > _DARKEST) & near, atlas.expected, atlas.grid.spacing_mm[0])


def tissue_features(mixture: TissueMixture, atlas: Atlas, sd_mm: float) -> np.ndarray:
    """Return the share of each tissue around every second voxel of the atlas's brain.

    Args:
        mixture: on the grid of the atlas.
        atlas: whose brain decides where features are.
        sd_mm: of the Gaussian that is laid over the shares.

    Returns:
        features, float32, shape (N,), in the order of :func:`describe_features`.
    """
    sd_voxels = sd_mm / atlas.grid.spacing_mm[0]
    found = []
    for share, places in zip(mixture.shares, _places(atlas), strict=True):
        found.append(smoothed(share, sd_voxels)[::_EVERY, ::_EVERY, ::_EVERY][places])
    return np.concatenate(found)


def describe_features(atlas: Atlas) -> Feature:
    """Return tissue and area of each feature."""
    areas = areas_of(atlas, _EVERY)
    tissue, area = [], []
    for name, places in zip(CLASSES, _places(atlas), strict=True):
        tissue += [name] * int(places.sum())
        area.append(areas[places])
    return Feature(np.array(tissue), np.concatenate(area))


def _places(atlas: Atlas) -> tuple[np.ndarray, ...]:
    mask = atlas.mask
    inner = mask
    for _ in range(_RIM_VOXELS):
        inner = shrunk(inner)
    return tuple(one[::_EVERY, ::_EVERY, ::_EVERY] for one in (inner, mask, mask))


def areas_of(atlas: Atlas, every: int = 1) -> np.ndarray:
    """Return the area of voxels, by planes of standard space that are meant to be rough.

    Args:
        atlas: on whose grid they lie.
        every: each how-many-th voxel along each axis is asked for.

    Returns:
        names, one of each voxel asked for.
    """
    shape = tuple(-(-n // every) for n in atlas.grid.shape)
    voxels = np.stack(np.meshgrid(*(np.arange(n) * every for n in shape), indexing="ij"), axis=-1)
    x, y, z = np.moveaxis(atlas.grid.to_world(voxels), -1, 0)
    areas = np.full(shape, _AREAS[4], dtype=object)
    areas[(y < -65) & (z < 30)] = _AREAS[5]
    areas[y > -12] = _AREAS[3]
    areas[(z < 2) & (y > -60) & (y < 22) & (np.abs(x) > 20)] = _AREAS[2]
    areas[(np.abs(x) < 34) & (y > -46) & (y < 32) & (z > -10) & (z < 32)] = _AREAS[1]
    areas[(z < -14) & (y < -38) | (z < -10) & (np.abs(x) < 16) & (y < -12)] = _AREAS[0]
    return areas
