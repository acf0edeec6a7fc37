"""A logistic regression finds the odds that made its cases, and stays finite where they are told apart without fail."""

import numpy as np
import pytest

from quantseg.measure.logistic import probability
from quantseg.training.logistic import fit_logistic


def test_the_fit_finds_the_probabilities_that_made_the_cases():
    random = np.random.default_rng(1)
    features = random.normal(0, 2, (4000, 2))
    happened = random.random(len(features)) < probability(0.5 + features @ [1.0, -0.5])

    fit = fit_logistic(features, happened, 1.0)

    assert fit.log_odds(np.zeros(2)) == pytest.approx(0.5, abs=0.15)
    assert fit.weights / fit.sds == pytest.approx([1.0, -0.5], abs=0.12)


def test_cases_told_apart_without_fail_leave_the_fit_finite():
    values = np.arange(-10.0, 10.0)[:, None]
    fit = fit_logistic(values, values[:, 0] >= 0, 1.0)
    assert probability(fit.log_odds(np.array([9.0]))) > 0.9 > 0.1 > probability(fit.log_odds(np.array([-9.0])))


def test_people_of_one_kind_are_no_basis_for_a_fit():
    with pytest.raises(ValueError, match="one kind"):
        fit_logistic(np.zeros((3, 1)), np.ones(3, bool), 1.0)
