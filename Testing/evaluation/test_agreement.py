"""Bland-Altman figures and bootstrap intervals."""

import numpy as np
import pytest

from quantseg.evaluation.agreement import bland_altman, interval_score
from quantseg.evaluation.bootstrap import mean_interval


def test_bland_altman_of_known_differences():
    reference = np.array([1000.0, 2000.0, 3000.0, 4000.0])
    found = bland_altman(reference + np.array([10.0, -10.0, 30.0, 10.0]), reference)
    assert (found.count, found.bias) == (4, 10)
    assert found.sd == pytest.approx(np.sqrt(800 / 3))
    assert found.upper_limit - found.lower_limit == pytest.approx(2 * 1.96 * found.sd)


def test_bland_altman_of_one_case_has_no_spread():
    assert np.isnan(bland_altman(np.array([3.0]), np.array([2.0])).sd)


def test_bland_altman_refuses_unequal_numbers_of_values():
    with pytest.raises(ValueError, match="as many"):
        bland_altman(np.zeros(3), np.zeros(2))


def test_interval_covers_the_true_mean_about_as_often_as_it_says():
    draw = np.random.default_rng(1)
    patients = [str(i) for i in range(40)]
    covered = 0
    for trial in range(100):
        interval = mean_interval(draw.normal(5, 1, 40), patients, resamples=400, seed=trial)
        covered += interval.low <= 5 <= interval.high
    assert 86 <= covered <= 100


def test_cases_of_one_patient_are_drawn_together():
    """Ten copies of a patient's case carry no more information than one."""
    values = np.random.default_rng(2).normal(0, 1, 12)
    single = mean_interval(values, [str(i) for i in range(12)], seed=3)
    repeated = mean_interval(np.repeat(values, 10), [str(i) for i in range(12) for _ in range(10)], seed=3)
    as_if_independent = mean_interval(np.repeat(values, 10), [str(i) for i in range(120)], seed=3)
    assert repeated.high - repeated.low == pytest.approx(single.high - single.low, rel=1e-9)
    assert as_if_independent.high - as_if_independent.low < 0.5 * (single.high - single.low)


def test_equal_seeds_give_equal_intervals():
    values, patients = np.arange(9.0), [str(i) for i in range(9)]
    assert mean_interval(values, patients, seed=4) == mean_interval(values, patients, seed=4)


def test_missing_values_do_not_enter_an_interval():
    values, patients = np.array([1.0, 2.0, 3.0, np.nan]), ["a", "b", "c", "d"]
    assert mean_interval(values, patients) == mean_interval(values[:3], patients[:3])


def test_one_patient_has_no_interval():
    assert mean_interval(np.array([1.0, 2.0]), ["a", "a"]) is None


def test_an_interval_is_scored_by_its_width_and_fined_for_what_it_misses():
    low, high, reference = np.array([90.0, 90.0, 90.0]), np.array([110.0, 110.0, 110.0]), np.array([100.0, 85.0, 112.0])
    assert interval_score(low, high, reference) == pytest.approx([20, 20 + 40 * 5, 20 + 40 * 2])
