"""What is fitted to persons, judged on persons who took no part in the fit."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

import numpy as np

from quantseg.measure.expectation import LinearExpectation, fit_linear
from quantseg.measure.scaled_error import ScaledErrorModel

Terms = Mapping[str, float]
"""Numbers of a case, by name."""

_INSIDE = 0.95
# Added to the size of an error before its logarithm is taken: one that is nearly none says little of its size.
_SMALLEST_ERROR_SHARE = 0.2


def without_each(persons: Sequence[str]) -> Iterator[np.ndarray]:
    """Yield for each person in turn the mask of their cases, bool, shape (N,)."""
    named = np.array(persons)
    for person in dict.fromkeys(persons):
        yield named == person


def left_out_estimates(fit: Callable[[np.ndarray], Callable[[int], float]], persons: Sequence[str]) -> np.ndarray:
    """Return for each case what a fit to all other persons makes of it, shape (N,).

    Args:
        fit: from the mask of the cases to be fitted to, to the estimate of the case of an index.
        persons: of each case.
    """
    estimates = np.empty(len(persons))
    for left_out in without_each(persons):
        estimate = fit(~left_out)
        for index in np.flatnonzero(left_out):
            estimates[index] = estimate(int(index))
    return estimates


def left_out_expectations(
    terms: Sequence[Terms], scores: np.ndarray, persons: Sequence[str], ridge: float
) -> np.ndarray:
    """Return what :func:`quantseg.measure.expectation.fit_linear`, fitted to all others, expects of each case.

    Args:
        terms: of each case.
        scores: to be expected, shape (N,).
        persons: of each case.
        ridge: penalty, in units of one case.
    """

    def fit(mask: np.ndarray) -> Callable[[int], float]:
        of_others = [one for one, kept in zip(terms, mask, strict=True) if kept]
        model = fit_linear(of_others, scores[mask], ridge)
        return lambda index: model.expect(terms[index])

    return left_out_estimates(fit, persons)


def fit_scaled_error(
    errors: np.ndarray,
    terms: Sequence[Terms],
    persons: Sequence[str],
    counted: np.ndarray,
    ridge: float = 10.0,
    sources: Sequence[str] | None = None,
) -> ScaledErrorModel:
    """Fit the size of errors to cases, and the interval's width so that it holds for persons left out of the fit.

    Conformal prediction with errors in units of their foreseen size (J. Lei and others, Distribution-Free Predictive
    Inference for Regression, 2018), each foreseen by a fit to the other persons.

    Args:
        errors: true minus measured value, shape (N,).
        terms: of each case, by which the size of its error is foreseen.
        persons: of each case.
        counted: cases in which the interval shall hold, bool, shape (N,); the others only help to tell sizes apart.
        ridge: penalty of the fit of the sizes, in units of one case.
        sources: scanner or data set of each case; the interval holds in 95 of 100 of each source's, not only of all.
    """
    bias = float(np.median(errors[counted]))
    away = np.abs(errors - bias)
    logarithms = np.log(away + _SMALLEST_ERROR_SHARE * max(float(np.median(away)), 1e-6))
    scale: LinearExpectation = fit_linear(list(terms), logarithms, ridge)
    foreseen = np.array([scale.expect(one) for one in terms])
    lowest, highest = float(foreseen.min()), float(foreseen.max())
    of_others = np.clip(left_out_expectations(terms, logarithms, persons, ridge), lowest, highest)
    relative = away / np.exp(of_others)
    named = np.array(sources if sources is not None else [""] * len(errors))
    quantile = max(_conformal_quantile(relative[counted & (named == one)]) for one in np.unique(named[counted]))
    return ScaledErrorModel(bias, scale, lowest, highest, quantile)


def _conformal_quantile(relative: np.ndarray) -> float:
    """Return what 95 of 100 cases to come stay below: one of them is one more, and may be the largest."""
    rank = min(int(np.ceil(_INSIDE * (len(relative) + 1))), len(relative))
    return float(np.sort(relative)[rank - 1])
