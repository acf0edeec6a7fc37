"""Shading of a surface coil divided out before a network sees a stack."""

import numpy as np
import pytest
from made_hearts import heart_image, heart_labels

from quantseg.tasks.heart.shading import flattened, slices_as_seen
from quantseg.tasks.heart.stack_input import as_slices

_SHAPE = (90, 72, 4)


def _labels():
    return heart_labels(_SHAPE, centre=(45.0, 30.0))


def _image():
    """A heart in a body with lungs and air around it."""
    image = heart_image(_labels(), np.random.default_rng(0)).astype(np.float32)
    image[:6], image[-6:] = 0, 0
    image[12:25, 10:40] *= 0.15
    return image


def _coil(direction_deg, factor, curvature=0.0):
    i, j = (np.arange(n) / max(_SHAPE) - n / max(_SHAPE) / 2 for n in _SHAPE[:2])
    along = i[:, None] * np.cos(np.radians(direction_deg)) + j * np.sin(np.radians(direction_deg))
    return np.exp(np.log(factor) * along + curvature * along**2)[..., None]


@pytest.mark.parametrize("direction_deg", [0, 35, 90, 200, 310])
@pytest.mark.parametrize(("factor", "curvature"), [(3.0, 0.0), (10.0, 0.0), (10.0, -1.5), (10.0, 1.5)])
def test_a_coil_on_one_side_leaves_no_shading(direction_deg, factor, curvature):
    shaded = flattened(as_slices(_image() * _coil(direction_deg, factor, curvature)))
    plain, body = flattened(as_slices(_image())), as_slices(_image()) > 20
    ratio = np.log(shaded[body] / plain[body])
    assert ratio.std() < 0.02


@pytest.mark.parametrize("label", [1, 2, 3])
def test_tissues_keep_their_contrast(label):
    """What is divided out is smoother than anatomy: brightness of a structure against the blood's stays."""
    plain, labels = as_slices(_image()), np.moveaxis(_labels(), 2, 0)
    flat = flattened(plain)
    before, after = (np.median(one[labels == label]) / np.median(one[labels == 3]) for one in (plain, flat))
    assert after == pytest.approx(before, rel=0.1)


@pytest.mark.parametrize("turn", [1, 2, 3])
def test_a_turned_stack_is_flattened_as_it_would_be_upright(turn):
    slices = as_slices(_image() * _coil(35, 10.0))
    turned = flattened(np.ascontiguousarray(np.rot90(slices, turn, axes=(1, 2))))
    assert np.rot90(turned, -turn, axes=(1, 2)) == pytest.approx(flattened(slices), rel=1e-4, abs=1e-2)


@pytest.mark.parametrize("image", [np.zeros((20, 20, 2)), np.pad(np.ones((1, 1, 1)), 9), np.ones((3, 30, 1))])
def test_images_of_hardly_anything_stay_finite(image):
    assert np.isfinite(flattened(as_slices(image))).all()


def test_only_models_that_were_trained_so_see_flattened_slices():
    image = _image() * _coil(0, 10.0)
    assert np.array_equal(slices_as_seen(image, {}), as_slices(image))
    assert np.array_equal(slices_as_seen(image, {"flatten_shading": True}), flattened(as_slices(image)))
