"""The dementia model: fitted to a cohort, told how good it is on people whom no fit or choice had seen."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from quantseg.errors import UsageError
from quantseg.measure.logistic import probability
from quantseg.models.configuration import REGRESSION
from quantseg.tasks.dementia.features import NETWORK_LOG_ODDS
from quantseg.tasks.dementia.model import NETWORKS
from quantseg.tasks.dementia.options import BUNDLE, network_bundle_of
from quantseg.tasks.dementia.training.cohort import read_cohort
from quantseg.tasks.dementia.training.measured_cohort import MeasuredCohort, measure_cohort
from quantseg.tasks.dementia.training.nested import (
    Candidate,
    Unseen,
    best_threshold,
    candidates,
    choose,
    cross_validated,
    draw_folds,
    voxel_candidates,
)
from quantseg.tasks.dementia.training.networks import network_def_of, with_networks
from quantseg.tasks.dementia.training.new_bundle import write_bundle, write_network_bundle
from quantseg.tasks.dementia.training.validation import (
    area_with_interval,
    calibration,
    difference_with_interval,
    shares_above,
)
from quantseg.training.logistic import LogisticFit, fit_logistic
from quantseg.training.volume_network import network_folder

_KEPT = "measured"
_UNLIKE_PERCENTILE, _FAR_UNLIKE = 5.0, 0.15
_CALIBRATION_GROUPS = 5


@dataclass(frozen=True)
class Repeats:
    """What repeated cross-validations say of people unseen.

    Attributes:
        log_odds: shape (repeats, N).
        above: whether above the threshold, bool, shape (repeats, N).
        chosen: name of the set of features and penalty of every fold of every repeat.
    """

    log_odds: np.ndarray
    above: np.ndarray
    chosen: tuple[str, ...]


def train_dementia_model(
    data: Path,
    output: Path,
    inference_config: dict[str, Any],
    train_config: dict[str, Any],
    device: torch.device,
    report: Callable[[str], None] = print,
    *,
    start_from: str | None = None,
) -> None:
    """Fit the dementia model, and tell how good it is by nested cross-validation over persons.

    Args:
        data: people, as :func:`quantseg.tasks.dementia.training.cohort.read_cohort` takes them.
        output: run folder; ``validation.json`` and the bundle ``dementia`` appear in it, and ``measured``, which holds
            what each person's images show and is no part of the bundle.
        inference_config: of the bundle; its numbers are filled in here.
        train_config: the recipe.
        device: of the networks.
        report: takes lines of progress.
        start_from: folder of the bundle of networks of brain age that those of this model begin with; a regression has
            nothing to go on from.

    Raises:
        UsageError: the data are not as expected, or a start is named.
    """
    has_networks = NETWORKS in train_config
    if start_from is not None and not has_networks:
        raise UsageError("A regression is fitted at once and goes on from nothing; leave --start-from out.")
    cohort = read_cohort(data, train_config["least_age_years"])
    report(f"{len(cohort.members)} people, {int(cohort.positive.sum())} of them with {cohort.condition}")
    measured = measure_cohort(cohort, str(device), report, output / _KEPT, has_networks)
    if has_networks:
        measured = with_networks(measured, train_config, output, device, report, start_from)
    ways = _ways(measured, train_config)
    scores = scores_of(measured, ways, train_config, report)
    (output / "validation.json").write_text(json.dumps(scores, indent=1) + "\n", encoding="utf-8")
    positive = cohort.positive
    folds = draw_folds(_strata(measured), train_config["folds"], train_config["seed"])
    best, said = choose(ways, positive, folds, np.arange(len(positive)))
    report(f"shipped: {best.name}, penalty {best.penalty:g}")
    names = tuple(train_config["feature_sets"][best.name])
    values = measured.values[:, [measured.names.index(name) for name in names]]
    fit = fit_logistic(values, positive, best.penalty)
    likeness = float(np.percentile(measured.likeness, _UNLIKE_PERCENTILE))
    numbers = {
        "features": list(names),
        "norms": _norms(names, values, positive, fit),
        "condition": train_config["condition"] or cohort.condition,
        "population": train_config["population"] or cohort.population,
        "people": len(positive),
        "prevalence": round(float(positive.mean()), 4),
        "ages_years": [float(cohort.ages_years.min()), float(cohort.ages_years.max())],
        "threshold": round(float(probability(np.array(best_threshold(said, positive)))), 3),
        "likeness": {"look": round(likeness, 3), "fail": round(likeness - _FAR_UNLIKE, 3)},
    }
    if NETWORK_LOG_ODDS in names:
        numbers[NETWORKS] = {"channels": list(measured.channels)}
        trained = [network_folder(output, fold) for fold in range(train_config[NETWORKS]["shipped"])]
        definition = network_def_of(measured, train_config)
        write_network_bundle(
            output / network_bundle_of(BUNDLE),
            trained,
            definition,
            numbers,
            train_config,
            scores,
            cohort.is_oasis,
        )
    tensors = {
        "weights": np.array([fit.intercept, *fit.weights], np.float32),
        "draws": _refits(values, positive, best.penalty, fit, train_config),
    }
    write_bundle(
        output / BUNDLE,
        inference_config | {REGRESSION: numbers},
        train_config,
        tensors,
        scores,
        cohort.is_oasis,
    )
    report(f"{output / BUNDLE}: the model")


def scores_of(
    measured: MeasuredCohort, ways: Sequence[Candidate], recipe: dict[str, Any], report: Callable[[str], None]
) -> dict[str, Any]:
    """Return how good scores of unseen people are, beside baselines on the same people and folds.

    Args:
        measured: everybody.
        ways: candidates.
        recipe: of the training.
        report: takes lines of progress.
    """
    positive = measured.cohort.positive
    everybody = np.arange(len(positive))
    found = {"any": _scores(measured, ways, positive, everybody, recipe, report)}
    severe = [member.severe for member in measured.cohort.members]
    if None not in severe and any(severe):
        # Those with the slight condition belong to neither side.
        apart = np.flatnonzero(np.array(severe) | ~positive)
        found["severe"] = _scores(measured, ways, np.array(severe), apart, recipe, report)
    return found


def _scores(
    measured: MeasuredCohort,
    ways: Sequence[Candidate],
    positive: np.ndarray,
    people: np.ndarray,
    recipe: dict[str, Any],
    report: Callable[[str], None],
) -> dict[str, Any]:
    seed, known = recipe["seed"], positive[people]
    model = _repeated(ways, positive, people, measured, recipe)
    sensitivity, specificity = shares_above(model.above, known)
    found: dict[str, Any] = {
        "people": len(people),
        "positive": int(known.sum()),
        "area_under_curve": area_with_interval(model.log_odds, known, seed).rounded(),
        "sensitivity": round(sensitivity, 3),
        "specificity": round(specificity, 3),
        "calibration": calibration(model.log_odds, known, _CALIBRATION_GROUPS),
        "chosen": {name: model.chosen.count(name) for name in sorted(set(model.chosen))},
    }
    severe = np.array([bool(member.severe) for member in measured.cohort.members])[people]
    apart = severe | ~known
    if severe.any() and not severe[known].all():
        # What the score for the slight condition says of those who have more than that.
        found["of_severe_area_under_curve"] = area_with_interval(
            model.log_odds[:, apart], severe[apart], seed
        ).rounded()
    for name, rivals in _baselines(measured, recipe).items():
        other = _repeated(rivals, positive, people, measured, recipe)
        found[f"{name}_area_under_curve"] = area_with_interval(other.log_odds, known, seed).rounded()
        found[f"better_than_{name}_by"] = difference_with_interval(
            model.log_odds, other.log_odds, known, seed
        ).rounded()
    for name, value in found.items():
        report(f"{name}: {value}")
    return found


def _repeated(
    ways: Sequence[Candidate],
    positive: np.ndarray,
    people: np.ndarray,
    measured: MeasuredCohort,
    recipe: dict[str, Any],
) -> Repeats:
    """Cross-validate among some people as often as the recipe asks, each time by other folds."""
    said: list[Unseen] = []
    strata = _strata(measured)[people]
    among = [_among(way, people) for way in ways]
    for repeat in range(recipe["repeats"]):
        folds = draw_folds(strata, recipe["folds"], recipe["seed"] + repeat)
        said.append(cross_validated(among, positive[people], folds))
    return Repeats(
        np.array([one.log_odds for one in said]),
        np.array([one.above for one in said]),
        tuple(f"{way.name}, penalty {way.penalty:g}" for one in said for way in one.chosen),
    )


def _among(way: Candidate, people: np.ndarray) -> Candidate:
    """Return a candidate that counts only some people, by their places among them."""

    def fit(seen: np.ndarray, positive: np.ndarray) -> Callable[[np.ndarray], np.ndarray]:
        fitted = way.fit(people[seen], positive)
        return lambda places: fitted(people[places])

    return Candidate(way.name, way.penalty, fit)


def _ways(measured: MeasuredCohort, recipe: dict[str, Any]) -> list[Candidate]:
    ways = candidates(measured.values, measured.names, recipe["feature_sets"], recipe["penalties"])
    if not ways:
        sets = ", ".join(recipe["feature_sets"])
        raise UsageError(f"No set of features of the recipe ({sets}) is known of everybody; add an image to each.")
    return ways


def _baselines(measured: MeasuredCohort, recipe: dict[str, Any]) -> dict[str, list[Candidate]]:
    """Return what the score is compared with: principal components of voxels, and the table's own numbers."""
    found = {}
    if measured.voxels is not None:
        asked = recipe["voxels"]
        found["voxels"] = voxel_candidates(measured.voxels, asked["penalties"], asked["components"])
    members = measured.cohort.members
    columns = sorted(set.intersection(*(set(member.table_values) for member in members)))
    if columns:
        rows = [[member.age_years, *(member.table_values[column] for column in columns)] for member in members]
        found["table"] = candidates(
            np.array(rows), ("age", *columns), {"table": ("age", *columns)}, recipe["penalties"]
        )
    return found


def _strata(measured: MeasuredCohort) -> np.ndarray:
    """Return a number for each kind of person, so that folds hold all kinds alike."""
    return np.array([int(member.positive) + int(bool(member.severe)) for member in measured.cohort.members])


def _norms(
    names: Sequence[str], values: np.ndarray, positive: np.ndarray, fit: LogisticFit
) -> dict[str, dict[str, float]]:
    return {
        name: {
            "mean": float(fit.means[n]),
            "sd": float(fit.sds[n]),
            "mean_without": round(float(values[~positive, n].mean()), 2),
            "mean_with": round(float(values[positive, n].mean()), 2),
        }
        for n, name in enumerate(names)
    }


def _refits(
    values: np.ndarray, positive: np.ndarray, penalty: float, fit: LogisticFit, recipe: dict[str, Any]
) -> np.ndarray:
    """Return intercept and weights of fits to people drawn with replacement, on the scale of the fit, float32."""
    drawn = np.random.default_rng(recipe["seed"])
    found: list[np.ndarray] = []
    while len(found) < recipe["draws"]:
        people = drawn.integers(0, len(positive), len(positive))
        if 0 < positive[people].sum() < len(people):
            refit = fit_logistic(values[people], positive[people], penalty)
            found.append(refit.rescaled(fit.means, fit.sds))
    return np.array(found, np.float32)
