"""What a value may be before it wants a look, and before it cannot be right."""

from __future__ import annotations

from dataclasses import dataclass

from quantseg.measure.values import Verdict

Range = tuple[float | None, float | None]
"""Lowest and highest value; None where that side is free."""


@dataclass(frozen=True)
class Limits:
    """What a feature may be; None where that side is free.

    Attributes:
        look: values outside (low, high) want a look.
        fail: values outside (low, high) fail.
    """

    look: Range = (None, None)
    fail: Range = (None, None)

    def verdict(self, value: float) -> Verdict:
        """Judge a value."""
        if _outside(value, self.fail):
            return Verdict.FAIL
        return Verdict.LOOK if _outside(value, self.look) else Verdict.GOOD


def stricter(one: Limits, other: Limits) -> Limits:
    """Return limits that doubt whatever either of two doubts."""
    return Limits(_common(one.look, other.look), _common(one.fail, other.fail))


def _common(one: Range, other: Range) -> Range:
    lows, highs = ([value for value in ends if value is not None] for ends in zip(one, other, strict=True))
    return max(lows, default=None), min(highs, default=None)


def _outside(value: float, limits: Range) -> bool:
    low, high = limits
    return (low is not None and value < low) or (high is not None and value > high)
