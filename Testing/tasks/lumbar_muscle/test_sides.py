"""Left and right are told from where the pairs of muscles lie."""

import numpy as np
import pytest

from quantseg.tasks.lumbar_muscle.channels import LABELS, without_sides
from quantseg.tasks.lumbar_muscle.sides import with_sides
from quantseg.tasks.lumbar_muscle.training.synthetic_slices import draw_slice


@pytest.mark.parametrize("seed", range(12))
def test_sides_of_drawn_people_bent_and_beside_the_middle_are_told_pixel_by_pixel(recipe, seed):
    shares = draw_slice(100 + seed, (256, 176), 1.25, recipe).shares
    muscles = without_sides(shares).argmax(axis=0)
    found = with_sides(muscles, (1.25, 1.25))
    true = shares.argmax(axis=0)
    both = (muscles > 0) & (true > 0)
    assert (found[both] != true[both]).mean() < 0.002
    assert np.array_equal(found > 0, muscles > 0)


def test_mirrored_muscles_get_the_other_sides(recipe):
    muscles = without_sides(draw_slice(3, (256, 176), 1.25, recipe).shares).argmax(axis=0)
    exchanged = np.array([0, *(LABELS.index(_other(name)) for name in LABELS[1:])])
    assert np.array_equal(with_sides(muscles[::-1], (1.25, 1.25))[::-1], exchanged[with_sides(muscles, (1.25, 1.25))])


def _other(name):
    return name.replace("left", "?").replace("right", "left").replace("?", "right")


def test_nothing_has_no_side():
    assert not with_sides(np.zeros((20, 20), int), (1.0, 1.0)).any()
