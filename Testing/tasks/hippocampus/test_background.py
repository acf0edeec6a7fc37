"""A background that is brighter than the head is found, whatever its scale, and a dark one is left alone."""

import numpy as np
import pytest
from stand_ins import FLUID, PaintedHeadEnsemble, a_painted_head

from quantseg.measure.values import Verdict
from quantseg.tasks.hippocampus.background import with_dark_background
from quantseg.tasks.hippocampus.localise import localise
from quantseg.volume import Volume

_HEAD = a_painted_head()
_OUTSIDE = _HEAD.array == 0
_NOISE = np.random.default_rng(0).normal(0, 1, _OUTSIDE.shape)
_BRIGHT = {
    "one value": np.where(_OUTSIDE, 1000, _HEAD.array),
    "whole numbers": np.where(_OUTSIDE, 1000, _HEAD.array).astype(np.int16),
    "noisy": np.where(_OUTSIDE, 1000 + 40 * _NOISE, _HEAD.array),
    "scaled down": np.where(_OUTSIDE, 1000, _HEAD.array) * 1e-5,
    "scaled up and moved": np.where(_OUTSIDE, 1000, _HEAD.array) * 1e4 - 1e6,
    "on five faces, the head cut by one": np.where(_OUTSIDE, 1000, _HEAD.array)[:, :, 30:],
}
_DARK = {
    "air": _HEAD.array,
    "noisy air": np.abs(_HEAD.array + 10 * _NOISE),
    "negative": np.where(_OUTSIDE, -1024, _HEAD.array),
    "one value everywhere": np.full_like(_HEAD.array, 7),
    "tissue up to the edge": (_HEAD.array + 20 * _NOISE)[40:-40, 45:-45, 35:-35],
    "two halves": np.where(np.indices(_OUTSIDE.shape)[0] < 50, 900, 100 + _NOISE),
}


@pytest.mark.parametrize("kind", _BRIGHT)
def test_a_bright_background_is_darkened_and_said(kind):
    darkened, (check,) = with_dark_background(Volume(_BRIGHT[kind], _HEAD.affine))
    assert check.verdict is Verdict.LOOK
    assert "background brighter than what it surrounds" in check.reason
    outside = _OUTSIDE[:, :, 30:] if _BRIGHT[kind].shape != _OUTSIDE.shape else _OUTSIDE
    assert darkened.array.dtype == _BRIGHT[kind].dtype
    # A noisy voxel in ten thousand lies outside the tolerance.
    assert np.mean(darkened.array[outside] > np.median(darkened.array[~outside])) < 3e-4
    assert np.array_equal(darkened.array[~outside], _BRIGHT[kind][~outside])


@pytest.mark.parametrize("kind", _DARK)
def test_a_dark_or_uneven_background_is_left_alone(kind):
    volume = Volume(_DARK[kind], np.eye(4))
    same, checks = with_dark_background(volume)
    assert same is volume
    assert checks == ()


def test_a_bright_structure_inside_is_no_background():
    image = np.where(_OUTSIDE, 1000, _HEAD.array)
    image[50:56, 60:66, 50:56] = 1000
    darkened, _ = with_dark_background(_HEAD.with_array(image))
    assert (darkened.array[50:56, 60:66, 50:56] == 1000).all()


def test_the_intracranial_volume_is_that_of_the_same_head_in_air():
    bright, _ = with_dark_background(_HEAD.with_array(np.where(_OUTSIDE, 5 * FLUID, _HEAD.array)))
    volumes = [localise(head, PaintedHeadEnsemble(), PaintedHeadEnsemble()) for head in (_HEAD, bright)]
    assert volumes[1].intracranial_volume_mm3 == pytest.approx(volumes[0].intracranial_volume_mm3, rel=0.06)
