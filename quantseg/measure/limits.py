"""What a value may be before it wants a look, and before it cannot be right."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from quantseg.measure.values import Verdict

# Values this much alike, in shares of the limit, are one to every reader.
_MARGIN = 2e-5
_MOST_FURTHER_DECIMALS = 3

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
        """Judge a value; one that no reader can tell from a limit lies within it."""
        if _outside(value, self.fail):
            return Verdict.FAIL
        return Verdict.LOOK if _outside(value, self.look) else Verdict.GOOD


def widened(limits: Limits, margin: float) -> Limits:
    """Return limits that leave so much more free on every side that they bound."""
    (look_low, look_high), (fail_low, fail_high) = (_moved(ends, margin) for ends in (limits.look, limits.fail))
    return Limits((look_low, look_high), (fail_low, fail_high))


def telling_decimals(value: float, bounds: Iterable[float | None], decimals: int, scale: float = 1.0) -> int:
    """Return with how many decimals a value does not read like a bound that it is not equal to.

    A sentence that says "13 mm, expected at least 13" is wrong for whoever reads it.

    Args:
        value: to be shown.
        bounds: to be shown beside it; None where a side is free.
        decimals: the fewest.
        scale: what is shown is the value times this.

    Returns:
        the fewest, too, where no number of decimals that anybody reads would tell them apart.
    """
    others = [bound for bound in bounds if bound is not None and bound != value]
    for more in range(decimals, decimals + _MOST_FURTHER_DECIMALS):
        if all(f"{value * scale:z.{more}f}" != f"{bound * scale:z.{more}f}" for bound in others):
            return more
    more = decimals + _MOST_FURTHER_DECIMALS
    alike = any(f"{value * scale:z.{more}f}" == f"{bound * scale:z.{more}f}" for bound in others)
    return decimals if alike else more


def stricter(one: Limits, other: Limits) -> Limits:
    """Return limits that doubt whatever either of two doubts."""
    return Limits(_common(one.look, other.look), _common(one.fail, other.fail))


def _common(one: Range, other: Range) -> Range:
    lows, highs = ([value for value in ends if value is not None] for ends in zip(one, other, strict=True))
    return max(lows, default=None), min(highs, default=None)


def _moved(ends: Range, margin: float) -> Range:
    low, high = ends
    return None if low is None else low - margin, None if high is None else high + margin


def _outside(value: float, limits: Range) -> bool:
    low, high = limits
    too_low = low is not None and value < low - _MARGIN * abs(low)
    return too_low or (high is not None and value > high + _MARGIN * abs(high))
