"""End-diastole and end-systole are found in any curve that a heart and a segmentation can make."""

import heart_phantom as made
import numpy as np
import pytest

from quantseg.errors import InputRefused, UsageError
from quantseg.tasks.heart.phases import find_outliers, find_phases


@pytest.fixture
def curve():
    return np.array([130 - 78 * made.contraction(moment) for moment in made.frame_moments()])


def test_phases_are_the_fullest_and_the_emptiest_frame(curve):
    found = find_phases(curve)
    assert (found.end_diastole, found.end_systole) == (0, made.END_SYSTOLE)
    assert found.outliers == ()
    assert not found.given


@pytest.mark.parametrize(("frame", "volume"), [(3, 190.0), (14, 10.0), (0, 20.0), (19, 30.0)])
def test_a_single_frame_that_jumps_is_left_out(curve, frame, volume):
    curve[frame] = volume
    found = find_phases(curve)
    assert found.outliers == (frame,)
    assert found.end_diastole in {0, 1, 19} - {frame}
    assert found.end_systole == made.END_SYSTOLE


@pytest.mark.parametrize("volume", [30.0, 190.0])
def test_a_frame_that_a_person_corrected_counts_however_far_it_jumps(curve, volume):
    frame = made.END_SYSTOLE if volume < curve.min() else 0
    curve[[frame, 14]] = volume, 5.0
    found = find_phases(curve, by_hand=(frame,))
    assert frame in (found.end_diastole, found.end_systole)
    assert (found.outliers, found.corrected_outliers) == ((14,), (frame,))
    assert set(find_phases(curve).outliers) == {frame, 14}


def test_two_odd_frames_are_both_left_out(curve):
    curve[[4, 15]] = 200.0, 5.0
    assert find_phases(curve).outliers == (4, 15)


@pytest.mark.parametrize("seed", range(20))
def test_shuffled_frames_are_no_outliers_and_with_their_times_they_are_in_order(curve, seed):
    order = np.random.default_rng(seed).permutation(len(curve))
    found = find_phases(curve[order])
    assert (order[found.end_diastole], order[found.end_systole]) == (0, made.END_SYSTOLE)
    curve[12] = 200.0
    times_ms = np.array(made.frame_times_ms())[order]
    assert [order[frame] for frame in find_outliers(curve[order], times_ms)] == [12]


def test_a_cine_that_stops_before_the_cycle_closes_keeps_its_first_frame(curve):
    assert find_phases(curve[:16]).end_diastole == 0


def test_noise_of_a_few_percent_makes_no_outlier(curve):
    for seed in range(20):
        noisy = curve * np.random.default_rng(seed).normal(1, 0.02, len(curve))
        assert find_outliers(noisy) == ()


def test_two_frames_need_no_curve_and_frames_can_be_named(curve):
    assert find_phases(np.array([60, 140])).end_diastole == 1
    found = find_phases(curve, end_diastole=2, end_systole=9)
    assert (found.end_diastole, found.end_systole, found.given) == (2, 9, True)


def test_the_phase_that_is_not_named_is_another_frame(curve):
    assert find_phases(curve, end_systole=0).end_diastole != 0
    assert find_phases(np.array([140, 60]), end_systole=0).end_diastole == 1
    assert find_phases(np.array([140, 60]), end_diastole=1).end_systole == 0
    only_one = find_phases(np.array([0, 60]), end_diastole=1)
    assert (only_one.end_diastole, only_one.end_systole) == (1, 1)


def test_a_frame_without_a_left_ventricle_is_no_systole():
    assert find_phases(np.array([120, 0, 60])).end_systole == 2


@pytest.mark.parametrize("shown", [0, 4, 9])
def test_the_one_frame_of_ten_that_shows_a_left_ventricle_is_both_phases(shown):
    found = find_phases(np.where(np.arange(10) == shown, 60, 0))
    assert (found.end_diastole, found.end_systole, found.outliers) == (shown, shown, ())


def test_nothing_to_find_and_frames_that_do_not_exist_are_refused(curve):
    with pytest.raises(InputRefused, match="No left ventricle"):
        find_phases(np.zeros(5))
    with pytest.raises(UsageError, match="0 to 19"):
        find_phases(curve, end_systole=20)
