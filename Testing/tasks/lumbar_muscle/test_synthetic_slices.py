"""Drawn cross-sections: their truth adds up, lies on its own sides, and is what the recipe asks for."""

from dataclasses import replace

import numpy as np
import pytest

from quantseg.tasks.lumbar_muscle.channels import LABELS, Muscle, Side, label_of
from quantseg.tasks.lumbar_muscle.training.scanning import Contrast
from quantseg.tasks.lumbar_muscle.training.synthetic_slices import draw_slice

_SIZE, _PIXEL_MM = (256, 176), 1.25


def _centre(shares, muscle, side):
    share = shares[label_of(muscle, side)]
    return [float((share.sum(axis=1 - axis) * np.arange(share.shape[axis])).sum() / share.sum()) for axis in (0, 1)]


def test_one_seed_draws_one_slice(recipe):
    first, again = (draw_slice(7, _SIZE, _PIXEL_MM, recipe) for _ in range(2))
    assert np.array_equal(first.images, again.images)
    assert np.array_equal(first.shares, again.shares)
    assert not np.array_equal(first.shares, draw_slice(8, _SIZE, _PIXEL_MM, recipe).shares)


@pytest.mark.parametrize("seed", range(6))
def test_shares_add_up_and_muscles_lie_where_they_do_in_people(recipe, seed):
    shares = draw_slice(seed, _SIZE, _PIXEL_MM, recipe).shares
    assert shares.shape == (len(LABELS), *_SIZE)
    assert np.allclose(shares.sum(axis=0), 1)
    assert 0 <= shares.min() <= shares.max() <= 1
    for muscle in Muscle:
        # Right is where the first index grows: the order is that of RAS.
        assert _centre(shares, muscle, Side.RIGHT)[0] > _centre(shares, muscle, Side.LEFT)[0]
    for side in Side:
        psoas, erector, multifidus = (
            _centre(shares, muscle, side) for muscle in (Muscle.PSOAS, Muscle.ERECTOR_SPINAE, Muscle.MULTIFIDUS)
        )
        assert psoas[1] > erector[1]
        assert (multifidus[0] < erector[0]) == (side is Side.RIGHT)


def test_water_and_fat_of_a_clean_dixon_give_the_fat_that_was_drawn(recipe):
    clean = replace(
        recipe, noise_sd=0, ghost_probability=0, swap_probability=0, leak=0, bias_field_sd=0, coil_probability=0
    )
    clean = replace(clean, finest_mm=0.6, coarsest_mm=0.62)
    found, true = [], []
    for seed in range(4):
        one = draw_slice(seed, _SIZE, _PIXEL_MM, clean, Contrast.DIXON)
        muscle = one.shares[1:].sum(axis=0) > 0.99
        water, fat = (image[muscle].astype(float).sum() for image in one.images)
        found.append(fat / (water + fat))
        true.append(one.fat[muscle].mean(dtype=float))
    # T1 makes fat brighter than its share, more so in some sequences: the order is kept, the figure is not.
    assert np.all(np.array(found) >= np.array(true) - 0.02)
    assert np.corrcoef(found, true)[0, 1] > 0.9


@pytest.mark.parametrize("contrast", list(Contrast))
def test_every_contrast_gives_finite_images_of_the_size_asked_for(recipe, contrast):
    images = draw_slice(3, (160, 128), _PIXEL_MM, recipe, contrast).images
    assert images.shape == (2 if contrast is Contrast.DIXON else 1, 160, 128)
    assert images.dtype == np.float32
    assert np.isfinite(images).all()
    assert images.std() > 0
