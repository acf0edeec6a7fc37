import numpy as np

from quantseg.measure.doubt import disagreement, doubtful_slices, most_doubtful_first
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
