"""Frames of one cine look alike outside the heart, whatever the heart does."""

import numpy as np
import pytest
from heart_phantom import phantom_affine, phantom_image, phantom_labels
from scipy.ndimage import gaussian_filter
from stacked_labels import short_axis_stack

from quantseg.tasks.heart.expectation import heart_evidence
from quantseg.tasks.heart.phase_correlation import phase_correlation
from quantseg.tasks.heart.phases import Phases
from quantseg.tasks.heart.segmenting import CycleSegmentation

_PIXEL_MM = (1.5, 1.2)


def a_thorax(seed, shape=(160, 180, 5)):
    """Smooth structures, a few centimetres large."""
    return 100 * gaussian_filter(np.random.default_rng(seed).normal(size=shape), (12, 12, 1)) * 40 + 200


@pytest.fixture
def heart():
    mask = np.zeros((160, 180, 5), bool)
    mask[50:100, 60:110] = True
    return mask


def test_a_beating_heart_changes_nothing_outside(heart):
    first = a_thorax(1)
    second = np.where(heart, a_thorax(2), first)
    assert phase_correlation(first, second, heart, _PIXEL_MM) == pytest.approx(1.0)


def test_noise_and_another_brightness_hardly_matter(heart):
    first, draw = a_thorax(1), np.random.default_rng(3)
    second = 1.3 * first + draw.normal(0, first.std(), first.shape)
    assert phase_correlation(first, second, heart, _PIXEL_MM) > 0.9


def test_another_thorax_is_noticed_also_where_the_size_of_a_pixel_is_unknown(heart):
    # A stack of unknown spacing says (1, 1).
    for pixel_mm in (_PIXEL_MM, (1.0, 1.0)):
        assert phase_correlation(a_thorax(1), a_thorax(2), heart, pixel_mm) < 0.6


def test_too_little_outside_says_nothing(heart):
    assert phase_correlation(a_thorax(1), a_thorax(2), ~np.zeros_like(heart), _PIXEL_MM) is None
    crop = (slice(45, 105), slice(55, 115))
    assert phase_correlation(a_thorax(1)[crop], a_thorax(2)[crop], heart[crop], _PIXEL_MM) is None


def test_one_frame_is_not_compared_with_itself():
    labels = phantom_labels()[:1]
    one = np.ones(1)
    found = CycleSegmentation(labels, np.ones((2, 1, 4), int), one, np.ones((1, 3)), 0 * one, 0 * one, heart_found=True)
    stack = short_axis_stack(labels, phantom_affine())

    evidence = heart_evidence(found, stack, Phases(0, 0), phantom_image()[:1])

    assert evidence.phase_correlation is None
