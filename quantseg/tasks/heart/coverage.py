"""Whether a stack holds the whole left ventricle: how many of its slices are likely to be missing at either end."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from enum import Enum

import numpy as np

from quantseg.measure.expectation import LinearExpectation
from quantseg.tasks.heart.anatomy import HeartLabel
from quantseg.tasks.heart.base_apex import base_apex_order
from quantseg.tasks.heart.phases import Phases
from quantseg.tasks.heart.short_axis import ShortAxisStack

MOST_SLICES_FITTED = 3
"""How many missing slices the fit is shown at most: that more are missing it can tell, but not how many."""

_FEWEST_SLICES = 3
_FEW_PIXELS = 50


class StackEnd(Enum):
    """Where slices may be missing."""

    BASE = "base"
    APEX = "apex"


@dataclass(frozen=True)
class LengthwiseAreas:
    """How large each structure is from base to apex.

    Attributes:
        areas: pixels by label value, frame (end-diastole, end-systole) and slice, base first, shape (4, 2, K).
        pixel_mm2: area of a pixel.
        slice_distance_mm: between the middles of neighbouring slices.
        doubt: pixels that the members label differently, shape (2, K): at a true base or apex they are never at one.
    """

    areas: np.ndarray
    pixel_mm2: float
    slice_distance_mm: float
    doubt: np.ndarray

    def without(self, end: StackEnd, count: int) -> LengthwiseAreas | None:
        """Take away so many slices of the left ventricle at one end, and all beyond; None where too few remain."""
        shown = np.flatnonzero(self._left.any(axis=0))
        if len(shown) < count + _FEWEST_SLICES:
            return None
        kept = slice(shown[count], None) if end is StackEnd.BASE else slice(None, shown[-1 - count] + 1)
        return replace(self, areas=self.areas[:, :, kept], doubt=self.doubt[:, kept])

    def terms(self) -> dict[str, float] | None:
        """Return what tells a whole ventricle from one that lacks an end; None where a phase shows hardly any."""
        found: dict[str, float] = {}
        ends = []
        for phase, left, right, cavity, doubt in zip(
            ("ed", "es"),
            self._left,
            self.areas[HeartLabel.RV_CAVITY],
            self.areas[HeartLabel.LV_CAVITY],
            self.doubt,
            strict=True,
        ):
            where = np.flatnonzero(left)
            if len(where) < _FEWEST_SLICES:
                return None
            first, last = int(where[0]), int(where[-1])
            width_mm = 2 * math.sqrt(left.max() * self.pixel_mm2 / math.pi)
            inside = right[first : last + 1]
            values = {
                "length": math.log((last - first + 1) * self.slice_distance_mm / width_mm),
                "base_growth": left[first] / max(left[first + 1], 1),
                "base_share": left[first] / left.max(),
                "apex_share": left[last] / left.max(),
                "right_base_share": inside[0] / max(inside.max(), 1),
                "right_base_growth": inside[0] / max(inside[1], 1),
                "right_apex_share": inside[-1] / max(inside.max(), 1),
                "cavity_apex_share": cavity[last] / max(cavity.max(), 1),
                "widest": (left.argmax() - first) / len(where),
                "right_widest": inside.argmax() / len(inside),
                "at_first_slice": first == 0,
                "at_last_slice": last == len(left) - 1,
                "apex_cavity": cavity[last] / left[last],
                # What both ventricles are to each other changes from base to apex.
                "right_to_left": _log_ratio(right.sum(), left.sum()),
                "right_to_left_base": _log_ratio(right[first], left[first]),
                "muscle_share": 1 - cavity.sum() / left.sum(),
                "base_muscle_share": 1 - cavity[first] / left[first],
                "cavity_growth": cavity[first + 1] / max(cavity[first + 2], 1),
                "base_doubt": _log_ratio(doubt[first], left[first]),
                "apex_doubt": _log_ratio(doubt[last], left[last]),
                "doubt_beyond_base": math.sqrt(doubt[first - 1] / left.max()) if first else 0.0,
                "doubt_beyond_apex": math.sqrt(doubt[last + 1] / left.max()) if last + 1 < len(left) else 0.0,
            }
            found |= {f"{phase}_{name}": float(value) for name, value in values.items()}
            ends.append((first, last))
        # The base moves towards the apex as the heart contracts, slices at whose end it leaves.
        found["base_descent"], found["apex_ascent"] = float(ends[1][0] - ends[0][0]), float(ends[0][1] - ends[1][1])
        # The same length is fewer slices where these are thick.
        found["slice_distance"] = self.slice_distance_mm
        return found

    @property
    def _left(self) -> np.ndarray:
        return np.asarray(self.areas[HeartLabel.LV_MYOCARDIUM] + self.areas[HeartLabel.LV_CAVITY])


def _log_ratio(first_pixels: float, second_pixels: float) -> float:
    """Return the logarithm of the ratio of two areas, of which either may be nothing."""
    return math.log((first_pixels + _FEW_PIXELS) / (second_pixels + _FEW_PIXELS))


class CoverageExpectation(LinearExpectation):
    """A linear model of how complete one end of the left ventricle is: minus the number of missing slices."""

    def missing_slices(self, terms: dict[str, float]) -> float:
        """Return the expected number of slices that are missing, for :meth:`LengthwiseAreas.terms`."""
        return max(-self.expect(terms), 0.0)


def lengthwise_areas(stack: ShortAxisStack, phases: Phases, slice_doubt: np.ndarray | None) -> LengthwiseAreas | None:
    """Measure both phases.

    Args:
        stack: labels of the cycle.
        phases: end-diastole and end-systole.
        slice_doubt: as :class:`quantseg.tasks.heart.segmenting.CycleSegmentation` has it.

    Returns:
        None for a single phase or member, for unknown spacing, and where nothing tells base from apex.
    """
    order = base_apex_order(stack)
    if phases.end_diastole == phases.end_systole or slice_doubt is None:
        return None
    if order is None or stack.slice_distance_mm is None:
        return None
    shown, along = [phases.end_diastole, phases.end_systole], list(order.slices)
    areas = stack.areas[:, shown][:, :, along].astype(float)
    doubt = slice_doubt[shown][:, along]
    return LengthwiseAreas(areas, float(np.prod(stack.pixel_mm)), stack.slice_distance_mm, doubt)
