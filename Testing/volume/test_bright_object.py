"""The box around what is brighter than air."""

import numpy as np

from quantseg.volume.bright_object import box_of_object


def an_image() -> np.ndarray:
    """Two things, one of an eighth of the other's size, and a speck, in noisy air."""
    image = np.random.default_rng(0).normal(0, 1, (40, 50, 60)).astype(np.float32)
    image[10:26, 10:26, 10:26] += 100
    image[10:18, 10:18, 40:48] += 100
    image[38, 48, 58] += 100
    return image


def test_the_box_is_around_the_largest_thing_with_a_margin():
    assert box_of_object(an_image(), 3) == (slice(7, 29), slice(7, 29), slice(7, 29))


def test_things_of_some_size_count_and_specks_do_not():
    assert box_of_object(an_image(), 3, least_share=0.1) == (slice(7, 29), slice(7, 29), slice(7, 51))


def test_the_margin_ends_with_the_image_and_an_even_image_is_its_own_box():
    assert box_of_object(an_image(), 30) == (slice(0, 40), slice(0, 50), slice(0, 56))
    assert box_of_object(np.zeros((4, 5, 6), np.float32), 1) == (slice(None), slice(None), slice(None))
