"""Slices at the base and the apex that a person leaves out of the measurement, frame by frame."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from quantseg.tasks.heart.base_apex import base_apex_order
from quantseg.tasks.heart.short_axis import ShortAxisStack


@dataclass(frozen=True)
class EndSlices:
    """How many of the slices that show the heart are left out at either end.

    Attributes:
        base: at the base.
        apex: at the apex.
    """

    base: int = 0
    apex: int = 0


def without_end_slices(stack: ShortAxisStack, left_out: Mapping[int, EndSlices]) -> np.ndarray:
    """Return labels without these slices, shape (T, I, J, K).

    Args:
        stack: all labels; where nothing tells base from apex, its first slice counts as the basal one.
        left_out: by frame, counted from 0.
    """
    kept = stack.labels.copy()
    order = base_apex_order(stack)
    along = list(range(kept.shape[-1])) if order is None else list(order.slices)
    for frame, ends in left_out.items():
        shown = [k for k in along if kept[frame, :, :, k].any()]
        for k in [*shown[: ends.base], *shown[max(len(shown) - ends.apex, 0) :]]:
            kept[frame, :, :, k] = 0
    return kept
