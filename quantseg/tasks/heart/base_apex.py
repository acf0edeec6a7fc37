"""Which end of a short-axis stack is the base, told from the labels and never from the order of storage."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from quantseg.tasks.heart.anatomy import HeartLabel
from quantseg.tasks.heart.short_axis import ShortAxisStack

# The heart tapers to its apex: by experts' labels of ACDC the correlation of filling and position exceeds 0.5 in all 80
# patients, by labels in cross-validation 0.39.
_LEAST_CORRELATION = 0.3
_FEWEST_SLICES = 3


@dataclass(frozen=True)
class BaseApexOrder:
    """The stack from base to apex.

    Attributes:
        slices: index of every slice of the stack, the one farthest on the base's side first.
        taper: correlation, 0 to 1, of how much both cavities fill a slice with its closeness to the base.
    """

    slices: tuple[int, ...]
    taper: float


def base_apex_order(stack: ShortAxisStack) -> BaseApexOrder | None:
    """Find the order from where the cavities are wide: both ventricles taper from base to apex, the right one more.

    Areas are summed over all frames, so that one odd frame turns nothing round.

    Args:
        stack: labels over the cycle, or of a single frame.

    Returns:
        the order; None where fewer than three slices show the heart, or where it does not taper.
    """
    rv, _, lv = (stack.areas[label].sum(axis=0).astype(float) for label in list(HeartLabel)[1:])
    shown = np.flatnonzero(rv + lv)
    if len(shown) < _FEWEST_SLICES:
        return None
    # Each ventricle counts with its own largest slice as the unit, however large the other one is.
    filling = sum(area / area.max() for area in (rv, lv) if area.max())
    if not np.ptp(filling[shown]):
        return None
    correlation = float(np.corrcoef(shown, filling[shown])[0, 1])
    if abs(correlation) < _LEAST_CORRELATION:
        return None
    ascending = range(stack.labels.shape[-1])
    return BaseApexOrder(tuple(ascending if correlation < 0 else reversed(ascending)), abs(correlation))
