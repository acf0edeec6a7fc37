"""The simulator: projections keep activity, a reconstruction finds it again, noise follows the counts."""

import dataclasses

import numpy as np
import pytest
from made_head_maps import a_head_map

from quantseg.tasks.low_dose_pet.level import level_of
from quantseg.tasks.low_dose_pet.training.activity import draw_activity
from quantseg.tasks.low_dose_pet.training.projecting import blur_matrix, blurred, make_projector, reconstruct
from quantseg.tasks.low_dose_pet.training.recipe import read_activity_recipe, read_scanner_recipe
from quantseg.tasks.low_dose_pet.training.scanning import scan
from quantseg.tasks.low_dose_pet.training.starting_point import RECIPE
from quantseg.tasks.low_dose_pet.training.uptake import PLACE_OF_VALUE

_TOLD = RECIPE["simulation"]


def _discs(size=48):
    i, j = np.indices((size, size)) - (size - 1) / 2
    image = 1.0 * (i**2 + j**2 < 18**2) + 3.0 * ((i - 6) ** 2 + j**2 < 4**2)
    return np.stack([image, image[::-1]], axis=2).astype(np.float32)


def test_every_projection_holds_all_activity_and_the_transpose_projects_back():
    projector, image = make_projector(48, 24, 4), _discs()
    for rays in projector.forward(image):
        of_angles = rays.reshape(-1, 48, 2).sum(axis=1)
        assert of_angles == pytest.approx(np.broadcast_to(image.sum(axis=(0, 1)), of_angles.shape), rel=1e-5)
    random = np.random.default_rng(0)
    one, other = random.random((48 * 48, 1)), random.random((projector.subsets[0].shape[0], 1))
    there, back = (projector.subsets[0] @ one * other).sum(), (projector.back[0] @ other * one).sum()
    assert there == pytest.approx(back, rel=1e-5)


def test_a_reconstruction_without_noise_finds_what_was_projected():
    projector, image = make_projector(48, 48, 4), _discs()
    blur = blur_matrix(48, 2.0)
    rays = projector.forward(blurred(image, blur))
    seen, nothing = [np.full_like(one, 2.0) for one in rays], [np.full_like(one, 1e-4) for one in rays]
    found = reconstruct([2 * one + 1e-4 for one in rays], seen, nothing, projector, blur, 12)
    middle = image[:, :, 0] == 4
    assert found[:, :, 0][middle].mean() == pytest.approx(4, rel=0.1)
    assert found.sum() == pytest.approx(image.sum(), rel=0.01)


@pytest.fixture(scope="module")
def head():
    """A slab of a made head with activity, and the recipe of its scanner without a filter."""
    lookup = np.zeros(1025, np.uint8)
    lookup[list(PLACE_OF_VALUE)] = list(PLACE_OF_VALUE.values())
    recipe = dataclasses.replace(read_activity_recipe(_TOLD["activity"]), lesions=0.0, hypometabolic_areas=0.0)
    activity = draw_activity(lookup[a_head_map()], recipe, np.random.default_rng(3), 8)
    scanner = dataclasses.replace(
        read_scanner_recipe(_TOLD["scanner"]), filter_probability=0.0, angles=48, iterations=2, true_counts=(4e5, 4e5)
    )
    return activity, scanner


def test_fewer_counts_give_the_same_mean_and_more_noise_by_the_square_root(head):
    activity, scanner = head
    random = np.random.default_rng(4)
    scanned = scan(activity, scanner, random)
    truth, full, low = (scanned.image(*of) for of in ((1.0, None), (1.0, random), (0.1, random)))
    brain = activity.brain
    for image in (full, low):
        assert image[brain].mean() == pytest.approx(truth[brain].mean(), rel=0.02)
    errors = [float((image - truth)[brain].std()) for image in (full, low)]
    assert errors[1] / errors[0] == pytest.approx(np.sqrt(10), rel=0.25)
    # Neighbouring slices of a made head differ by its shape as well, which the image without noise tells.
    shape, *noisy = (level_of(image).noise_of_neighbours for image in (truth, full, low))
    told = [np.sqrt(noise**2 - shape**2) for noise in noisy]
    assert told[1] / told[0] == pytest.approx(np.sqrt(10), rel=0.25)
    assert abs(float(np.corrcoef((full - truth)[brain], (low - truth)[brain])[0, 1])) < 0.3


def test_the_same_seed_gives_the_same_head_and_another_seed_another():
    lookup = np.zeros(1025, np.uint8)
    lookup[list(PLACE_OF_VALUE)] = list(PLACE_OF_VALUE.values())
    recipe = read_activity_recipe(_TOLD["activity"])
    one, same, other = (
        draw_activity(lookup[a_head_map()], recipe, np.random.default_rng(seed), 4).uptake for seed in (1, 1, 2)
    )
    assert np.array_equal(one, same)
    assert not np.array_equal(one, other)
