"""When two grids are one, wherever they differ."""

import nibabel
import numpy as np
import pytest

from quantseg.volume import Grid
from quantseg.volume.geometry import SAME_PLACE_MM

SHAPE = (240, 256, 192)
AFFINE = np.array([[0.9, 0.01, 0, -110], [-0.01, 0.9, 0.02, -120.7], [0, -0.02, 1.1, -80.3], [0, 0, 0, 1.0]])
GRID = Grid(SHAPE, AFFINE)


def _changed(row: int, column: int, by: float) -> np.ndarray:
    affine = AFFINE.copy()
    affine[row, column] += by
    return affine


@pytest.mark.parametrize(
    ("row", "column"), [(row, column) for row in range(3) for column in range(3)], ids=lambda axis: f"{axis}"
)
def test_grids_that_part_towards_a_far_corner_are_two(row, column):
    # Each entry of the affine differs by less than a thousandth, the last voxels by 0.17 to 0.24 mm.
    assert not GRID.same_as(Grid(SHAPE, _changed(row, column, 9e-4)))


@pytest.mark.parametrize("axis", range(3))
@pytest.mark.parametrize(("share", "same"), [(0.9, True), (1.1, False)])
def test_a_moved_grid_is_the_same_up_to_the_tolerance(axis, share, same):
    assert GRID.same_as(Grid(SHAPE, _changed(axis, 3, share * SAME_PLACE_MM))) is same


def test_a_grid_is_the_same_after_single_precision_and_a_quaternion():
    straight = np.diag([0.9, 0.9, 1.1, 1.0])
    straight[:3, 3] = AFFINE[:3, 3]
    header = nibabel.Nifti1Header()
    header.set_data_shape(SHAPE)
    for affine in (straight, AFFINE):
        assert GRID.same_as(Grid(SHAPE, AFFINE.astype(np.float32)))
        header.set_qform(affine, strip_shears=True)
        again = header.get_qform()
        header.set_qform(again)
        assert Grid(SHAPE, again).same_as(Grid(SHAPE, header.get_qform()))


def test_another_shape_is_another_grid():
    assert not GRID.same_as(Grid((240, 256, 191), AFFINE))
