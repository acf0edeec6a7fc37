"""Nested cross-validation by person: everything that is chosen or fitted is so without the people it is judged on."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from quantseg.measure.logistic import probability
from quantseg.training.logistic import LogisticFit, fit_logistic

Fitted = Callable[[np.ndarray], np.ndarray]
"""Gives the log odds of people by their places, shape (N,)."""
Fit = Callable[[np.ndarray, np.ndarray], Fitted]
"""Fits to people: takes their places and whether each is positive."""


@dataclass(frozen=True)
class Candidate:
    """One way to a score.

    Attributes:
        name: of its features.
        penalty: of its weights.
        fit: fits it.
    """

    name: str
    penalty: float
    fit: Fit


@dataclass(frozen=True)
class Unseen:
    """What fits say of people whom they had not seen.

    Attributes:
        log_odds: shape (N,).
        above: whether each lies above the threshold that was fixed without the person, bool, shape (N,).
        chosen: candidate of each fold.
    """

    log_odds: np.ndarray
    above: np.ndarray
    chosen: tuple[Candidate, ...]


def candidates(
    values: np.ndarray, names: Sequence[str], sets: Mapping[str, Sequence[str]], penalties: Sequence[float]
) -> list[Candidate]:
    """Return one candidate for each set of features and each penalty.

    Args:
        values: of all features, shape (N, features).
        names: of the features.
        sets: features by the name of the set; a set of which a feature is not there is left out.
        penalties: of the weights.
    """
    found = []
    for name, wanted in sets.items():
        if not set(wanted) <= set(names):
            continue
        part = values[:, [list(names).index(one) for one in wanted]]
        found += [Candidate(name, penalty, _fit_to(part, penalty)) for penalty in penalties]
    return found


def voxel_candidates(voxels: np.ndarray, penalties: Sequence[float], components: int) -> list[Candidate]:
    """Return the ways to a score from principal components of voxels, found among the people of a fit alone.

    Args:
        voxels: shape (N, voxels).
        penalties: of the weights, relative to the variance of the first component.
        components: how many are kept.
    """
    kernel = (voxels @ voxels.T).astype(np.float64)
    fits = [partial(_fit_components, kernel, components, penalty) for penalty in penalties]
    return [Candidate("voxels", penalty, fit) for penalty, fit in zip(penalties, fits, strict=True)]


def cross_validated(ways: Sequence[Candidate], positive: np.ndarray, folds: np.ndarray) -> Unseen:
    """Return the log odds of everybody by fits that had not seen the person, nor been chosen with the person.

    Within each fold the other folds choose the candidate by their own cross-validation (likelihood), and the threshold
    by the sum of sensitivity and specificity of what that says.

    Args:
        ways: candidates.
        positive: bool, shape (N,).
        folds: of each person, shape (N,).
    """
    log_odds, above = np.empty(len(positive)), np.zeros(len(positive), bool)
    chosen = []
    for fold in np.unique(folds):
        seen, left_out = np.flatnonzero(folds != fold), np.flatnonzero(folds == fold)
        best, said = choose(ways, positive, folds, seen)
        chosen.append(best)
        log_odds[left_out] = best.fit(seen, positive[seen])(left_out)
        above[left_out] = log_odds[left_out] >= best_threshold(said, positive[seen])
    return Unseen(log_odds, above, tuple(chosen))


def choose(
    ways: Sequence[Candidate], positive: np.ndarray, folds: np.ndarray, seen: np.ndarray
) -> tuple[Candidate, np.ndarray]:
    """Return the candidate of the largest likelihood among some people by cross-validation, and what it says of them.

    Args:
        ways: candidates.
        positive: bool, shape (N,).
        folds: of each person, shape (N,).
        seen: places of those who count.
    """
    best, most, said = ways[0], -np.inf, np.zeros(len(seen))
    for way in ways:
        found = np.empty(len(seen))
        for fold in np.unique(folds[seen]):
            inner = folds[seen] != fold
            found[~inner] = way.fit(seen[inner], positive[seen[inner]])(seen[~inner])
        likelihood = float(np.log(np.where(positive[seen], probability(found), probability(-found)) + 1e-12).sum())
        if likelihood > most:
            best, most, said = way, likelihood, found
    return best, said


def best_threshold(log_odds: np.ndarray, positive: np.ndarray) -> float:
    """Return from which log odds on the sum of sensitivity and specificity is largest, half way to the next below."""
    ordered = np.unique(log_odds)
    between = (ordered[1:] + ordered[:-1]) / 2
    if not len(between):
        return float(ordered[0])
    gains = [(log_odds[positive] >= one).mean() - (log_odds[~positive] >= one).mean() for one in between]
    return float(between[int(np.argmax(gains))])


def draw_folds(strata: np.ndarray, count: int, seed: int) -> np.ndarray:
    """Return a fold for each person, drawn so that each stratum spreads evenly, shape (N,)."""
    drawn = np.random.default_rng(seed)
    order = np.concatenate([drawn.permutation(np.flatnonzero(strata == one)) for one in np.unique(strata)])
    folds = np.empty(len(strata), int)
    folds[order] = np.arange(len(strata)) % count
    return folds


def _fit_to(values: np.ndarray, penalty: float) -> Fit:
    def fit(seen: np.ndarray, positive: np.ndarray) -> Fitted:
        found = fit_logistic(values[seen], positive, penalty)
        return lambda places: found.log_odds(values[places])

    return fit


def _fit_components(
    kernel: np.ndarray, components: int, penalty: float, seen: np.ndarray, positive: np.ndarray
) -> Fitted:
    """Fit to principal components, by inner products of people alone, shape (N, N)."""
    means = kernel[:, seen].mean(axis=1)
    centred = kernel[np.ix_(seen, seen)] - means[seen] - means[seen][:, None] + kernel[np.ix_(seen, seen)].mean()
    variances, vectors = np.linalg.eigh(centred)
    first = np.argsort(-variances)[:components]
    scale = vectors[:, first] / np.sqrt(np.maximum(variances[first], 1e-12))
    spread = np.sqrt(variances[first[0]] / len(seen))

    def scores(places: np.ndarray) -> np.ndarray:
        products = kernel[np.ix_(places, seen)] - kernel[np.ix_(places, seen)].mean(axis=1, keepdims=True)
        products = products - means[seen] + kernel[np.ix_(seen, seen)].mean()
        return np.asarray(products @ scale / spread)

    found: LogisticFit = fit_logistic(scores(seen), positive, penalty, scaled=False)
    return lambda places: found.log_odds(scores(places))
