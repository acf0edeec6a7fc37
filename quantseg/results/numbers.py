"""The one place where a measured value becomes digits, so that every file of a case shows the same ones."""

from __future__ import annotations

from quantseg.measure.curves import Curve
from quantseg.measure.values import Interval, Measurement

# Volumes to a tenth of a mm3: far below what is reproducible, so that rounding never adds to a difference.
_DECIMALS_BY_UNIT = {
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
}
_UNITS_IN_WORDS = {"1": "", "a": "years"}
_SIGNIFICANT_DIGITS = 5


def value_text(measurement: Measurement) -> str:
    """Return a measurement's value as digits, without its unit."""
    return _digits(measurement.value, measurement.unit, measurement.decimals)


def value_with_unit(measurement: Measurement) -> str:
    """Return digits and unit, such as "1403 ml"."""
    return f"{value_text(measurement)} {unit_in_words(measurement.unit)}".strip()


def unit_in_words(unit: str) -> str:
    """Return a unit as people write it, such as "ml/m²" for ``ml/m2``; nothing for a bare number."""
    return _UNITS_IN_WORDS.get(unit, unit.replace("m2", "m²").replace("m3", "m³"))


def title_with_unit(title: str, unit: str) -> str:
    """Return what stands before values, such as "Stroke volume, ml"."""
    return f"{title}, {unit_in_words(unit)}".removesuffix(", ")


def curve_texts(curve: Curve) -> tuple[str, ...]:
    """Return the values of a curve as digits, without their unit."""
    return tuple(_digits(value, curve.unit) for value in curve.values)


def interval_texts(measurement: Measurement, interval: Interval) -> tuple[str, str]:
    """Return the bounds of an interval with the same number of decimals as the value it belongs to."""
    low, high = (_digits(bound, measurement.unit, measurement.decimals) for bound in (interval.low, interval.high))
    return low, high


def interval_in_words(measurement: Measurement, between: str = "–") -> str:
    """Return the 95 % interval of a measurement, such as "2400.0–2900.1"; empty where none is known.

    Args:
        measurement: the value.
        between: joins the bounds.
    """
    if measurement.interval is None:
        return ""
    return between.join(interval_texts(measurement, measurement.interval))


def as_number(text: str) -> int | float:
    """Return digits as the number that JSON writes with the same digits."""
    return float(text) if "." in text else int(text)


def _digits(value: float, unit: str, decimals: int | None = None) -> str:
    if decimals is None:
        decimals = _DECIMALS_BY_UNIT.get(unit)
    if decimals is None:
        decimals = _decimals_for_significant_digits(value)
    text = f"{value:.{decimals}f}"
    return text.removeprefix("-") if float(text) == 0 else text


def _decimals_for_significant_digits(value: float) -> int:
    """Stored intensities run from fractions of one to millions, so that no fixed number of decimals suits them."""
    digits_before_point = len(str(int(abs(value)))) if abs(value) >= 1 else 0
    return max(0, _SIGNIFICANT_DIGITS - digits_before_point)
