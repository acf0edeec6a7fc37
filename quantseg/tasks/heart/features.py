"""Numbers that tell plausible labels of a heart from implausible ones; what is plausible is decided elsewhere."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from quantseg.measure.statistics import bounding_box
from quantseg.tasks.heart.anatomy import HeartLabel
from quantseg.tasks.heart.base_apex import BaseApexOrder, base_apex_order
from quantseg.tasks.heart.cut_base import CutBase, cut_base
from quantseg.tasks.heart.function import ejection_fraction_percent
from quantseg.tasks.heart.phases import Phases
from quantseg.tasks.heart.short_axis import ShortAxisStack
from quantseg.tasks.heart.volumes import volume_curves
from quantseg.volume.masks import components

_FEWEST_SLICES = 3
# Networks often leave the last pixel of a heart that goes on beyond the edge.
_RIM_PIXELS = 2
_LEFT = (HeartLabel.LV_MYOCARDIUM, HeartLabel.LV_CAVITY)


@dataclass(frozen=True)
class HeartFeatures:
    """What the checks look at: the worse of end-diastole and end-systole where nothing else is said.

    Attributes:
        base_growth: area of the left ventricle (cavity and muscle) in its most basal slice per that in the next one;
            None where base and apex cannot be told apart.
        apex_share: area in its most apical slice per that in its largest; None where base and apex cannot
            be told apart.
        length_per_width: its length along the stack per diameter of a disc as large as its largest slice; None where
            the spacing is unknown.
        broken_slices: slices between first and last in which a structure is missing: muscle around a cavity, a cavity
            between cavities, a right ventricle between right ventricles.
        open_wall_share: share of the left cavity's edge, in plane, that does not touch muscle.
        scattered_share: share of the pixels of both ventricles outside the largest connected area of their slice.
        border_pixels: labelled pixels at the edge of the image in plane or one pixel from it, over all frames.
        muscle_change: end-systolic per end-diastolic volume of the muscle, which hardly changes; None for one frame.
        stroke_difference: difference of left and right stroke volume per their mean; None for one frame, or where
            either does not eject.
        ejection_fraction: of the left ventricle in %; None for one frame.
        has_right_ventricle: whether either frame shows it.
        right_ejection_fraction: of the right ventricle in %; minus infinity where end-systole alone shows it; None for
            one frame, or where neither phase shows it.
        cut_base: a ventricle that the stack's end may cut, as :func:`quantseg.tasks.heart.cut_base.cut_base` has it.
    """

    base_growth: float | None
    apex_share: float | None
    length_per_width: float | None
    broken_slices: int
    open_wall_share: float
    scattered_share: float
    border_pixels: int
    muscle_change: float | None
    stroke_difference: float | None
    ejection_fraction: float | None
    has_right_ventricle: bool
    right_ejection_fraction: float | None = None
    cut_base: CutBase | None = None


def heart_features(stack: ShortAxisStack, phases: Phases) -> HeartFeatures:
    """Measure labels whose end-diastolic and end-systolic frames both show a left cavity."""
    frames = sorted({phases.end_diastole, phases.end_systole})
    left = sum(stack.areas[label] for label in _LEFT)
    order = base_apex_order(stack)
    tapers = [taper for frame in frames if order is not None and (taper := _ends(left[frame], order)) is not None]
    lengths = [length for frame in frames if (length := _length_per_width(left[frame], stack)) is not None]
    edges = stack.labels > 0
    edges[:, _RIM_PIXELS:-_RIM_PIXELS, _RIM_PIXELS:-_RIM_PIXELS] = False
    curves = volume_curves(stack)
    muscle, left_cavity, right_cavity = (
        curves.voxel_counts[label][[phases.end_diastole, phases.end_systole]]
        for label in (HeartLabel.LV_MYOCARDIUM, HeartLabel.LV_CAVITY, HeartLabel.RV_CAVITY)
    )
    strokes = [float(counts[0] - counts[1]) for counts in (left_cavity, right_cavity)]
    moving = len(frames) > 1
    return HeartFeatures(
        base_growth=max((growth for growth, _ in tapers), default=None),
        apex_share=max((share for _, share in tapers), default=None),
        length_per_width=min(lengths, default=None),
        broken_slices=max(_broken_slices(stack.areas[:, frame]) for frame in frames),
        open_wall_share=max(open_wall_share(stack.labels[frame]) for frame in frames),
        scattered_share=max(_scattered_share(stack.labels[frame]) for frame in frames),
        border_pixels=int(np.count_nonzero(edges)),
        muscle_change=float(muscle[1] / muscle[0]) if moving and muscle[0] else None,
        stroke_difference=2 * (strokes[0] - strokes[1]) / sum(strokes) if moving and min(strokes) > 0 else None,
        ejection_fraction=ejection_fraction_percent(*left_cavity) if moving else None,
        has_right_ventricle=bool(stack.areas[HeartLabel.RV_CAVITY][frames].any()),
        right_ejection_fraction=_right_ejection_fraction(right_cavity) if moving else None,
        cut_base=cut_base(stack, phases, order),
    )


def _right_ejection_fraction(counts: np.ndarray) -> float | None:
    end_diastole, end_systole = counts
    if not end_diastole:
        return -math.inf if end_systole else None
    return ejection_fraction_percent(end_diastole, end_systole)


def _ends(areas: np.ndarray, order: BaseApexOrder) -> tuple[float, float] | None:
    """Return how the base grows over the next slice, and the apex's share of the largest."""
    along = areas[list(order.slices)]
    shown = along[along > 0]
    if len(shown) < _FEWEST_SLICES:
        return None
    return float(shown[0] / shown[1]), float(shown[-1] / shown.max())


def _length_per_width(areas: np.ndarray, stack: ShortAxisStack) -> float | None:
    if stack.slice_distance_mm is None or not areas.any():
        return None
    length_mm = np.count_nonzero(areas) * stack.slice_distance_mm
    width_mm = 2 * np.sqrt(areas.max() * np.prod(stack.pixel_mm) / np.pi)
    return float(length_mm / width_mm)


def _broken_slices(areas: np.ndarray) -> int:
    """Count the slices in which a structure is missing; areas by label and slice, shape (4, K)."""
    cavity, muscle = areas[HeartLabel.LV_CAVITY] > 0, areas[HeartLabel.LV_MYOCARDIUM] > 0
    broken = cavity & ~muscle
    for shown in (cavity, areas[HeartLabel.RV_CAVITY] > 0):
        where = np.flatnonzero(shown)
        if len(where):
            broken[where[0] : where[-1] + 1] |= ~shown[where[0] : where[-1] + 1]
    return int(np.count_nonzero(broken))


def open_wall_share(labels: np.ndarray) -> float:
    """Return the share of the left cavity's edges in plane with something else than muscle behind; 0 without one.

    Args:
        labels: ``HeartLabel`` values, shape (I, J, K).
    """
    padded = np.pad(labels, ((1, 1), (1, 1), (0, 0)))
    cavity, walled = padded == HeartLabel.LV_CAVITY, padded == HeartLabel.LV_MYOCARDIUM
    edges = open_edges = 0
    for axis in (0, 1):
        for step in (-1, 1):
            # The padding keeps opposite edges of the image from meeting.
            leaving = cavity & ~np.roll(cavity, step, axis)
            edges += int(np.count_nonzero(leaving))
            open_edges += int(np.count_nonzero(leaving & ~np.roll(walled, step, axis)))
    return open_edges / edges if edges else 0.0


def _scattered_share(labels: np.ndarray) -> float:
    box = bounding_box(labels)
    if box is None:
        return 0.0
    labels = labels[box]
    total = scattered = 0
    for structure in ((HeartLabel.RV_CAVITY,), _LEFT):
        mask = np.isin(labels, structure)
        for k in np.flatnonzero(mask.any(axis=(0, 1))):
            sizes = np.bincount(components(mask[:, :, k]).ravel())[1:]
            total += int(sizes.sum())
            scattered += int(sizes.sum() - sizes.max())
    return scattered / total
