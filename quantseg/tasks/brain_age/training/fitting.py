"""The age model: fitted to people without dementia, its errors told on people whom a fit had not seen."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from quantseg.errors import UsageError
from quantseg.models.configuration import REGRESSION
from quantseg.tasks.brain_age.model import BUNDLE, OLDEST, PERCENTILES, YOUNGEST
from quantseg.tasks.brain_age.training.new_bundle import write_bundle
from quantseg.training.brain_cohort import BrainCohort, read_brain_cohort
from quantseg.training.brain_regression import cross_validated, fit_ridge

_COVERED = 0.95
_AGE_STEP_YEARS = 2
_UNLIKE_PERCENTILE, _FAR_UNLIKE = 5.0, 0.15


@dataclass(frozen=True)
class UnseenErrors:
    """What fits say of people whom they had not seen.

    Attributes:
        ages_years: of people without dementia, first scans, shape (N,).
        estimates_years: of the same, shape (N,).
        folds: which fit made each estimate, shape (N,).
        rescans_years: how far the estimates of two scans of one person are apart, shape (pairs,).
    """

    ages_years: np.ndarray
    estimates_years: np.ndarray
    folds: np.ndarray
    rescans_years: np.ndarray

    @property
    def errors_years(self) -> np.ndarray:
        """Estimate less age, shape (N,)."""
        return np.asarray(self.estimates_years - self.ages_years)

    def of(self, people: np.ndarray) -> UnseenErrors:
        """Return what is said of some of them."""
        return UnseenErrors(
            self.ages_years[people], self.estimates_years[people], self.folds[people], self.rescans_years
        )


def train_age_model(
    data: Path,
    output: Path,
    inference_config: dict[str, Any],
    train_config: dict[str, Any],
    device: torch.device,
    report: Callable[[str], None] = print,
    *,
    start_from: str | None = None,
) -> None:
    """Fit the age model, and tell its errors by cross-validation over persons.

    Args:
        data: brains and ``subjects.csv``, as :func:`quantseg.training.brain_cohort.read_brain_cohort` takes them.
        output: run folder; ``validation.json`` and the bundle ``brain-age`` appear in it, and ``features.npz``, which
            holds what the people's brains look like and is no part of the bundle.
        inference_config: of the bundle; its numbers are filled in here.
        train_config: the recipe.
        device: nothing is computed on it.
        report: takes lines of progress.
        start_from: a regression has nothing to go on from.

    Raises:
        UsageError: the data are not as expected, or a start is named.
    """
    if start_from is not None:
        raise UsageError("A regression is fitted at once and goes on from nothing; leave --start-from out.")
    del device
    cohort = read_brain_cohort(data, train_config["sd_mm"], report, output / "features.npz")
    healthy = (cohort.ratings == 0) & (cohort.ages_years >= YOUNGEST) & (cohort.ages_years <= OLDEST)
    fitted_on = healthy & cohort.first_scan
    report(f"{int(fitted_on.sum())} people without dementia to fit")
    unseen = unseen_errors(cohort, fitted_on, train_config)
    scores = scores_of(unseen)
    for name, value in scores.items():
        report(f"{name}: {value}")
    fit = fit_ridge(cohort.features[fitted_on], cohort.ages_years[fitted_on], train_config["penalty"])
    scale = float(np.abs(fit.weights).max())
    likeness = float(np.percentile(cohort.likeness, _UNLIKE_PERCENTILE))
    numbers = {
        "weight_scale": scale,
        "intercept": fit.intercept,
        "sd_mm": train_config["sd_mm"],
        "half_width_years": round(half_width(unseen.errors_years), 2),
        "bias_years": [round(float(value), 4) for value in bias(unseen)],
        **_percentiles(unseen, train_config["percentile_age_sd_years"]),
        "likeness": {"look": round(likeness, 3), "fail": round(likeness - _FAR_UNLIKE, 3)},
    }
    weights = (fit.weights / scale).astype(np.float16)
    (output / "validation.json").write_text(json.dumps(scores, indent=1) + "\n", encoding="utf-8")
    write_bundle(output / BUNDLE, inference_config | {REGRESSION: numbers}, train_config, weights, scores)
    report(f"{output / BUNDLE}: the model")


def unseen_errors(cohort: BrainCohort, fitted_on: np.ndarray, recipe: dict[str, Any]) -> UnseenErrors:
    """Return the estimates of everybody by fits that had not seen the person."""
    folds = cohort.folds(recipe["folds"], recipe["seed"])
    estimates = cross_validated(cohort.features, cohort.ages_years, folds, fitted_on, recipe["penalty"])
    apart = np.array([estimates[second] - estimates[first] for first, second in cohort.rescans()])
    return UnseenErrors(cohort.ages_years[fitted_on], estimates[fitted_on], folds[fitted_on], np.abs(apart))


def half_width(errors_years: np.ndarray) -> float:
    """Return half the width of an interval that holds 95 % of people, by split conformal prediction."""
    share = min(1.0, _COVERED * (1 + 1 / len(errors_years)))
    return float(np.quantile(np.abs(errors_years), share, method="higher"))


def bias(unseen: UnseenErrors) -> tuple[float, float]:
    """Return the error at age 0 and its change a year of age, a line through the errors."""
    a_year, at_birth = np.polyfit(unseen.ages_years, unseen.errors_years, 1)
    return float(at_birth), float(a_year)


def scores_of(unseen: UnseenErrors) -> dict[str, float]:
    """Return how good estimates of unseen people are; interval and bias are judged on other people than they came from.

    Returns:
        people, mean absolute error, correlation, change of the error a year of age, share held by the interval; error
        and change of the error less the bias; median and largest difference of two scans of one person.
    """
    held, even = np.empty(len(unseen.ages_years), bool), np.empty(len(unseen.ages_years))
    for fold in np.unique(unseen.folds):
        left_out = unseen.folds == fold
        others = unseen.of(~left_out)
        held[left_out] = np.abs(unseen.errors_years[left_out]) <= half_width(others.errors_years)
        at_birth, a_year = bias(others)
        even[left_out] = unseen.errors_years[left_out] - at_birth - a_year * unseen.ages_years[left_out]
    errors = unseen.errors_years
    scores = {
        "people": len(errors),
        "mean_absolute_error_years": np.abs(errors).mean(),
        "correlation": np.corrcoef(unseen.estimates_years, unseen.ages_years)[0, 1],
        "error_change_a_year": np.polyfit(unseen.ages_years, errors, 1)[0],
        "interval_holds_percent": 100 * held.mean(),
        "half_width_years": half_width(errors),
        "less_bias_mean_absolute_error_years": np.abs(even).mean(),
        "less_bias_error_change_a_year": np.polyfit(unseen.ages_years, even, 1)[0],
    }
    if len(unseen.rescans_years):
        scores["rescan_difference_mean_years"] = unseen.rescans_years.mean()
        scores["rescan_difference_largest_years"] = unseen.rescans_years.max()
    return {name: round(float(value), 3) for name, value in scores.items()}


def _percentiles(unseen: UnseenErrors, sd_years: float) -> dict[str, Any]:
    """Return percentiles of estimates at ages, those of near ages counting by a Gaussian about a line through all."""
    slope, start = np.polyfit(unseen.ages_years, unseen.estimates_years, 1)
    apart = unseen.estimates_years - slope * unseen.ages_years - start
    order = np.argsort(apart)
    ages = np.arange(YOUNGEST, OLDEST + 1, _AGE_STEP_YEARS)
    rows = []
    for age in ages:
        weights = np.exp(-0.5 * ((unseen.ages_years[order] - age) / sd_years) ** 2)
        reached = 100 * (np.cumsum(weights) - weights / 2) / weights.sum()
        rows.append(start + slope * age + np.interp(PERCENTILES, reached, apart[order]))
    return {"ages": ages.tolist(), "percentiles": np.round(rows, 1).tolist()}
