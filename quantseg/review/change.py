"""The change between two examinations of one person, beside what chance alone explains."""

from __future__ import annotations

import datetime
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass

from quantseg.measure.values import Measurement
from quantseg.models.reference import ModelReference

_DAYS_PER_YEAR = 365.25
_SHORTEST_MONTHS = 6
Bounds = Mapping[str, float | Mapping[str, float] | None]
"""Which values are compared, by their key, and the change in per cent that one must exceed to be more than chance: of
every region, or by region; None, or no entry, where nobody knows it."""


@dataclass(frozen=True)
class Examination:
    """One examination, as far as a comparison needs it.

    Attributes:
        measurements: all numbers.
        models: which made the labels.
        date: of the scan; None if nobody knows it.
    """

    measurements: Sequence[Measurement]
    models: Sequence[ModelReference]
    date: datetime.date | None


@dataclass(frozen=True)
class Change:
    """Change of one value.

    Attributes:
        key: what was measured, such as ``volume``.
        region: of what, such as ``left``.
        unit: of both values.
        earlier: value then.
        later: value now.
        bound_percent: what a total change must exceed to be more than chance; None where no such bound is known.
        rate_percent_per_year: change a year; None where the dates do not tell it.
        exceeds_chance: whether the change exceeds its bound; None where no verdict is given.
    """

    key: str
    region: str
    unit: str
    earlier: float
    later: float
    bound_percent: float | None
    rate_percent_per_year: float | None
    exceeds_chance: bool | None

    @property
    def difference(self) -> float:
        """Later minus earlier."""
        return self.later - self.earlier

    @property
    def change_percent(self) -> float:
        """Change as a percentage of the earlier value."""
        return 100 * self.difference / self.earlier


@dataclass(frozen=True)
class Comparison:
    """Two examinations of one person.

    Attributes:
        changes: of every value that both have, in the order of the later one.
        years: between the two; None if a date is unknown.
        no_verdict: why no change is called real or chance, one sentence each; empty if a verdict is given.
    """

    changes: tuple[Change, ...]
    years: float | None
    no_verdict: tuple[str, ...]


def compare(earlier: Examination, later: Examination, same_acquisition: bool, bounds_percent: Bounds) -> Comparison:
    """Compare two examinations.

    Args:
        earlier: the first.
        later: the second.
        same_acquisition: whether scanner and contrast are known to be the same.
        bounds_percent: which values are compared, and their smallest change that exceeds chance.
    """
    years = _years_between(earlier.date, later.date)
    reasons = _reasons_against(earlier, later, same_acquisition, years)
    then, now = (_compared(one, bounds_percent) for one in (earlier, later))
    changes = tuple(
        _change(then[what], now[what], years, _bound_of(bounds_percent, *what), bool(reasons))
        for what in now
        if what in then and then[what].value > 0
    )
    return Comparison(changes, years, reasons)


def _bound_of(bounds_percent: Bounds, key: str, region: str) -> float | None:
    bound = bounds_percent[key]
    return bound.get(region) if isinstance(bound, Mapping) else bound


def _reasons_against(
    earlier: Examination, later: Examination, same_acquisition: bool, years: float | None
) -> tuple[str, ...]:
    reasons = []
    if years is None:
        reasons.append("The dates of both scans are needed.")
    elif years <= 0:
        reasons.append("The scan called earlier is not earlier.")
    elif years * 12 < _SHORTEST_MONTHS:
        reasons.append(f"Less than {_SHORTEST_MONTHS} months lie between the scans.")
    if _weights(earlier) != _weights(later):
        reasons.append("Another model, or another version of it, made the earlier labels.")
    if not same_acquisition:
        reasons.append("Scanner and contrast are not known to be the same.")
    return tuple(reasons)


def _change(
    then: Measurement, now: Measurement, years: float | None, bound_percent: float | None, no_verdict: bool
) -> Change:
    percent = 100 * (now.value - then.value) / then.value
    rate = percent / years if years and years > 0 else None
    exceeds = None if bound_percent is None or no_verdict else abs(percent) > bound_percent
    return Change(now.key, now.region, now.unit, then.value, now.value, bound_percent, rate, exceeds)


def _years_between(earlier: datetime.date | None, later: datetime.date | None) -> float | None:
    return None if earlier is None or later is None else (later - earlier).days / _DAYS_PER_YEAR


def _compared(examination: Examination, keys: Container[str]) -> dict[tuple[str, str], Measurement]:
    return {(m.key, m.region): m for m in examination.measurements if m.key in keys and m.slice_index is None}


def _weights(examination: Examination) -> dict[str, Mapping[str, str]]:
    return {model.name: dict(model.weight_hashes) for model in examination.models}
