"""The age model: fitted to people without dementia, its errors told on people whom a fit had not seen."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from quantseg.errors import UsageError
from quantseg.evaluation.agreement import interval_score
from quantseg.models.configuration import REGRESSION
from quantseg.tasks.brain_age.model import (
    BUNDLE,
    NETWORK_BUNDLE,
    NETWORKS,
    OLDEST,
    PERCENTILES,
    YOUNGEST,
    ScaledInterval,
)
from quantseg.tasks.brain_age.training.new_bundle import write_bundle, write_network_bundle
from quantseg.training.brain_cohort import BrainCohort, read_brain_cohort
from quantseg.training.brain_regression import cross_validated, fit_ridge
from quantseg.training.volume_network import Brains, laplace_loss, network_folder, said_of_unseen

_COVERED = 0.95
_BELIEVED_PERCENTILES = (5.0, 95.0)
_AGE_STEP_YEARS = 2
_UNLIKE_PERCENTILE, _FAR_UNLIKE = 5.0, 0.15


@dataclass(frozen=True)
class UnseenErrors:
    """What fits say of people whom they had not seen.

    Attributes:
        ages_years: of people without dementia, first scans, shape (N,).
        estimates_years: of the same, shape (N,).
        scales_years: of the errors as networks foresee them, shape (N,).
        folds: which fit made each estimate, shape (N,).
        rescans_years: how far the estimates of two scans of one person are apart, shape (pairs,).
    """

    ages_years: np.ndarray
    estimates_years: np.ndarray
    scales_years: np.ndarray
    folds: np.ndarray
    rescans_years: np.ndarray

    @property
    def errors_years(self) -> np.ndarray:
        """Estimate less age, shape (N,)."""
        return np.asarray(self.estimates_years - self.ages_years)

    def of(self, people: np.ndarray) -> UnseenErrors:
        """Return what is said of some of them."""
        return UnseenErrors(
            self.ages_years[people],
            self.estimates_years[people],
            self.scales_years[people],
            self.folds[people],
            self.rescans_years,
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
        output: run folder; ``validation.json``, a folder for each network and the bundle ``brain-age`` appear in it,
            and ``features.npz``, which holds what the people's brains look like and is no part of the bundle.
        inference_config: of the bundle; its numbers are filled in here.
        train_config: the recipe.
        device: where networks are trained.
        report: takes lines of progress.
        start_from: neither a regression nor so small networks have anything to go on from.

    Raises:
        UsageError: the data are not as expected, or a start is named.
    """
    if start_from is not None:
        raise UsageError("The age model is fitted anew and goes on from nothing; leave --start-from out.")
    cohort = read_brain_cohort(data, train_config["sd_mm"], report, output / "features.npz")
    healthy = (cohort.ratings == 0) & (cohort.ages_years >= YOUNGEST) & (cohort.ages_years <= OLDEST)
    fitted_on = healthy & cohort.first_scan
    report(f"{int(fitted_on.sum())} people without dementia to fit")
    folds = cohort.folds(train_config["folds"], train_config["seed"])
    networks = train_config["networks"]
    # Each fold of the networks is made of folds of the regression: neither has seen whom it estimates.
    said = _ages_said(cohort, folds % networks["folds"], healthy, train_config, output, device, report)
    by_line = cross_validated(cohort.features, cohort.ages_years, folds, fitted_on, train_config["penalty"])
    estimates = by_line + networks["share"] * (said[:, 0] - by_line)
    unseen = unseen_errors(cohort, fitted_on, folds, estimates, said[:, 1])
    scores = scores_of(unseen) | {
        f"{name}_mean_absolute_error_years": round(float(np.abs(alone - cohort.ages_years)[fitted_on].mean()), 3)
        for name, alone in (("regression", by_line), ("networks", said[:, 0]))
    }
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
        NETWORKS: {
            "bundle": NETWORK_BUNDLE,
            **{key: networks[key] for key in ("share", "middle_years", "unit_years")},
            "interval": asdict(scaled_interval(unseen)),
            "usually_apart_years": round(float(np.percentile(np.abs(said[:, 0] - by_line)[fitted_on], 95)), 1),
        },
    }
    weights = (fit.weights / scale).astype(np.float16)
    (output / "validation.json").write_text(json.dumps(scores, indent=1) + "\n", encoding="utf-8")
    write_bundle(output / BUNDLE, inference_config | {REGRESSION: numbers}, train_config, weights, scores)
    trained = [network_folder(output, fold) for fold in range(networks["folds"])]
    write_network_bundle(output / NETWORK_BUNDLE, trained, train_config, scores)
    report(f"{output / BUNDLE} and {output / NETWORK_BUNDLE}: the model")


def _ages_said(
    cohort: BrainCohort,
    folds: np.ndarray,
    may_see: np.ndarray,
    recipe: dict[str, Any],
    output: Path,
    device: torch.device,
    report: Callable[[str], None],
) -> np.ndarray:
    """Return age and scale of its error of everybody by networks that had not seen the person, years, shape (N, 2)."""
    asked = recipe["networks"]
    middle, unit = asked["middle_years"], asked["unit_years"]

    def score(said: np.ndarray, judged: np.ndarray) -> dict[str, float]:
        apart = middle + unit * said[:, 0] - cohort.ages_years[judged]
        return {"mean_absolute_error_years": round(float(np.abs(apart).mean()), 2)}

    brains = Brains(cohort.volumes, ((cohort.ages_years - middle) / unit).astype(np.float32))
    said = said_of_unseen(
        brains,
        folds,
        may_see,
        asked["network_def"],
        asked,
        laplace_loss,
        score,
        output,
        recipe["seed"],
        device,
        report,
    )
    return np.column_stack([middle + unit * said[:, 0], unit * np.exp(said[:, 1])])


def unseen_errors(
    cohort: BrainCohort, fitted_on: np.ndarray, folds: np.ndarray, estimates: np.ndarray, scales: np.ndarray
) -> UnseenErrors:
    """Return what is told of estimates by fits that had not seen the person.

    Args:
        cohort: everybody.
        fitted_on: who is judged, bool, shape (N,).
        folds: which fit made each estimate, shape (N,).
        estimates: of everybody in years, shape (N,).
        scales: of their errors as networks foresee them, in years, shape (N,).
    """
    apart = np.array([estimates[second] - estimates[first] for first, second in cohort.rescans()])
    return UnseenErrors(
        cohort.ages_years[fitted_on], estimates[fitted_on], scales[fitted_on], folds[fitted_on], np.abs(apart)
    )


def half_width(errors_years: np.ndarray) -> float:
    """Return half the width of an interval that holds 95 % of people, by split conformal prediction."""
    share = min(1.0, _COVERED * (1 + 1 / len(errors_years)))
    return float(np.quantile(np.abs(errors_years), share, method="higher"))


def scaled_interval(unseen: UnseenErrors) -> ScaledInterval:
    """Return the interval that holds 95 % of people by conformal prediction on errors in units of their scale.

    Lei and others, Journal of the American Statistical Association 2018, section 5.2.
    """
    least, largest = (float(end) for end in np.percentile(unseen.scales_years, _BELIEVED_PERCENTILES))
    in_scales = unseen.errors_years / np.clip(unseen.scales_years, least, largest)
    return ScaledInterval(round(half_width(in_scales), 3), round(least, 2), round(largest, 2))


def bias(unseen: UnseenErrors) -> tuple[float, float]:
    """Return the error at age 0 and its change a year of age, a line through the errors."""
    a_year, at_birth = np.polyfit(unseen.ages_years, unseen.errors_years, 1)
    return float(at_birth), float(a_year)


def scores_of(unseen: UnseenErrors) -> dict[str, float]:
    """Return how good estimates of unseen people are; interval and bias are judged on other people than they came from.

    Returns:
        people, mean absolute error, correlation, change of the error a year of age; of the intervals and of one width
        for all, the share of people held and the interval score (Winkler; the smaller, the better); error and change of
        the error less the bias; mean and largest difference of two scans of one person.
    """
    reach, constant, even = (np.empty(len(unseen.ages_years)) for _ in range(3))
    for fold in np.unique(unseen.folds):
        left_out = unseen.folds == fold
        others = unseen.of(~left_out)
        reach[left_out] = scaled_interval(others).half_width(unseen.scales_years[left_out])
        constant[left_out] = half_width(others.errors_years)
        at_birth, a_year = bias(others)
        even[left_out] = unseen.errors_years[left_out] - at_birth - a_year * unseen.ages_years[left_out]
    errors = unseen.errors_years
    scores = {
        "people": len(errors),
        "mean_absolute_error_years": np.abs(errors).mean(),
        "correlation": np.corrcoef(unseen.estimates_years, unseen.ages_years)[0, 1],
        "error_change_a_year": np.polyfit(unseen.ages_years, errors, 1)[0],
        "interval_holds_percent": 100 * (np.abs(errors) <= reach).mean(),
        "half_width_median_years": np.median(reach),
        "interval_score_years": interval_score(-reach, reach, errors).mean(),
        "one_width_holds_percent": 100 * (np.abs(errors) <= constant).mean(),
        "one_half_width_years": half_width(errors),
        "one_width_interval_score_years": interval_score(-constant, constant, errors).mean(),
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
