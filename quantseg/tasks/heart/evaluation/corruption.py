"""Cine stacks spoiled as clinical ones are, to measure whether a bad result is noticed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import Enum

import numpy as np
import SimpleITK as sitk

from quantseg.evaluation.corruption import Corruption, corrupt
from quantseg.measure.statistics import bounding_box
from quantseg.tasks.heart.anatomy import HeartLabel
from quantseg.tasks.heart.base_apex import base_apex_order
from quantseg.tasks.heart.short_axis import ShortAxisStack
from quantseg.volume import Volume

_LEFT = (HeartLabel.LV_MYOCARDIUM, HeartLabel.LV_CAVITY)
_HEAD_SLICE_MM, _HEAD_SLICES = 8.0, (8, 13)
# A narrower strip beside the heart is no stack that anyone would take for one.
_LEAST_BESIDE_MM = 60.0


class CineCorruption(Enum):
    """How a stack is spoiled."""

    CLEAN = "clean"
    MOTION = "motion blur"
    NOISE = "noise"
    INVERTED = "inverted contrast"
    COARSE = "low resolution"
    CUT = "cut field of view"
    SHIFTED = "heart at the rim"
    BASE = "base missing"
    APEX = "apex missing"
    MIXED = "frames of two patients"
    BESIDE = "thorax beside the heart"
    HEAD = "head"


@dataclass(frozen=True)
class LabelledStack:
    """End-diastole and end-systole of one patient, in this order.

    Attributes:
        frames: raw intensities, slices along the last axis, float32, shape (2, I, J, K).
        labels: what is in view of the truth, ``HeartLabel`` values, same shape.
        spacing_mm: along i, j and k.
        missing_slices: slices with a left ventricle that the stack no longer holds.
        cut: whether the picture's edge cuts the heart in plane.
        wrong_organ: whether there is nothing to be outlined at all.
    """

    frames: np.ndarray
    labels: np.ndarray
    spacing_mm: tuple[float, float, float]
    missing_slices: int = 0
    cut: bool = False
    wrong_organ: bool = False


def spoil(
    stack: LabelledStack, corruption: CineCorruption, random: np.random.Generator, other: LabelledStack
) -> LabelledStack | None:
    """Spoil both frames alike; strengths are drawn from mild, where the result stays good, to severe.

    Args:
        stack: of one patient.
        corruption: what to do; not HEAD, for which ``head_stack`` cuts a stack of its own.
        random: source of the strength.
        other: of another patient, whose end-systole MIXED takes.

    Returns:
        the spoiled stack; None where this patient cannot be spoiled so, such as one with nothing beside the heart.
    """
    if corruption is CineCorruption.CLEAN:
        return stack
    if corruption is CineCorruption.MIXED:
        return _mixed(stack, other)
    return _ACTIONS[corruption](stack, random)


def head_stack(head: Volume, random: np.random.Generator) -> LabelledStack:
    """Cut a stack of 8 mm slices from a head, along an axis and at a place that chance chooses.

    Args:
        head: of about 1 mm.
        random: source of the place.
    """
    axis, count = int(random.integers(3)), int(random.integers(*_HEAD_SLICES))
    step = max(1, round(_HEAD_SLICE_MM / head.spacing_mm[axis]))
    slices = np.moveaxis(head.array.astype(np.float32), axis, 2)
    first = int(random.integers(0, max(1, slices.shape[2] - step * count)))
    frame = slices[:, :, first : first + step * count : step]
    in_plane = [mm for index, mm in enumerate(head.spacing_mm) if index != axis]
    frames = np.stack([frame, frame * float(random.uniform(0.95, 1.05))])
    spacing_mm = (float(in_plane[0]), float(in_plane[1]), _HEAD_SLICE_MM)
    return LabelledStack(frames, np.zeros(frames.shape, np.uint8), spacing_mm, wrong_organ=True)


def _as_one_volume(corruption: Corruption) -> Callable[[LabelledStack, np.random.Generator], LabelledStack]:
    """Spoil both frames at once, one behind the other, as a crop of another organ is spoiled."""

    def act(stack: LabelledStack, random: np.random.Generator) -> LabelledStack:
        image, labels = (np.concatenate(list(part), axis=2) for part in (stack.frames, stack.labels))
        spoiled, _ = corrupt(Volume(image, np.diag([*stack.spacing_mm, 1.0])), labels, corruption, random)
        return replace(stack, frames=np.stack(np.split(spoiled.array, 2, axis=2)))

    return act


def _motion(stack: LabelledStack, random: np.random.Generator) -> LabelledStack:
    """Blur in plane, more along one axis, and add a ghost displaced along it."""
    axis = int(random.integers(2))
    sd_mm = [float(random.uniform(0.3, 2.0))] * 2
    sd_mm[axis] = float(random.uniform(1.0, 8.0))
    shift = round(float(random.uniform(10, 50)) / stack.spacing_mm[axis])
    share = float(random.uniform(0.0, 0.5))
    variance = [0.0, *((sd / mm) ** 2 for sd, mm in zip(sd_mm[::-1], stack.spacing_mm[1::-1], strict=True))]

    def moved(frame: np.ndarray) -> np.ndarray:
        # SimpleITK counts axes the other way round: slices first, so that none of them is blurred into another.
        image = sitk.GetImageFromArray(np.ascontiguousarray(frame))
        blurred = sitk.GetArrayFromImage(sitk.DiscreteGaussian(image, variance, 32, 0.01, False))
        return (1 - share) * blurred + share * np.roll(blurred, shift, axis)

    return replace(stack, frames=np.stack([moved(frame) for frame in stack.frames]))


def _coarse(stack: LabelledStack, random: np.random.Generator) -> LabelledStack:
    """Average two pixels or more, 2 to 10 mm, as a scan of that resolution shows them; the grid stays."""
    size_mm = float(random.uniform(2.0, 10.0))
    blocks = [max(2, round(size_mm / mm)) for mm in stack.spacing_mm[:2]]

    def coarse(frame: np.ndarray) -> np.ndarray:
        for axis, block in enumerate(blocks):
            edges = np.arange(0, frame.shape[axis], block)
            widths = np.diff([*edges, frame.shape[axis]])
            sums = np.add.reduceat(frame, edges, axis=axis)
            shape = [1] * 3
            shape[axis] = -1
            frame = np.repeat(sums / widths.reshape(shape), widths, axis=axis)
        return frame.astype(np.float32)

    return replace(stack, frames=np.stack([coarse(frame) for frame in stack.frames]))


def _cut(stack: LabelledStack, random: np.random.Generator) -> LabelledStack:
    """Cut the picture along a line that may pass through the heart; what lies beyond is gone."""
    axis, from_start, line = _line_through_heart(stack, random)
    kept = slice(line, None) if from_start else slice(None, line)
    index = (slice(None), *(kept if a == axis else slice(None) for a in range(2)))
    frames, labels = stack.frames[index].copy(), stack.labels[index].copy()
    return replace(stack, frames=frames, labels=labels, cut=_is_cut(labels, stack.labels))


def _shifted(stack: LabelledStack, random: np.random.Generator) -> LabelledStack:
    """Move the view until the heart reaches its rim or leaves it; what enters is unknown and stays empty."""
    axis, from_start, line = _line_through_heart(stack, random)
    size = stack.frames.shape[1 + axis]
    step = line if from_start else line - size
    frames, labels = np.full_like(stack.frames, stack.frames.min()), np.zeros_like(stack.labels)
    source, target = ([slice(None)] * 4 for _ in range(2))
    source[1 + axis] = slice(max(0, step), size + min(0, step))
    target[1 + axis] = slice(max(0, -step), size + min(0, -step))
    frames[tuple(target)], labels[tuple(target)] = stack.frames[tuple(source)], stack.labels[tuple(source)]
    return replace(stack, frames=frames, labels=labels, cut=_is_cut(labels, stack.labels))


def _line_through_heart(stack: LabelledStack, random: np.random.Generator) -> tuple[int, bool, int]:
    """Draw the axis and side that a picture ends on, and where: from 15 % of the heart beside it to 50 % inside."""
    axis, from_start = int(random.integers(2)), bool(random.random() < 0.5)
    occupied = np.flatnonzero(stack.labels.any(axis=(0, 2 - axis, 3)))
    depth = round(float(random.uniform(-0.15, 0.5)) * len(occupied))
    first, last = int(occupied[0]), int(occupied[-1]) + 1
    return axis, from_start, max(0, first + depth) if from_start else min(stack.frames.shape[1 + axis], last - depth)


def _is_cut(in_view: np.ndarray, whole: np.ndarray) -> bool:
    edges = (in_view[:, [0, -1]], in_view[:, :, [0, -1]])
    return any(edge.any() for edge in edges) or int((in_view > 0).sum()) < int((whole > 0).sum())


def _without_end(at_base: bool) -> Callable[[LabelledStack, np.random.Generator], LabelledStack | None]:
    """Take away two or three slices of the left ventricle at an end, and all beyond."""

    def act(stack: LabelledStack, random: np.random.Generator) -> LabelledStack | None:
        count = int(random.integers(2, 4))
        order = base_apex_order(ShortAxisStack(stack.labels, None))
        left = np.flatnonzero(np.isin(stack.labels, _LEFT).any(axis=(0, 1, 2)))
        if order is None or len(left) < count + 3:
            return None
        along = list(order.slices if at_base else order.slices[::-1])
        first_kept = [k for k in along if k in left][count]
        kept = sorted(along[along.index(first_kept) :])
        return replace(stack, frames=stack.frames[..., kept], labels=stack.labels[..., kept], missing_slices=count)

    return act


def _beside(stack: LabelledStack, random: np.random.Generator) -> LabelledStack | None:
    """Keep the part of the picture on one side of the heart."""
    box = bounding_box(stack.labels.max(axis=0))
    if box is None:
        return None
    strips = []
    for axis in range(2):
        size, mm = stack.frames.shape[1 + axis], stack.spacing_mm[axis]
        for first, last in ((0, box[axis].start), (box[axis].stop, size)):
            if (last - first) * mm >= _LEAST_BESIDE_MM:
                strips.append((axis, first, last))
    if not strips:
        return None
    axis, first, last = strips[int(random.integers(len(strips)))]
    frames = np.take(stack.frames, range(first, last), axis=1 + axis)
    return replace(stack, frames=frames, labels=np.zeros(frames.shape, np.uint8), wrong_organ=True)


def _mixed(stack: LabelledStack, other: LabelledStack) -> LabelledStack:
    """Put the end-systole of another patient in the place of this one's, on the same grid, hearts' middles together."""
    frame, labels = (_placed(part[1], stack, other) for part in (other.frames, other.labels))
    return replace(
        stack, frames=np.stack([stack.frames[0], frame]), labels=np.stack([stack.labels[0], labels.astype(np.uint8)])
    )


def _placed(values: np.ndarray, stack: LabelledStack, other: LabelledStack) -> np.ndarray:
    """Take another patient's values at the nearest places of this one's grid; zero where there are none."""
    indices, inside = [], []
    for axis in range(3):
        middles = []
        for one in (stack, other):
            shown = np.flatnonzero(one.labels.any(axis=tuple(a for a in range(4) if a != 1 + axis)))
            middles.append((int(shown[0]) + int(shown[-1])) / 2)
        scale = stack.spacing_mm[axis] / other.spacing_mm[axis] if axis < 2 else 1.0
        places = np.round((np.arange(stack.frames.shape[1 + axis]) - middles[0]) * scale + middles[1]).astype(int)
        size = values.shape[axis]
        inside.append((places >= 0) & (places < size) if axis < 2 else np.ones(len(places), dtype=bool))
        indices.append(places.clip(0, size - 1))
    return np.where(inside[0][:, None, None] & inside[1][:, None], values[np.ix_(*indices)], 0).astype(values.dtype)


_ACTIONS: dict[CineCorruption, Callable[[LabelledStack, np.random.Generator], LabelledStack | None]] = {
    CineCorruption.MOTION: _motion,
    CineCorruption.NOISE: _as_one_volume(Corruption.NOISE),
    CineCorruption.INVERTED: _as_one_volume(Corruption.INVERTED),
    CineCorruption.COARSE: _coarse,
    CineCorruption.CUT: _cut,
    CineCorruption.SHIFTED: _shifted,
    CineCorruption.BASE: _without_end(at_base=True),
    CineCorruption.APEX: _without_end(at_base=False),
    CineCorruption.BESIDE: _beside,
}
