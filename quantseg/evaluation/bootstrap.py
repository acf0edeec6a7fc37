"""Confidence intervals of a mean over cases, resampled by patient."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from quantseg.measure.values import Interval

_CONFIDENCE = 0.95
_RESAMPLES_AT_ONCE = 1000


def mean_interval(
    values: np.ndarray, patients: Sequence[str], resamples: int = 10_000, seed: int = 0
) -> Interval | None:
    """Return the 95 % percentile interval of the mean over cases.

    Cases of one patient resemble each other, so that patients are drawn with replacement, each with all its cases
    (cluster bootstrap; B. Efron and R. J. Tibshirani, An Introduction to the Bootstrap, 1993). The resampling is
    SciPy's.

    Args:
        values: one value a case, shape (N,); nan values are missing and left out of every mean.
        patients: patient of each case.
        resamples: number of bootstrap samples.
        seed: of the draw; equal seeds give equal intervals.

    Returns:
        the interval, or None where fewer than two patients have a value.
    """
    from scipy.stats import bootstrap

    present = np.isfinite(values)
    names, owner = np.unique(np.asarray(patients)[present], return_inverse=True)
    if len(names) < 2:
        return None
    sums = np.bincount(owner, weights=values[present])
    counts = np.bincount(owner).astype(float)
    found = bootstrap(
        (sums, counts),
        lambda total, number, axis: total.sum(axis) / number.sum(axis),
        paired=True,
        vectorized=True,
        n_resamples=resamples,
        batch=_RESAMPLES_AT_ONCE,
        confidence_level=_CONFIDENCE,
        method="percentile",
        rng=np.random.default_rng(seed),
    ).confidence_interval
    return Interval(float(found.low), float(found.high))
