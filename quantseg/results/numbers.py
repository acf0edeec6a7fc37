"""The one place where a measured value becomes digits: those that are stored, and the fewer ones that people are shown.

Documents and tables for programs hold more digits than a value is worth, so that rounding never adds to a difference.
Reports, pages and panels show what the value is worth, rounded from what is stored, so that a report that is made again
from a document shows the same.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import ROUND_HALF_UP, Decimal

from quantseg.measure.curves import Curve
from quantseg.measure.doubt import Effect
from quantseg.measure.values import Interval, Measurement

# Volumes to a tenth of a mm3: far below what is reproducible.
_STORED_DECIMALS_BY_UNIT = {
    "mm3": 1,
    "mm2": 1,
    "mm": 1,
    "%": 2,
    "ml": 1,
    "ml/m2": 1,
    "g": 1,
    "g/m2": 1,
    "l/min": 2,
    "l/min/m2": 2,
    "m2": 2,
    "ml/s": 0,
    "1/s": 2,
    "year": 1,
}
# What two scans of one person a day apart could confirm.
_SHOWN_DECIMALS_BY_UNIT = {
    "mm3": 0,
    "mm2": 0,
    "mm": 1,
    "%": 1,
    "ml": 0,
    "ml/m2": 0,
    "g": 0,
    "g/m2": 0,
    "l/min": 1,
    "l/min/m2": 1,
    "m2": 2,
    "ml/s": 0,
    "1/s": 1,
    "year": 0,
}
_UNITS_IN_WORDS = {"1": "", "a": "years", "year": "years"}
_STORED_DIGITS, _SHOWN_DIGITS = 5, 3
_SIGNIFICANT_OF_HALF = 2
# How far a value may lie from the middle of its interval, as a share of half of it, to be written with one ±.
_EVEN_SHARE = 0.2


def stored_text(measurement: Measurement) -> str:
    """Return a measurement's value as the digits that documents and tables for programs hold, without its unit."""
    return _text(measurement.value, _stored_decimals(measurement.value, measurement.unit, measurement.decimals))


def value_text(measurement: Measurement) -> str:
    """Return a measurement's value as the digits that it is worth, without its unit."""
    stored = stored_text(measurement)
    return _rounded(stored, _shown_decimals(float(stored), measurement))


def value_with_unit(measurement: Measurement) -> str:
    """Return digits and unit, such as "1403 ml"."""
    return f"{value_text(measurement)} {unit_in_words(measurement.unit)}".strip()


def unit_in_words(unit: str) -> str:
    """Return a unit as people write it, such as "ml/m²" for ``ml/m2``; nothing for a bare number."""
    return _UNITS_IN_WORDS.get(unit, unit.replace("m2", "m²").replace("m3", "m³"))


def effect_in_words(effect: Effect) -> str:
    """Return what a doubtful slice can change, such as "± 12 mm³" or "± 1.2 points of the ejection fraction"."""
    change = f"± {float(f'{effect.change:.2g}'):g}"
    if effect.unit == "%":
        return f"{change} points of the {effect.key.replace('_', ' ')}"
    return f"{change} {unit_in_words(effect.unit)}"


def title_with_unit(title: str, unit: str) -> str:
    """Return what stands before values, such as "Stroke volume, ml"."""
    return f"{title}, {unit_in_words(unit)}".removesuffix(", ")


def curve_texts(curve: Curve) -> tuple[str, ...]:
    """Return the values of a curve as digits, without their unit."""
    return tuple(_text(value, _stored_decimals(value, curve.unit, None)) for value in curve.values)


def stored_interval_texts(measurement: Measurement, interval: Interval) -> tuple[str, str]:
    """Return the bounds of an interval with the same number of decimals as the stored value that it belongs to."""
    low, high = (
        _text(bound, _stored_decimals(bound, measurement.unit, measurement.decimals))
        for bound in (interval.low, interval.high)
    )
    return low, high


def interval_in_words(measurement: Measurement, between: str = "–") -> str:
    """Return the 95 % interval of a measurement, such as "2400.0–2900.1"; empty where none is known.

    Args:
        measurement: the value.
        between: joins the bounds.
    """
    if measurement.interval is None:
        return ""
    decimals = _shown_decimals(float(stored_text(measurement)), measurement)
    bounds = stored_interval_texts(measurement, measurement.interval)
    return between.join(_rounded(bound, decimals) for bound in bounds)


def for_reading(text: str) -> str:
    """Return digits as people read them, with a real minus sign and thousands set off, such as "−1,515"."""
    number = Decimal(text)
    return f"{number:,}".replace("-", "\N{MINUS SIGN}")


def with_uncertainty(measurement: Measurement) -> str:
    """Return the digits that a value is worth and half of its 95 % interval, such as "1,515 ± 260".

    The half is given with two significant digits, as more would say how well the doubt itself is known, and the value
    with no more decimals than these. An interval that does not lie evenly around its value is given by its bounds, and
    one that is narrower than the digits not at all.
    """
    value = value_text(measurement)
    if measurement.interval is None:
        return for_reading(value)
    low, high = measurement.interval.low, measurement.interval.high
    half = (high - low) / 2
    if abs((high + low) / 2 - measurement.value) > _EVEN_SHARE * half:
        return f"{for_reading(value)} ({interval_for_reading(measurement)})"
    shown = _shown_decimals(float(stored_text(measurement)), measurement)
    decimals = min(shown, _SIGNIFICANT_OF_HALF - 1 - _exponent(half)) if half > 0 else shown
    significant = Decimal(half).quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP)
    if significant == 0:
        return for_reading(value)
    both = (_rounded(text, max(decimals, 0)) for text in (stored_text(measurement), str(significant)))
    return " ± ".join(for_reading(text) for text in both)


def interval_for_reading(measurement: Measurement) -> str:
    """Return the 95 % interval of a measurement, such as "−3.1 to 1,515.0"; empty where none is known."""
    bounds = interval_in_words(measurement, "|")
    return " to ".join(for_reading(bound) for bound in bounds.split("|")) if bounds else ""


def as_number(text: str) -> int | float:
    """Return digits as the number that JSON writes with the same digits."""
    return float(text) if "." in text else int(text)


def _stored_decimals(value: float, unit: str, decimals: int | None) -> int:
    if decimals is None:
        decimals = _STORED_DECIMALS_BY_UNIT.get(unit)
    return _decimals_for(value, _STORED_DIGITS) if decimals is None else decimals


def _shown_decimals(value: float, measurement: Measurement) -> int:
    """Never more than are stored; a value that is stored with decimals of its own is shown with one less at least."""
    stored = _stored_decimals(value, measurement.unit, measurement.decimals)
    shown = _SHOWN_DECIMALS_BY_UNIT.get(measurement.unit)
    if shown is None:
        return min(stored, _decimals_for(value, _SHOWN_DIGITS))
    if measurement.decimals is not None:
        shown = max(shown, measurement.decimals - 1)
    return min(stored, shown)


def _rounded(stored: str, decimals: int) -> str:
    """Round digits as people do: five goes up."""
    text = str(Decimal(stored).quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP))
    return text.removeprefix("-") if Decimal(text) == 0 else text


def ranges_in_words(numbers: Iterable[int]) -> str:
    """Return whole numbers in their order, three and more that follow each other as a range.

    Example:
        >>> ranges_in_words([14, 1, 2, 3, 8, 9])
        '1 to 3, 8, 9, 14'
    """
    runs: list[list[int]] = []
    for number in sorted(set(numbers)):
        if runs and number == runs[-1][-1] + 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    return ", ".join(f"{run[0]} to {run[-1]}" if len(run) > 2 else ", ".join(map(str, run)) for run in runs)


def _text(value: float, decimals: int) -> str:
    text = f"{value:.{decimals}f}"
    return text.removeprefix("-") if float(text) == 0 else text


def _exponent(value: float) -> int:
    """Return the power of ten of a number's first digit."""
    return Decimal(value).adjusted()


def _decimals_for(value: float, digits: int) -> int:
    """Return how many decimals leave so many significant digits; stored intensities run from fractions to millions."""
    digits_before_point = len(str(int(abs(value)))) if abs(value) >= 1 else 0
    return max(0, digits - digits_before_point)
