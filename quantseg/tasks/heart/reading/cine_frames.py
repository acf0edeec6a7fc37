"""From the images of a DICOM cine to slices over time: each at one position, in the order of the heart beat."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from quantseg.errors import InputRefused
from quantseg.tasks.heart.reading.cine_grid import CommonGrid, common_grid, hindrance, reference_of
from quantseg.tasks.heart.reading.cine_takes import Take, chosen, same_places, takes_of, usual_count
from quantseg.tasks.heart.reading.cine_times import TimedFrame, TimeField, in_words
from quantseg.tasks.heart.reading.frame_matching import Matched, matched, phases_of_beat
from quantseg.tasks.heart.reading.short_axis import refuse_few_slices

_MOST_NAMED = 3
"""How many slices a message names."""
_BY_NUMBER = (
    "The images do not say their time in the heart beat; they were put in the order of their instance numbers, and "
    "volumes over time are right only if that is the order of time."
)


@dataclass(frozen=True)
class Slices:
    """The images of a cine by slice and time.

    Attributes:
        images: one list a slice, along the normal; each in the order of time.
        weights: one a slice: shape (T, images), what each image contributes to each frame; None where the images are
            the frames.
        times: of each frame, shape (T, K), in the unit of ``field``; None for a single frame.
        field: which field gave the order; None for a single frame.
        grid: where the slices lie together.
        doubts: why the result needs a look, a sentence each.
    """

    images: list[tuple[TimedFrame, ...]]
    weights: list[np.ndarray | None]
    times: np.ndarray | None
    field: TimeField | None
    grid: CommonGrid
    doubts: tuple[str, ...]


def arrange(images: Sequence[TimedFrame], distance_given: bool = False) -> Slices:
    """Put the images of a cine in order by position along the normal and by time, never by name.

    Slices may have been acquired in beats of different lengths: what counts is each image's rank within its slice, or
    where some slices have more frames than others, its share of the beat. A slice that cannot be used is left out
    where the others form a stack without it.

    Args:
        images: of one acquisition.
        distance_given: the user has said how far slices lie apart.

    Raises:
        InputRefused: images say no time, frames or slices are missing, or there are too few slices.
    """
    field = order_field(images)
    places = takes_of(images, field, reference_of([image.frame for image in images]))
    takes, doubts = chosen(places, field)
    refuse_few_slices(len(takes))
    reference = reference_of([take.frame for take in takes])
    # A take that cannot be used has no part in what is usual.
    hindrances = [hindrance(take.frame, reference) for take in takes]
    fitting = [take for take, reason in zip(takes, hindrances, strict=True) if reason is None]
    usual = usual_count([[take] for take in fitting])
    phases = phases_of_beat([take for take in fitting if len(take.images) == usual], field)
    kept: list[Take] = []
    frames: list[Matched] = []
    odd: dict[int, str] = {}
    for number, (take, reason) in enumerate(zip(takes, hindrances, strict=True), start=1):
        found = matched(take, phases, field) if reason is None else None
        if found is None:
            odd[number] = reason or _count_in_words(take, phases, fitting, field)
            continue
        kept.append(take)
        frames.append(found)
    grid = _grid(kept, odd, len(takes), distance_given)
    blended = [number for number, one in enumerate(frames, start=1) if one.weights is not None]
    return Slices(
        [take.images for take in kept],
        [one.weights for one in frames],
        None if field is None else np.stack([one.times for one in frames], axis=1),
        field,
        grid,
        (
            *((_BY_NUMBER,) if field is TimeField.INSTANCE_NUMBER else ()),
            *doubts,
            *_blended_in_words(blended, kept, usual),
            *(f"Slice {number} of {len(takes)} was left out: {reason}." for number, reason in odd.items()),
            *grid.doubts,
        ),
    )


def order_field(images: Sequence[TimedFrame]) -> TimeField | None:
    """Return the field by which the images of a slice are put in order; None where there is one of each slice.

    Raises:
        InputRefused: there are several of a slice, and no field tells their order.
    """
    groups = [group for group in same_places(images) if len(group) > 1]
    if not groups:
        return None
    usable = [field for field in TimeField if _tells_times(groups, field)]
    telling = [field for field in usable if all(_is_unique(group, field) for group in groups)]
    if telling and (telling[0] is not TimeField.INSTANCE_NUMBER or usable[0] is TimeField.INSTANCE_NUMBER):
        return telling[0]
    if usable and usable[0] is not TimeField.INSTANCE_NUMBER:
        return usable[0]
    raise InputRefused(
        "several images lie at one position, and not all say their time in the heart beat (TriggerTime, "
        "TemporalPositionIdentifier, or InstanceNumber where echo and inversion time are the same); export the cine "
        "again from the scanner"
    )


def _tells_times(groups: Sequence[Sequence[TimedFrame]], field: TimeField) -> bool:
    """Tell whether a field is stated everywhere, and as more than one and the same number."""
    if not all(field in image.times for group in groups for image in group):
        return False
    if field is TimeField.INSTANCE_NUMBER:
        # Numbers say nothing of what differs between images: echoes, say, are no times.
        return all(_is_unique(group, field) and len({image.contrast for image in group}) == 1 for group in groups)
    return all(len({image.times[field] for image in group}) > 1 for group in groups)


def _is_unique(group: Sequence[TimedFrame], field: TimeField) -> bool:
    return field in group[0].times and len({image.times.get(field) for image in group}) == len(group)


def _grid(kept: Sequence[Take], odd: dict[int, str], slices: int, distance_given: bool) -> CommonGrid:
    """Return the grid of the slices that can be used.

    Raises:
        InputRefused: they form no stack; where some cannot be used, with the reason for that.
    """
    try:
        refuse_few_slices(len(kept))
        return common_grid([take.frame for take in kept], distance_given)
    except InputRefused:
        if not odd:
            raise
    named = "; ".join(f"slice {number}: {reason}" for number, reason in list(odd.items())[:_MOST_NAMED])
    more = f" and {len(odd) - _MOST_NAMED} more" if len(odd) > _MOST_NAMED else ""
    raise InputRefused(
        f"{len(odd)} of {slices} slices cannot be used, and the others make up no stack ({named}{more}); export the "
        "whole cine again, or pick its series with --series"
    )


def _count_in_words(take: Take, phases: np.ndarray, fitting: Sequence[Take], field: TimeField | None) -> str:
    """Return in words that a take has another number of frames than the rest, and where it can be told which lack."""
    count, usual = len(take.images), len(phases)
    missing = ""
    whole = [one for one in fitting if len(one.images) == usual]
    if field is not None and field is not TimeField.INSTANCE_NUMBER and count < usual:
        expected = np.median([[image.times[field] for image in one.images] for one in whole], axis=0)
        unmatched = _unmatched(expected, np.array([image.times[field] for image in take.images]))
        if len(unmatched) == usual - count:
            missing = f" (missing the one at {in_words(unmatched, field)})"
    noun = "frame" if count == 1 else "frames"
    return f"it has {count} {noun}{missing} beside {usual} of the rest"


def _unmatched(usual: np.ndarray, found: np.ndarray) -> list[float]:
    """Return those of the usual times that no found one is nearest to."""
    nearest = {int(np.argmin(np.abs(usual - time))) for time in found}
    return [float(time) for index, time in enumerate(usual) if index not in nearest]


def _blended_in_words(blended: Sequence[int], kept: Sequence[Take], usual: int) -> tuple[str, ...]:
    if not blended:
        return ()
    counts = ", ".join(sorted({str(len(kept[number - 1].images)) for number in blended}, key=int))
    have = "has" if len(blended) == 1 else "have"
    return (
        f"{len(blended)} of {len(kept)} slices {have} another count of frames ({counts}) than the {usual} of the rest: "
        "theirs were interpolated over the beat.",
    )
