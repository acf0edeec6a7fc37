import numpy as np
import pytest

from quantseg.inference.uncertainty import mean_probabilities, pairwise_dice, promised_dice, voxel_entropy


def _voxels(*class_probabilities):
    """Probabilities of shape (C, V, 1, 1) from one tuple a voxel."""
    return np.array(class_probabilities, np.float32).T[:, :, None, None]


def _labels(*members):
    """Label maps of shape (M, V, 1, 1) from one tuple a member."""
    return np.array(members, np.uint8)[:, :, None, None]


def test_mean_is_taken_over_members_in_float32():
    probabilities = np.stack([_voxels((0.2, 0.8)), _voxels((0.6, 0.4))])

    mean = mean_probabilities(probabilities)

    assert mean.shape == (2, 1, 1, 1)
    assert mean.dtype == np.float32
    assert mean.ravel() == pytest.approx([0.4, 0.6])


def test_entropy_is_zero_when_certain_and_one_when_nothing_is_known():
    entropy = voxel_entropy(_voxels((1, 0, 0), (1 / 3, 1 / 3, 1 / 3), (0.5, 0.5, 0)))

    # ln 2 / ln 3 = 0.6309
    assert entropy.ravel() == pytest.approx([0, 1, 0.6309], abs=1e-4)
    assert entropy.dtype == np.float32
    assert entropy.max() <= 1


def test_pairwise_dice_is_the_mean_over_pairs():
    members = _labels((1, 1, 0, 0), (1, 2, 0, 0), (0, 0, 1, 0))

    # label 1: sizes 2, 1, 1; pairs 2*1/3, 0, 0
    assert pairwise_dice(members, (1,)) == pytest.approx(2 / 9)
    # labels 1 and 2 together: sizes 2, 2, 1; pairs 1, 0, 0
    assert pairwise_dice(members, (1, 2)) == pytest.approx(1 / 3)


def test_members_that_all_found_nothing_agree():
    assert pairwise_dice(_labels((0, 0), (0, 0)), (1,)) == 1.0


def test_member_that_alone_found_something_disagrees():
    assert pairwise_dice(_labels((1, 0), (0, 0)), (1,)) == 0.0


def test_agreement_needs_two_members():
    with pytest.raises(ValueError, match="at least two"):
        pairwise_dice(_labels((1, 0)), (1,))


def test_probabilities_that_are_right_promise_the_dice_that_is_reached_on_average():
    random = np.random.default_rng(0)
    foreground = random.uniform(0, 1, 4000)
    mask = foreground > 0.5
    truths = random.uniform(0, 1, (200, 4000)) < foreground
    reached = [2 * (mask & truth).sum() / (mask.sum() + truth.sum()) for truth in truths]
    assert promised_dice(foreground, mask) == pytest.approx(np.mean(reached), abs=0.003)


def test_nothing_labelled_promises_nothing():
    assert promised_dice(np.full(5, 0.3), np.zeros(5, dtype=bool)) == 0.0
