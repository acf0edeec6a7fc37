"""A mask carried to another grid along its axes, where that can be done, is the mask carried place by place."""

from itertools import permutations

import numpy as np
import pytest
from scene_nodes import turned

from quantseg.mrml import nearest_voxels
from quantseg.mrml.nearest_voxels import paint
from quantseg.volume import Grid, Volume

_SPACINGS_MM = (0.7, 1.0, 1.5, 2.0)
_ORDERS = list(permutations(range(3)))


def a_grid(draw, shape):
    """Any axis order and direction, any of some spacings, an origin that gives places halfway between voxels."""
    directions = np.eye(3)[:, _ORDERS[draw.integers(6)]] * draw.choice([-1, 1], 3) * draw.choice(_SPACINGS_MM, 3)
    affine = np.eye(4)
    affine[:3, :3] = turned(23, 17) @ directions
    affine[:3, 3] = turned(23, 17) @ (draw.integers(-6, 3, 3) * 0.5)
    return Grid(tuple(int(n) for n in shape), affine)


def painted(mask, grid):
    labels = np.zeros(grid.shape, np.uint8)
    paint(mask, 3, labels, grid)
    return labels


@pytest.mark.parametrize("seed", range(40))
def test_a_mask_is_the_same_along_axes_and_place_by_place(seed, monkeypatch):
    draw = np.random.default_rng(seed)
    within = a_grid(draw, (7, 9, 11))
    mask = Volume((draw.random(within.shape) > 0.6).astype(np.uint8), within.affine)
    grid = a_grid(draw, draw.integers(6, 14, 3))
    along = painted(mask, grid)
    assert nearest_voxels._axes_in_mask(grid, within) is not None
    monkeypatch.setattr(nearest_voxels, "_axes_in_mask", lambda *_: None)
    assert np.array_equal(along, painted(mask, grid))


def test_axes_that_lean_are_not_taken_for_those_of_the_mask():
    affine = np.eye(4)
    affine[:3, :3] = turned(0.01, 0)
    assert nearest_voxels._axes_in_mask(Grid((200, 200, 200), affine), Grid((9, 9, 9), np.eye(4))) is None
