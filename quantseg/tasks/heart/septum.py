"""Where the septum lies on the circumference of the left ventricle, and which way round the walls follow."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from quantseg.tasks.heart.anatomy import BASEWARDS_RAS, HeartLabel
from quantseg.tasks.heart.base_apex import BaseApexOrder
from quantseg.tasks.heart.contours import ANGLE_COUNT, ANGLES, WallContours
from quantseg.tasks.heart.short_axis import ShortAxisStack

# Steps outside the outer contour, in pixels, at which the right ventricle is looked for.
_LOOKS_PIXELS = (0.75, 1.5, 2.25)
# A shorter stretch of contact is a stray pixel, a longer one no septum, in degrees.
_CONTACT_DEGREES = (15.0, 240.0)
# The anterior wall faces up, forward and to the left, whatever the heart's position; 0 is a right angle.
_ANTERIOR_RAS = np.array([-0.4, 0.5, 0.77])
_LEAST_ANTERIOR_COSINE = 0.3
# Two of six walls belong to the septum.
_USUAL_HALF_WIDTH = float(np.pi / 3)


@dataclass(frozen=True)
class Septum:
    """The stretch of the circumference between the insertion points of the right ventricle.

    Attributes:
        middle: direction of its middle from the centre of the left ventricle, in radians from i towards j.
        half_width: from there to either insertion point, in radians.
    """

    middle: float
    half_width: float


def find_septum(slices: Iterable[tuple[np.ndarray, WallContours]], pixel_mm: tuple[float, float]) -> Septum | None:
    """Find the septum from where the right ventricle's cavity lies on the outer contour.

    Each slice's insertion points are the ends of its longest stretch of contact; slices count by that stretch.

    Args:
        slices: labels of shape (I, J) and contours, of one frame.
        pixel_mm: distance between pixels along i and j.

    Returns:
        the septum of the stack; None where the right ventricle touches the left in no slice.
    """
    stretches = [
        stretch for labels, contours in slices if (stretch := _contact(labels, contours, pixel_mm)) is not None
    ]
    if not stretches:
        return None
    middles, widths = (np.array(values) for values in zip(*stretches, strict=True))
    middle = float(np.angle(np.sum(widths * np.exp(1j * middles))))
    return Septum(middle, float(np.average(widths / 2, weights=widths)))


def usual_septum(stack: ShortAxisStack, order: BaseApexOrder) -> Septum | None:
    """Return the septum where it lies in most hearts, for labels without a right ventricle.

    The anterior wall is taken to face where it usually does; the septum lies at a right angle to it and to the axis,
    as in :func:`anterior_side`. Hearts lie flatter or steeper, so that the true septum may be half a wall away.

    Args:
        stack: with an affine.
        order: from base to apex.

    Returns:
        the septum; None where the affine is not trusted, or says that the apex is above the base.
    """
    if stack.affine is None or not stack.orientation_trusted:
        return None
    axis_i, axis_j, basewards = _axes(stack.affine, order)
    if basewards @ BASEWARDS_RAS < 0:
        return None
    to_septum = np.cross(_ANTERIOR_RAS, basewards)
    return Septum(float(np.arctan2(to_septum @ axis_j, to_septum @ axis_i)), _USUAL_HALF_WIDTH)


def _axes(affine: np.ndarray, order: BaseApexOrder) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the directions of i and j, and the way from apex to base, in RAS and of length 1."""
    axis_i, axis_j, axis_k = (column / np.linalg.norm(column) for column in affine[:3, :3].T)
    return axis_i, axis_j, axis_k * (1 if order.slices[0] > order.slices[-1] else -1)


def anterior_side(stack: ShortAxisStack, order: BaseApexOrder, septum: Septum) -> int | None:
    """Tell on which side of the septum's middle the anterior wall lies.

    Seen from the apex towards the base with the right ventricle on the left, the anterior wall is on top: its
    direction is the cross product of the way from apex to base and the way to the septum. That holds wherever the
    heart lies, as long as the affine does not mirror the patient.

    Args:
        stack: with an affine.
        order: from base to apex.
        septum: of any frame.

    Returns:
        1 where angles grow from the septum towards the anterior wall, -1 where they fall; None where the affine is
        not trusted, or says that the anterior wall faces down or the apex is above the base.
    """
    if stack.affine is None or not stack.orientation_trusted:
        return None
    axis_i, axis_j, basewards = _axes(stack.affine, order)
    to_septum = np.cos(septum.middle) * axis_i + np.sin(septum.middle) * axis_j
    anterior = np.cross(basewards, to_septum)
    if anterior @ _ANTERIOR_RAS < _LEAST_ANTERIOR_COSINE or basewards @ BASEWARDS_RAS < 0:
        return None
    growing = -np.sin(septum.middle) * axis_i + np.cos(septum.middle) * axis_j
    return 1 if growing @ anterior > 0 else -1


def _contact(labels: np.ndarray, contours: WallContours, pixel_mm: tuple[float, float]) -> tuple[float, float] | None:
    """Return middle and width in radians of the longest stretch on which the right ventricle touches the left."""
    touching = np.zeros(ANGLE_COUNT, bool)
    directions = np.column_stack([np.cos(ANGLES), np.sin(ANGLES)])
    for pixels in _LOOKS_PIXELS:
        distance_mm = contours.outer_mm + pixels * min(pixel_mm)
        indices = np.rint((contours.centre_mm + distance_mm[:, None] * directions) / pixel_mm).astype(int)
        inside = np.all((indices >= 0) & (indices < labels.shape), axis=1)
        touching[inside] |= labels[tuple(indices[inside].T)] == HeartLabel.RV_CAVITY
    start, length = _longest_run(touching)
    shortest, longest = _CONTACT_DEGREES
    if not shortest <= length * 360 / ANGLE_COUNT <= longest:
        return None
    step = 2 * np.pi / ANGLE_COUNT
    return float((start + length / 2) * step), float(length * step)


def _longest_run(ring: np.ndarray) -> tuple[int, int]:
    """Return start and length of the longest run of true values on a closed ring."""
    if ring.all() or not ring.any():
        return 0, len(ring) if ring.all() else 0
    turn = int(np.flatnonzero(~ring)[0])
    opened = np.concatenate([[False], np.roll(ring, -turn), [False]]).astype(int)
    starts, ends = np.flatnonzero(np.diff(opened) == 1), np.flatnonzero(np.diff(opened) == -1)
    longest = int(np.argmax(ends - starts))
    return (int(starts[longest]) + turn) % len(ring), int(ends[longest] - starts[longest])
