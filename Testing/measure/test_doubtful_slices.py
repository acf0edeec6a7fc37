import numpy as np
import pytest
from scene_nodes import DIRECTIONS

from quantseg.measure.doubt import (
    DoubtfulSlice,
    DoubtfulVoxels,
    Effect,
    disagreement,
    doubtful_slices,
    most_doubtful_first,
    segment_disagreement,
)
from quantseg.volume import Grid


def members(*maps):
    return np.stack([np.array(one, np.uint8).reshape(1, -1, 1) for one in maps])


def test_disagreement_is_the_share_of_members_outside_the_majority():
    votes = members([0, 1, 1, 2], [0, 1, 2, 1], [0, 1, 1, 0], [0, 1, 1, 0])
    assert np.allclose(disagreement(votes).ravel(), [0, 0, 0.25, 0.5])


def test_slices_are_ordered_by_disagreement_and_lie_where_it_is():
    field = np.zeros((4, 5, 6), np.float32)
    field[1, 2, 3] = 0.4
    field[2, 4, 1], field[2, 4, 3] = 0.6, 0.2
    affine = np.diag([-2.0, 1.0, 1.5, 1.0])
    affine[:3, 3] = (10, 20, 30)
    worst, second = most_doubtful_first(doubtful_slices("left", field, Grid(field.shape, affine), axis=1))
    assert np.allclose(worst.centre_ras_mm, (10 - 2 * 2, 20 + 4, 30 + 1.5 * 1.5))
    assert np.isclose(worst.disagreement_mm3, 0.8 * 3)
    assert np.allclose(second.centre_ras_mm, (8, 22, 34.5))


def test_members_that_agree_leave_no_slice():
    votes = members([0, 1, 2], [0, 1, 2])
    assert doubtful_slices("whole", disagreement(votes), Grid((1, 3, 1), np.eye(4)), axis=1) == []


def test_a_label_is_in_doubt_as_far_as_the_smaller_party_goes():
    votes = members([0, 1, 1, 2], [0, 1, 2, 1], [0, 1, 1, 0], [0, 1, 1, 0])
    assert np.allclose(segment_disagreement(votes, 1).ravel(), [0, 0, 0.25, 0.25])
    assert np.allclose(segment_disagreement(votes, 2).ravel(), [0, 0, 0.25, 0.25])


def test_the_segment_that_can_change_most_is_named_with_its_volume():
    votes = np.zeros((2, 6, 2, 1), np.uint8)
    votes[0, :4, 0], votes[1, :4, 0] = 1, 2
    votes[0, 4:, 0] = 2
    votes[0, :2, 1] = 1
    grid = Grid(votes.shape[1:], np.diag([1.0, 2.0, 3.0, 1.0]))
    by_segment = {"front": segment_disagreement(votes, 1), "back": segment_disagreement(votes, 2)}
    first, second = most_doubtful_first(doubtful_slices("left", disagreement(votes), grid, 1, by_segment))
    assert (first.segment, second.segment) == ("back", "front")
    assert first.effect == Effect("volume", "back", pytest.approx(6 * 0.5 * 6), "mm3")
    assert second.effect == Effect("volume", "front", pytest.approx(2 * 0.5 * 6), "mm3")


def test_what_can_change_more_goes_before_what_is_disagreed_about_more():
    def one(mm3, change):
        return DoubtfulSlice("left", (0, 0, 0), mm3, segment="a", effect=Effect("volume", "a", change, "mm3"))

    assert most_doubtful_first([one(9, 1), one(3, 2)]) == (one(3, 2), one(9, 1))


@pytest.mark.parametrize("direction", DIRECTIONS)
def test_doubtful_voxels_come_back_where_they_were(direction):
    affine = np.eye(4)
    affine[:3, :3] = DIRECTIONS[direction] @ np.diag([0.7, 0.9, 1.5])
    affine[:3, 3] = (-20.0, 13.0, 7.0)
    mask = np.zeros((9, 8, 7), bool)
    mask[2:5, 3, 1:6] = mask[6, 3, 6] = mask[2, 3, 0] = True
    grid = Grid(mask.shape, affine)
    volume = DoubtfulVoxels.of(mask, grid).volume()
    found = volume.grid.to_world(np.argwhere(volume.array))
    assert np.allclose(found, grid.to_world(np.argwhere(mask)))


def test_each_slice_shows_its_own_voxels():
    field = np.zeros((4, 5, 6), np.float32)
    field[1, 2, 3], field[2, 4, 1] = 0.4, 0.6
    worst, second = most_doubtful_first(doubtful_slices("left", field, Grid(field.shape, np.eye(4)), axis=1))
    for one, place in ((worst, (2, 4, 1)), (second, (1, 2, 3))):
        voxels = one.voxels.volume()
        assert np.array_equal(voxels.grid.to_world(np.argwhere(voxels.array)), [place])
