"""Thickness of the left ventricular wall on AHA segments 1 to 16, and how much it thickens in systole."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from quantseg.measure.values import Measurement
from quantseg.tasks.heart.anatomy import AHA_SEGMENTS, HeartLabel, Ring, aha_region
from quantseg.tasks.heart.base_apex import BaseApexOrder, base_apex_order
from quantseg.tasks.heart.contours import ANGLES, WallContours, wall_contours, wall_thickness_mm
from quantseg.tasks.heart.phases import Phases
from quantseg.tasks.heart.septum import Septum, anterior_side, find_septum, usual_septum
from quantseg.tasks.heart.short_axis import ShortAxisStack

_FEWEST_SLICES = 3
_RINGS = tuple(Ring)
# Walls in the order in which they follow each other from the septum's middle by way of the anterior wall, so that the
# first one of six begins there, and the first one of four lies around it.
_FROM_SEPTUM = {
    Ring.BASAL: (2, 1, 6, 5, 4, 3),
    Ring.MID: (8, 7, 12, 11, 10, 9),
    Ring.APICAL: (14, 13, 16, 15),
}
_METHOD = (
    "mean over the segment of chords at right angles to the line midway between both contours of the wall, in the "
    "plane of each short-axis slice in which muscle surrounds the cavity; segments of 60 or 90 degrees from the middle "
    "between the insertion points of the right ventricle, thirds of these slices from base to apex"
)
_THICKENING = "100 x (end-systolic - end-diastolic) / end-diastolic thickness of the segment"
SEPTUM_ASSUMED = "no right ventricle is outlined: the septum is taken to lie where it does in most hearts"
"""Part of the protocol of values whose walls are counted from there."""
_UNKNOWN = "orientation unknown: sectors are counted from the septum, either way round"


@dataclass(frozen=True)
class WallThickness:
    """Thickness by AHA segment, 1 to 16; a segment without a measured wall is absent.

    Attributes:
        diastolic_mm: at end-diastole.
        systolic_mm: at end-systole.
        walls_named: whether the orientation is known; otherwise anterior and inferior walls may be exchanged, and a
            number stands for ring and sector only.
        septum_assumed: whether the walls are counted from where the septum lies in most hearts.
    """

    diastolic_mm: Mapping[int, float]
    systolic_mm: Mapping[int, float]
    walls_named: bool
    septum_assumed: bool = False

    @property
    def thickening_percent(self) -> dict[int, float]:
        """Systolic thickening of the segments that both phases show."""
        both = (n for n in self.diastolic_mm if n in self.systolic_mm and self.diastolic_mm[n] > 0)
        return {n: 100 * (self.systolic_mm[n] / self.diastolic_mm[n] - 1) for n in both}

    def measurements(self) -> tuple[Measurement, ...]:
        """Return every value with its unit and protocol."""
        return tuple(self._measured())

    def _measured(self) -> Iterator[Measurement]:
        suffix = f"; {SEPTUM_ASSUMED}" if self.septum_assumed else "" if self.walls_named else f"; {_UNKNOWN}"
        for key, values, unit, protocol, decimals in (
            ("wall_thickness_end_diastole", self.diastolic_mm, "mm", _METHOD, None),
            ("wall_thickness_end_systole", self.systolic_mm, "mm", _METHOD, None),
            ("wall_thickening", self.thickening_percent, "%", f"{_THICKENING}; {_METHOD}", 0),
        ):
            for number, value in sorted(values.items()):
                region = aha_region(number, self.walls_named)
                yield Measurement(key, region, value, unit, protocol + suffix, decimals=decimals)


def measure_wall_thickness(stack: ShortAxisStack, phases: Phases) -> WallThickness | None:
    """Measure both phases.

    Segments follow Cerqueira et al. (Circulation 2002;105:539): basal, mid and apical third, six, six and four walls.
    The septum is found in each phase, since the heart turns about its axis as it contracts.

    Args:
        stack: labels over the cycle.
        phases: end-diastole and end-systole.

    Returns:
        the thickness; None where the spacing, the base or the septum is unknown, or fewer than three slices show a
        closed wall. Without any right ventricle the septum is assumed by the directions of a trusted affine.
    """
    order = base_apex_order(stack)
    if stack.affine is None or order is None:
        return None
    rings = [_closed_slices(stack, frame, order) for frame in (phases.end_diastole, phases.end_systole)]
    septa = [
        _septum(stack, frame, ring)
        for frame, ring in zip((phases.end_diastole, phases.end_systole), rings, strict=True)
    ]
    known = [septum for septum in septa if septum is not None]
    assumed = None if known or stack.areas[HeartLabel.RV_CAVITY].any() else usual_septum(stack, order)
    known += [] if assumed is None else [assumed]
    if not known or min(len(ring) for ring in rings) < _FEWEST_SLICES:
        return None
    side = anterior_side(stack, order, known[0])
    diastolic_mm, systolic_mm = (
        _by_segment(ring, septum or known[0], side or 1) for ring, septum in zip(rings, septa, strict=True)
    )
    return WallThickness(diastolic_mm, systolic_mm, side is not None, assumed is not None)


def _closed_slices(stack: ShortAxisStack, frame: int, order: BaseApexOrder) -> list[tuple[int, WallContours]]:
    """Return index and contours of the slices whose cavity is surrounded by muscle, from base to apex."""
    found = ((k, wall_contours(stack.labels[frame, :, :, k], stack.pixel_mm)) for k in order.slices)
    return [(k, contours) for k, contours in found if contours is not None]


def _septum(stack: ShortAxisStack, frame: int, ring: list[tuple[int, WallContours]]) -> Septum | None:
    return find_septum(((stack.labels[frame, :, :, k], contours) for k, contours in ring), stack.pixel_mm)


def _by_segment(slices: list[tuple[int, WallContours]], septum: Septum, side: int) -> dict[int, float]:
    chords: dict[int, list[np.ndarray]] = {number: [] for number in AHA_SEGMENTS}
    for place, (_, contours) in enumerate(slices):
        walls = _FROM_SEPTUM[_RINGS[int((place + 0.5) / len(slices) * len(_RINGS))]]
        thickness_mm = wall_thickness_mm(contours)
        width = 2 * np.pi / len(walls)
        # Four walls lie around their directions, six between them.
        offset = width / 2 if len(walls) == len(_FROM_SEPTUM[Ring.APICAL]) else 0.0
        from_septum = (side * (ANGLES - septum.middle) + offset) % (2 * np.pi)
        sector = np.minimum((from_septum / width).astype(int), len(walls) - 1)
        for index, number in enumerate(walls):
            chords[number].append(thickness_mm[sector == index])
    return {n: float(np.concatenate(parts).mean()) for n, parts in chords.items() if parts}
