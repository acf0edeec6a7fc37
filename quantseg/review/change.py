"""The change between two examinations of one person, beside what chance alone explains."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from quantseg.measure.values import Measurement
from quantseg.models.reference import ModelReference

_DAYS_PER_YEAR = 365.25
_SHORTEST_MONTHS = 6


@dataclass(frozen=True)
class Examination:
    """One examination, as far as a comparison needs it.

    Attributes:
        measurements: all numbers; volumes in mm3 are compared.
        models: which made the labels.
        date: of the scan; None if nobody knows it.
    """

    measurements: Sequence[Measurement]
    models: Sequence[ModelReference]
    date: datetime.date | None


@dataclass(frozen=True)
class VolumeChange:
    """Change of one region.

    Attributes:
        region: such as ``left``.
        earlier_mm3: volume then.
        later_mm3: volume now.
        rate_percent_per_year: change a year; None where the dates do not tell it.
        exceeds_chance: whether the change exceeds its bound; None where no verdict is given.
    """

    region: str
    earlier_mm3: float
    later_mm3: float
    rate_percent_per_year: float | None
    exceeds_chance: bool | None

    @property
    def change_mm3(self) -> float:
        """Later minus earlier."""
        return self.later_mm3 - self.earlier_mm3

    @property
    def change_percent(self) -> float:
        """Change as a percentage of the earlier volume."""
        return 100 * self.change_mm3 / self.earlier_mm3


@dataclass(frozen=True)
class Comparison:
    """Two examinations of one person.

    Attributes:
        changes: of every region that both have, in the order of the later one.
        bound_percent: what a total change must exceed to be more than chance.
        bound_percent_per_year: the same for the yearly rate; None where the dates do not tell it.
        years: between the two; None if a date is unknown.
        no_verdict: why no change is called real or chance, one sentence each; empty if a verdict is given.
    """

    changes: tuple[VolumeChange, ...]
    bound_percent: float
    bound_percent_per_year: float | None
    years: float | None
    no_verdict: tuple[str, ...]


def compare(earlier: Examination, later: Examination, same_acquisition: bool, bound_percent: float) -> Comparison:
    """Compare two examinations.

    Args:
        earlier: the first.
        later: the second.
        same_acquisition: whether scanner and contrast are known to be the same.
        bound_percent: smallest change that exceeds chance, of the organ.
    """
    years = _years_between(earlier.date, later.date)
    reasons = _reasons_against(earlier, later, same_acquisition, years)
    then, now = _volumes(earlier), _volumes(later)
    changes = tuple(
        _change(region, then[region], now[region], years, None if reasons else bound_percent)
        for region in now
        if then.get(region, 0.0) > 0
    )
    per_year = bound_percent / years if years else None
    return Comparison(changes, bound_percent, per_year, years, reasons)


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


def _change(region: str, then: float, now: float, years: float | None, bound: float | None) -> VolumeChange:
    percent = 100 * (now - then) / then
    rate = percent / years if years and years > 0 else None
    return VolumeChange(region, then, now, rate, None if bound is None else abs(percent) > bound)


def _years_between(earlier: datetime.date | None, later: datetime.date | None) -> float | None:
    return None if earlier is None or later is None else (later - earlier).days / _DAYS_PER_YEAR


def _volumes(examination: Examination) -> dict[str, float]:
    return {m.region: m.value for m in examination.measurements if m.key == "volume"}


def _weights(examination: Examination) -> dict[str, Mapping[str, str]]:
    return {model.name: dict(model.weight_hashes) for model in examination.models}
