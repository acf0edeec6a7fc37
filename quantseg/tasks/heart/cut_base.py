"""Whether a stack ends within the left ventricle, before its base: such a stump can look like a whole, shorter one."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from quantseg.measure.limits import Limits, telling_decimals
from quantseg.measure.values import Check, Verdict
from quantseg.tasks.heart.anatomy import HeartLabel
from quantseg.tasks.heart.base_apex import BaseApexOrder
from quantseg.tasks.heart.phases import Phases
from quantseg.tasks.heart.short_axis import ShortAxisStack

# At its base a ventricle narrows, opens, or has left the slice at end-systole; elsewhere it is this full.
_FULL_SHARE = 0.95
# Fitted to experts' labels of ACDC, whole and cut short (Testing/benchmarks/heart_rules_on_truth.py prints how many of
# either are flagged): most stacks end with the ventricle, so that a full last slice alone says nothing.
_LENGTH_PER_WIDTH = Limits((0.74, None))
# Of whole ventricles at end-diastole there: 10th percentile, median, 90th percentile.
_USUAL_LENGTHS = (0.69, 0.83, 0.96)
# No more slices are thought of beyond a stack that ends before the apex: small hearts of ACDC do so.
_MOST_APICAL_SLICES = 2


@dataclass(frozen=True)
class CutBase:
    """A left ventricle whose labels reach the stack's end on the side of the base at both phases, at full size.

    Attributes:
        full_share: area of the left ventricle (cavity and muscle) in the stack's most basal slice per its largest; the
            smaller of both phases.
        length_per_width: length of a cylinder as wide as the largest slice and of the ventricle's volume, per diameter
            of that slice, its apex thought on where the stack ends before it; the larger of both phases.
        end_diastolic_length_per_width: the same at end-diastole.
        seen_ml: volume of the cavity at end-diastole.
    """

    full_share: float
    length_per_width: float
    end_diastolic_length_per_width: float
    seen_ml: float

    def missing_ml(self) -> tuple[float, float, float]:
        """Return how much of the cavity is missing at end-diastole if it is as long as usual: least, usual, most.

        The length of whole ventricles varies, so that all three are estimates; none is below 0.
        """
        least, usual, most = (
            self.seen_ml * max(length / self.end_diastolic_length_per_width - 1, 0.0) for length in _USUAL_LENGTHS
        )
        return least, usual, most


def cut_base(stack: ShortAxisStack, phases: Phases, order: BaseApexOrder | None) -> CutBase | None:
    """Look for a stack that ends within the ventricle.

    Args:
        stack: labels, a left ventricle among them at both phases.
        phases: end-diastole and end-systole.
        order: the stack from base to apex.

    Returns:
        None where the stack goes on beyond the ventricle or shows it narrowing, for a single phase, for unknown
        spacing, and where nothing tells base from apex.
    """
    voxel_ml, slice_mm = stack.voxel_volume_ml, stack.slice_distance_mm
    if order is None or voxel_ml is None or slice_mm is None or phases.end_diastole == phases.end_systole:
        return None
    cavity = stack.areas[HeartLabel.LV_CAVITY][[phases.end_diastole, phases.end_systole]]
    left = cavity + stack.areas[HeartLabel.LV_MYOCARDIUM][[phases.end_diastole, phases.end_systole]]
    largest = left.max(axis=1)
    full_share = float((left[:, order.slices[0]] / largest).min())
    if full_share < _FULL_SHARE:
        return None
    width_mm = 2 * np.sqrt(largest * math.prod(stack.pixel_mm) / math.pi)
    whole = np.array([areas.sum() + _beyond_apex(areas) for areas in left[:, order.slices].astype(float)])
    lengths = whole / largest * slice_mm / width_mm
    return CutBase(full_share, float(lengths.max()), float(lengths[0]), float(cavity[0].sum() * voxel_ml))


def _beyond_apex(areas: np.ndarray) -> float:
    """Return the pixels that a ventricle would go on to show beyond the stack, getting smaller as it did before.

    Args:
        areas: of the left ventricle from base to apex, shape (K,).
    """
    before, last = areas[-2:]
    slices = last / (before - last) if before > last else float(_MOST_APICAL_SLICES)
    return float(last * min(slices, _MOST_APICAL_SLICES) / 2)


def check_cut_base(found: CutBase | None) -> list[Check]:
    """Judge whether slices are missing at the base; nothing where the ventricle is seen to end."""
    if found is None:
        return []
    verdict = _LENGTH_PER_WIDTH.verdict(found.length_per_width)
    limit = _LENGTH_PER_WIDTH.look[0] or 0.0
    decimals = telling_decimals(found.length_per_width, (limit,), 2)
    statement = (
        f"The stack ends at the base in a slice that shows the left ventricle at its full size at both phases "
        f"({100 * found.full_share:.0f} % of its largest area), and from there to the apex it is "
        f"{found.length_per_width:.{decimals}f} times as long as wide, by its volume (expected at least "
        f"{limit:.{decimals}f})"
    )
    if verdict is Verdict.GOOD:
        return [Check("cut_base", verdict, f"{statement}.")]
    least, usual, most = found.missing_ml()
    reason = (
        f"{statement}: slices may be missing at the base, and with them about {usual:.0f} ml ({least:.0f} to "
        f"{most:.0f}) of the left cavity at end-diastole beside the {found.seen_ml:.0f} ml that are seen"
    )
    return [Check("cut_base", verdict, f"{reason}.")]
