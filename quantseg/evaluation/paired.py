"""Two models on the same cases: what each is worth, the difference case by case, and whether the newer may stay."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from quantseg.evaluation.bootstrap import mean_interval
from quantseg.evaluation.qualities import DICE, Quality
from quantseg.measure.values import Interval

FEWEST_PERSONS = 5
"""Fewer on either side say nothing of a scanner."""
_POINTS = 100.0


@dataclass(frozen=True)
class PairedQuality:
    """One number before and after.

    Attributes:
        quality: what it is, with the values of the newer model.
        cases: how many have it from both models.
        before: its mean over these cases.
        after: the same of the newer model.
        difference: mean of the differences, after minus before.
        interval: 95 % bootstrap interval of that mean, by person; None for fewer than two persons.
        rows: values of both models by case.
    """

    quality: Quality
    cases: int
    before: float
    after: float
    difference: float
    interval: Interval | None
    rows: Mapping[str, tuple[float, float]]


@dataclass(frozen=True)
class ScannerComparison:
    """What the cases of one scanner say.

    Attributes:
        name: of the side, "old" or "new".
        folder: where the cases lie.
        persons: how many were counted.
        not_counted: cases whose persons either model, or one before it, was trained on.
        failed_before: cases of which the older model makes no usable labels.
        failed_after: the same of the newer one.
        qualities: every number.
    """

    name: str
    folder: str
    persons: int
    not_counted: tuple[str, ...]
    failed_before: tuple[str, ...]
    failed_after: tuple[str, ...]
    qualities: tuple[PairedQuality, ...]

    @property
    def dice(self) -> tuple[PairedQuality, ...]:
        """The Dice of each part."""
        return tuple(one for one in self.qualities if one.quality.name == DICE)


def paired_qualities(
    before: Sequence[Quality], after: Sequence[Quality], resamples: int, seed: int
) -> tuple[PairedQuality, ...]:
    """Pair what two models are worth, case by case.

    Args:
        before: of the older model.
        after: of the newer one, the same numbers in the same order.
        resamples: bootstrap samples behind each interval.
        seed: of those samples.
    """
    return tuple(_paired(one, other, resamples, seed) for one, other in zip(before, after, strict=True))


def _paired(before: Quality, after: Quality, resamples: int, seed: int) -> PairedQuality:
    rows = {case: (before.values[case], value) for case, value in after.values.items() if case in before.values}
    cases = [case for case, values in rows.items() if np.isfinite(values).all()]
    values = np.array([rows[case] for case in cases], dtype=float).reshape(-1, 2)
    differences = values[:, 1] - values[:, 0]
    interval = mean_interval(differences, [after.patients[case] for case in cases], resamples, seed) if cases else None
    means = values.mean(axis=0) if cases else (np.nan, np.nan)
    return PairedQuality(
        after, len(cases), float(means[0]), float(means[1]), float(means[1] - means[0]), interval, rows
    )


def objections(old: ScannerComparison, new: ScannerComparison, most_lost_points: float) -> tuple[str, ...]:
    """Return why the newer model must not take the older one's place, a sentence each; none where it may.

    In no part it may cost either scanner more than is allowed, it must be better on the new one, and it must not fail
    where the older one does not.

    Args:
        old: what the cases of the old scanner say.
        new: what those of the new scanner say.
        most_lost_points: how much of Dice, in points of 100, the mean of a part may lose.
    """
    found = []
    for side in (old, new):
        if side.persons < FEWEST_PERSONS:
            found.append(
                f"Only {side.persons} persons of the {side.name} scanner can be counted; expected {FEWEST_PERSONS} or "
                "more that neither model was trained on."
            )
        broken = sorted(set(side.failed_after) - set(side.failed_before))
        if broken:
            found.append(
                f"Of {len(broken)} cases of the {side.name} scanner the newer model makes no labels where the older "
                f"one did ({', '.join(broken)})."
            )
        for one in side.dice:
            lost_points = -one.difference * _POINTS
            # Not "more than allowed": a difference that is no number allows nothing.
            if not lost_points <= most_lost_points:
                found.append(
                    f"On the {side.name} scanner the Dice of {one.quality.part} falls by {lost_points:.2f} points, "
                    f"more than the {most_lost_points:g} allowed."
                )
    gained_points = float(np.mean([one.difference for one in new.dice])) * _POINTS
    if not gained_points > 0:
        found.append(
            f"On the new scanner nothing is won: the mean Dice of its parts changes by {gained_points:+.2f} points."
        )
    return tuple(found)
