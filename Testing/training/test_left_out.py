"""What is fitted to persons is judged on others, and intervals hold for them."""

import dataclasses

import numpy as np
import pytest

from quantseg.measure.scaled_error import read_scaled_error
from quantseg.training.left_out import fit_scaled_error, left_out_expectations, without_each


def test_every_case_of_a_person_is_left_out_together():
    masks = list(without_each(["a", "b", "a", "c"]))
    assert [mask.tolist() for mask in masks] == [
        [True, False, True, False],
        [False, True, False, False],
        [False, False, False, True],
    ]


def test_an_expectation_of_a_case_knows_nothing_of_its_person():
    terms = [{"x": float(n)} for n in range(6)]
    scores = np.array([0.0, 1.0, 2.0, 3.0, 90.0, 80.0])
    expected = left_out_expectations(terms, scores, ["a", "b", "c", "d", "odd", "odd"], ridge=0.0)
    assert expected[4:] == pytest.approx([4.0, 5.0])


def some_errors(random: np.random.Generator, count: int):
    """Errors ten times as large in some cases as in others, two cases a person."""
    sizes = np.exp(random.uniform(0, np.log(10), count))
    return 3 + sizes * random.normal(size=count), [{"size": float(np.log(s))} for s in sizes]


def test_intervals_hold_for_new_cases_and_are_as_wide_as_their_errors_are_large():
    random = np.random.default_rng(2)
    errors, terms = some_errors(random, 300)
    model = fit_scaled_error(errors, terms, [str(n // 2) for n in range(300)], np.ones(300, dtype=bool))
    new, of_new = some_errors(random, 4000)
    reaches = np.array([model.reach(one) for one in of_new])
    assert 0.92 <= np.mean(np.abs(new - model.bias) <= reaches) <= 0.98
    assert model.reach({"size": np.log(10)}) > 4 * model.reach({"size": 0.0})
    assert model.reach({"size": 99.0}) == model.reach({"size": np.log(10) * 1.01})


def test_intervals_hold_for_a_scanner_whose_errors_are_larger_than_anything_foresees():
    random = np.random.default_rng(5)
    errors = np.concatenate([random.normal(size=300), 4 + 3 * random.normal(size=40)])
    terms = [{"size": float(value)} for value in random.normal(size=340)]
    persons, all_of_them = [str(n) for n in range(340)], np.ones(340, dtype=bool)
    sources = ["own"] * 300 + ["other"] * 40
    for given, fewest, most in ((None, 0.0, 0.85), (sources, 0.95, 1.0)):
        model = fit_scaled_error(errors, terms, persons, all_of_them, sources=given)
        held = [
            abs(error - model.bias) <= model.reach(one) for error, one in zip(errors[300:], terms[300:], strict=True)
        ]
        assert fewest <= np.mean(held) <= most


def test_an_error_model_is_read_as_it_was_written():
    errors, terms = some_errors(np.random.default_rng(1), 50)
    model = fit_scaled_error(errors, terms, [str(n) for n in range(50)], np.ones(50, dtype=bool))
    assert read_scaled_error(dataclasses.asdict(model)) == model
