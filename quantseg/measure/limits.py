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


def _outside(value: float, limits: Range) -> bool:
    low, high = limits
    return (low is not None and value < low) or (high is not None and value > high)
