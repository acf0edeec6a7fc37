"""Tissues told apart in a scan's own voxels: made-up brains, of which a network has seen but voxels of 3 mm."""

import numpy as np
import pytest

from quantseg.brain.regions import REGIONS_OF_TISSUE, Region, Tissue
from quantseg.brain.sharpening import sharpened
from quantseg.brain.tissue_prediction import TissuePrediction
from quantseg.volume import Grid, Volume, resample

_CHANNELS = ((Region.BACKGROUND,), *REGIONS_OF_TISSUE.values())
_BRIGHTNESS = {Tissue.BACKGROUND: 0.0, Tissue.FLUID: 25.0, Tissue.GREY: 65.0, Tissue.WHITE: 100.0}
_OUTER_MM, _CORTEX_MM, _WHITE_MM, _VENTRICLE_MM = 41.0, 36.5, 33.0, 12.0
_FOLDS = 7


def a_grid(spacing_mm, reach_mm=45.0) -> Grid:
    shape = tuple(int(2 * reach_mm / s) for s in spacing_mm)
    affine = np.diag([*spacing_mm, 1.0])
    affine[:3, 3] = -(np.array(shape) - 1) / 2 * spacing_mm
    return Grid(shape, affine)


def tissues_on(grid: Grid) -> np.ndarray:
    """Return the share of background, fluid, grey and white matter: a folded ribbon, a ventricle in the middle."""
    total = np.zeros((4, *grid.shape), np.float32)
    index = np.stack(np.meshgrid(*map(np.arange, grid.shape), indexing="ij"), -1)
    for look in np.ndindex(2, 2, 2):
        x, y, z = np.moveaxis(grid.to_world(index + (np.array(look) - 0.5) / 2), -1, 0)
        radius = np.sqrt(x**2 + y**2 + z**2)
        fold = 2.5 * np.cos(_FOLDS * np.arctan2(y, x)) * np.cos(_FOLDS * np.arctan2(z, np.hypot(x, y)))
        found = np.select(
            [radius < _VENTRICLE_MM, radius < _WHITE_MM + fold, radius < _CORTEX_MM + fold, radius < _OUTER_MM],
            [Tissue.FLUID, Tissue.WHITE, Tissue.GREY, Tissue.FLUID],
            Tissue.BACKGROUND,
        )
        for tissue in Tissue:
            total[tissue] += (found == tissue) / 8
    return total


def a_scan(truth: np.ndarray, grid: Grid, noise=3.0, shading=0.0) -> Volume:
    image = sum(_BRIGHTNESS[tissue] * truth[tissue] for tissue in Tissue)
    x = np.linspace(-1, 1, grid.shape[0])[:, None, None]
    noisy = np.random.default_rng(0).normal(0, noise, grid.shape)
    return Volume((image * np.exp(shading * x) + np.where(image > 0, noisy, 0)).astype(np.float32), grid.affine)


def seen_by_a_network(scan: Volume) -> TissuePrediction:
    """A stand-in for one: what there is in voxels of 3 mm, a little blurred."""
    grid = a_grid((3.0, 3.0, 3.0))
    truth = tissues_on(grid)
    soft = np.stack([0.8 * one + 0.2 * np.roll(one, 1, axis=0) for one in truth])
    return TissuePrediction(resample(scan, grid), soft, np.ones(grid.shape, bool), _CHANNELS)


def overlap(found: np.ndarray, true: np.ndarray) -> float:
    return 2 * (found & true).sum() / (found.sum() + true.sum())


def on_grid(prediction: TissuePrediction, grid: Grid, tissue: Tissue) -> np.ndarray:
    return resample(prediction.image.with_array(prediction.probabilities[tissue]), grid).array


@pytest.mark.parametrize(
    ("spacing_mm", "shading"), [((1.0, 1.0, 1.0), 0.0), ((0.9, 0.9, 1.5), 0.25), ((2.0, 2.0, 2.0), 0.25)]
)
def test_tissues_are_told_apart_within_coarse_voxels_whatever_the_scan_has(spacing_mm, shading):
    grid = a_grid(spacing_mm)
    truth = tissues_on(grid)
    scan = a_scan(truth, grid, shading=shading)

    coarse = seen_by_a_network(scan)
    sharp = sharpened(coarse, scan, None)

    fine = spacing_mm[0] == 1.0
    for tissue in (Tissue.GREY, Tissue.WHITE):
        found = on_grid(sharp.prediction, grid, tissue) > 0.5
        assert overlap(found, truth[tissue] > 0.5) > (0.93 if fine else 0.87)
        true_ml = truth[tissue].sum() * grid.voxel_volume_mm3 / 1000
        assert sharp.prediction.volume_ml(REGIONS_OF_TISSUE[tissue]) == pytest.approx(true_ml, rel=0.04)
    before = on_grid(coarse, grid, Tissue.GREY) > 0.5
    assert overlap(before, truth[Tissue.GREY] > 0.5) < 0.9
    assert list(sharp.mixture.means) == pytest.approx([0.25, 0.65, 1.0], abs=0.03)


def test_the_rim_of_a_ventricle_is_not_taken_for_grey_matter_which_is_as_bright():
    grid = a_grid((1.0, 1.0, 1.0))
    truth = tissues_on(grid)
    rim = (truth[Tissue.FLUID] > 0.2) & (truth[Tissue.WHITE] > 0.2)
    assert rim.sum() > 300

    sharp = sharpened(seen_by_a_network(a_scan(truth, grid)), a_scan(truth, grid), None)

    assert on_grid(sharp.prediction, grid, Tissue.GREY)[rim].mean() < 0.1


def test_shares_sum_to_one_and_background_stays_what_the_network_calls_so():
    grid = a_grid((2.0, 2.0, 2.0))
    scan = a_scan(tissues_on(grid), grid)
    coarse = seen_by_a_network(scan)

    found = sharpened(coarse, scan, None).prediction

    assert np.allclose(found.probabilities.sum(axis=0), 1, atol=1e-4)
    every = [region for region in Region if region is not Region.BACKGROUND]
    assert found.volume_ml(every) == pytest.approx(coarse.volume_ml(every), rel=0.02)


def test_whoever_stripped_a_brain_knows_where_it_ends():
    grid = a_grid((2.0, 2.0, 2.0))
    truth = tissues_on(grid)
    scan = a_scan(truth, grid, noise=0.0)
    given = truth[Tissue.BACKGROUND] < 0.5
    coarse = seen_by_a_network(scan)
    doubtful = coarse.probabilities.copy()
    doubtful[1:] *= 0.7
    doubtful[0] = 1 - doubtful[1:].sum(axis=0)

    found = sharpened(TissuePrediction(coarse.image, doubtful, coarse.in_view, coarse.channels), scan, given).prediction

    every = [region for region in Region if region is not Region.BACKGROUND]
    true_ml = float(given.sum()) * grid.voxel_volume_mm3 / 1000
    assert found.volume_ml(every) == pytest.approx(true_ml, rel=0.05)
    outside = resample(scan.with_array((~given).astype(np.uint8)), found.grid, "nearest", fill=1).array > 0
    assert found.intracranial[outside].max() == 0
