"""What is told of a score: how well it tells people apart, with an interval, how well calibrated it is."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from quantseg.measure.logistic import probability

_DRAWS = 2000
_INTERVAL_PERCENTILES = (2.5, 97.5)


@dataclass(frozen=True)
class Estimate:
    """A number with its 95 % interval by a bootstrap over persons."""

    value: float
    low: float
    high: float

    def rounded(self) -> list[float]:
        """Return value, low and high with three decimals."""
        return [round(one, 3) for one in (self.value, self.low, self.high)]


def area_under_curve(log_odds: np.ndarray, positive: np.ndarray) -> float:
    """Return the share of pairs of a positive and a negative that are in the right order, ties counted as half."""
    return float(_right_order(log_odds[None], positive).mean())


def area_with_interval(repeats: np.ndarray, positive: np.ndarray, seed: int) -> Estimate:
    """Return the mean area over repeats, with an interval over persons drawn with replacement.

    Args:
        repeats: log odds by each repeat of the cross-validation, shape (repeats, N).
        positive: bool, shape (N,).
        seed: of the draws.
    """
    order = _right_order(repeats, positive)
    return Estimate(float(order.mean()), *_interval(_drawn_means(order, positive, seed)))


def difference_with_interval(repeats: np.ndarray, others: np.ndarray, positive: np.ndarray, seed: int) -> Estimate:
    """Return by how much the area exceeds that of another score of the same persons, drawn in pairs."""
    order = _right_order(repeats, positive) - _right_order(others, positive)
    return Estimate(float(order.mean()), *_interval(_drawn_means(order, positive, seed)))


def calibration(repeats: np.ndarray, positive: np.ndarray, groups: int) -> list[dict[str, float]]:
    """Return the mean score and the share of positives of groups of people of like scores, from low to high."""
    scores = probability(repeats.mean(axis=0))
    order = np.argsort(scores)
    return [
        {
            "people": len(part),
            "mean_score": round(float(scores[part].mean()), 3),
            "share_positive": round(float(positive[part].mean()), 3),
        }
        for part in np.array_split(order, groups)
    ]


def shares_above(above: np.ndarray, positive: np.ndarray) -> tuple[float, float]:
    """Return sensitivity and specificity, means over repeats; ``above`` is of shape (repeats, N)."""
    return float(above[:, positive].mean()), float((~above[:, ~positive]).mean())


def _right_order(repeats: np.ndarray, positive: np.ndarray) -> np.ndarray:
    """Return in what share of the repeats each pair is in the right order, shape (positives, negatives)."""
    above = repeats[:, positive, None] - repeats[:, None, ~positive]
    return np.asarray(np.heaviside(above, 0.5).mean(axis=0))


def _drawn_means(order: np.ndarray, positive: np.ndarray, seed: int) -> np.ndarray:
    """Return the mean over pairs of persons drawn with replacement, of both kinds each time, shape (draws,)."""
    drawn = np.random.default_rng(seed)
    found: list[float] = []
    while len(found) < _DRAWS:
        count = np.bincount(drawn.integers(0, len(positive), len(positive)), minlength=len(positive))
        with_it, without = count[positive], count[~positive]
        if with_it.any() and without.any():
            found.append(float(with_it @ order @ without / (with_it.sum() * without.sum())))
    return np.array(found)


def _interval(values: np.ndarray) -> tuple[float, float]:
    low, high = np.percentile(values, _INTERVAL_PERCENTILES)
    return float(low), float(high)
