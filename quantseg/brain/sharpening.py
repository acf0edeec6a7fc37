"""Tissues in a scan's own voxels: what a network sees in voxels of 3 mm, told apart within them by brightness."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from quantseg.brain.brightness_mixture import Expected, Mixture, fit_mixture, tell_apart
from quantseg.brain.regions import REGIONS_OF_TISSUE, Region, Tissue
from quantseg.brain.tissue_prediction import TissuePrediction
from quantseg.volume import Grid, Volume, aligned_grid, resample
from quantseg.volume.masks import shrunk

# Regions of one brightness, the cerebrum's first.
_ALIKE = (
    REGIONS_OF_TISSUE[Tissue.FLUID],
    (Region.LEFT_GREY, Region.RIGHT_GREY),
    (Region.LEFT_DEEP_GREY, Region.RIGHT_DEEP_GREY),
    (Region.LEFT_CEREBELLAR_GREY, Region.RIGHT_CEREBELLAR_GREY),
    (Region.LEFT_WHITE, Region.RIGHT_WHITE),
    (Region.LEFT_CEREBELLAR_WHITE, Region.RIGHT_CEREBELLAR_WHITE),
    (Region.BRAIN_STEM,),
)
# Voxels are taken as they are unless they are finer than this; finer ones cost time and tell no more.
_FINEST_MM, _FINE_MM = 0.85, 1.0
# Where the network gives less to the brain than this, there is none.
_LEAST_BRAIN = 0.02
_MARGIN_VOXELS = 2
_AIR_PERCENTILE = 1.0
# Whoever stripped a brain has seen where it ends: the odds against brain are so many times smaller within it.
_TRUST_IN_STRIPPING = 20.0
_LEAST_SHARE = 1e-6


@dataclass(frozen=True)
class SharpTissues:
    """Tissues in the voxels of a scan, or nearly so.

    Attributes:
        prediction: as a network at that spacing would have seen them.
        mixture: brightness of each kind of tissue.
    """

    prediction: TissuePrediction
    mixture: Mixture


def sharpened(
    coarse: TissuePrediction, scan: Volume, given_brain: np.ndarray | None, with_parts: bool = False
) -> SharpTissues:
    """Tell tissues apart within the voxels that a network saw.

    Args:
        coarse: what it saw.
        scan: in canonical order.
        given_brain: where a brain without its skull lies, bool, on the voxels of the scan; None for a head.
        with_parts: whether all that the network tells apart is wanted, or tissues alone, which takes less time.
    """
    grid = _grid_of_brain(coarse, scan.grid)
    image = _above_air(scan, grid, given_brain is not None)
    of_tissues, groups = _kinds(coarse)
    kinds = np.stack([_on_grid(coarse, regions, grid) for regions in groups])
    brain = np.clip(kinds.sum(axis=0), 0, 1)
    # Air and skull beside the brain, as dark as fluid or darker, shall not tell how bright fluid is.
    telling = np.clip(2 * brain - 1, 0, 1)
    if given_brain is not None:
        given = resample(scan.with_array(given_brain.astype(np.uint8)), grid, "nearest").array > 0
        brain = np.where(given, brain / (brain + (1 - brain) / _TRUST_IN_STRIPPING), 0)
        # Voxels at the rim hold some of the nothing around it, if the brain was resampled.
        telling *= shrunk(given)
    inside = brain > _LEAST_BRAIN
    within = kinds[:, inside]
    within /= np.maximum(within.sum(axis=0), _LEAST_SHARE)
    weight = brain[inside].astype(np.float32)
    expected = Expected(within, of_tissues, telling[inside])
    mixture = fit_mixture(image, inside, expected)
    tissues = np.zeros((len(Tissue), *grid.shape), np.float32)
    tissues[0] = 1.0
    tissues[0, inside] = 1 - weight
    tissues[1:, inside] = weight * tell_apart(mixture, expected, inside, grid.spacing_mm)
    in_view = resample(scan.with_array(np.ones(scan.array.shape, np.uint8)), grid, "nearest").array > 0
    channels = ((Region.BACKGROUND,), *REGIONS_OF_TISSUE.values())
    prediction = TissuePrediction(image, tissues, in_view, channels)
    return SharpTissues(_divided(prediction, coarse) if with_parts else prediction, mixture)


def _above_air(scan: Volume, grid: Grid, stripped: bool) -> Volume:
    air = float(scan.array.min()) if stripped else float(np.percentile(scan.array, _AIR_PERCENTILE))
    image = resample(scan, grid, fill=air)
    return image.with_array(np.maximum(image.array.astype(np.float32) - np.float32(air), np.float32(0)))


def _grid_of_brain(coarse: TissuePrediction, grid: Grid) -> Grid:
    """Return the part of a scan's grid that holds the brain, or of one of 1 mm where the scan's is finer."""
    if min(grid.spacing_mm) < _FINEST_MM:
        grid = aligned_grid(grid, _FINE_MM)
    places = np.argwhere(coarse.intracranial > _LEAST_BRAIN)
    ends = np.stack([places.min(axis=0) - _MARGIN_VOXELS, places.max(axis=0) + _MARGIN_VOXELS])
    corners = np.array([[ends[one][axis] for axis, one in enumerate(corner)] for corner in np.ndindex(2, 2, 2)])
    there = grid.to_voxel(coarse.grid.to_world(corners))
    first = np.clip(np.floor(there.min(axis=0)), 0, np.array(grid.shape) - 1).astype(int)
    last = np.clip(np.ceil(there.max(axis=0)), first, np.array(grid.shape) - 1).astype(int)
    i, j, k = (int(n) for n in last - first + 1)
    a, b, c = (int(n) for n in first)
    return grid.window((a, b, c), (i, j, k))


def _kinds(coarse: TissuePrediction) -> tuple[tuple[int, ...], list[tuple[Region, ...]]]:
    """Return the tissue of each kind of brightness that a network tells apart, and the regions of it."""
    tissues, kinds = [], []
    for number, regions in enumerate(REGIONS_OF_TISSUE.values()):
        groups = [group for group in _ALIKE if set(group) <= set(regions)]
        told = groups if all(coarse.tells(group) for group in groups) else [regions]
        tissues += [number] * len(told)
        kinds += told
    return tuple(tissues), kinds


def _on_grid(coarse: TissuePrediction, regions: tuple[Region, ...], grid: Grid) -> np.ndarray:
    share = resample(coarse.image.with_array(coarse.share(regions)), grid).array
    return np.asarray(share, np.float32)


def _divided(tissues: TissuePrediction, coarse: TissuePrediction) -> TissuePrediction:
    """Share each tissue out among the regions of it that a network saw, as they are near each place."""
    probabilities = np.zeros((len(coarse.channels), *tissues.grid.shape), np.float32)
    for tissue, regions in REGIONS_OF_TISSUE.items():
        numbers = [n for n, channel in enumerate(coarse.channels) if set(channel) <= set(regions)]
        found = np.stack([_on_grid(coarse, coarse.channels[n], tissues.grid) for n in numbers]) + _LEAST_SHARE
        probabilities[numbers] = found / found.sum(axis=0) * tissues.tissue(tissue)
    probabilities[0] = tissues.probabilities[0]
    return TissuePrediction(tissues.image, probabilities, tissues.in_view, coarse.channels)
