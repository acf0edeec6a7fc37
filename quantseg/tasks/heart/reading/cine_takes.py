"""Which images of a cine were taken together: each slice's takes, where it was repeated, and the one that counts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from quantseg.errors import InputRefused
from quantseg.reading.dicom_frames import Frame, have_one_grid
from quantseg.tasks.heart.reading.cine_grid import along_mm
from quantseg.tasks.heart.reading.cine_runs import runs_of, times_are_uneven
from quantseg.tasks.heart.reading.cine_times import TimedFrame, TimeField, in_words, repeated_times

SAME_SLICE_MM = 0.1
"""Images no further apart along their normal show one slice."""
_SAME_PLACE_SHARE = 0.5
"""Share of the usual distance below which a slice is another's repetition, after a breath that moved the heart."""
COMPLETE_SHARE = 0.8
"""Share of the usual number of frames from which a take counts as whole."""
_DECIMALS = 3
"""Times are compared to a thousandth of their unit."""
_MOST_NAMED = 3
"""How many slices a message names."""


@dataclass(frozen=True)
class Take:
    """Images of one slice that were taken together.

    Attributes:
        images: in the order of time.
        along_mm: where they lie along the normal of the stack.
    """

    images: tuple[TimedFrame, ...]
    along_mm: float

    @property
    def frame(self) -> Frame:
        """Where they lie."""
        return self.images[0].frame

    @property
    def age(self) -> tuple[float, float, float, float]:
        """What puts takes in the order in which they were made."""
        return max(
            (image.series_number, image.acquisition_number, image.made_s, image.instance_number)
            for image in self.images
        )


def takes_of(images: Sequence[TimedFrame], field: TimeField | None, reference: Frame) -> list[list[Take]]:
    """Return the takes of each slice, slices along the normal of a reference image.

    Images of one slice belong to one take if they come from one series, lie in one place and have times of their own;
    where times come or begin again, the next take has begun.
    """
    takes = []
    for members in same_places(images):
        place_mm = float(np.mean([along_mm(image.frame, reference) for image in members]))
        takes += [Take(tuple(run), place_mm) for run in runs_of(members, field)]
    takes.sort(key=lambda take: (take.along_mm, take.age))
    return _by_place(takes)


def chosen(places: Sequence[Sequence[Take]], field: TimeField | None) -> tuple[list[Take], tuple[str, ...]]:
    """Return the take that counts of each slice, and a doubt about each choice between whole ones.

    An aborted take gives way to a whole one; of several whole ones the last counts, as a technician repeats what went
    wrong.

    Raises:
        InputRefused: no take of a repeated slice is whole, or nothing tells which images were taken together.
    """
    _refuse_mixed(places, field)
    usual = usual_count(places)
    kept, doubts, unclear = [], [], {}
    for number, takes in enumerate(places, start=1):
        whole = [take for take in takes if is_whole(take, usual)]
        doubled = field is not None and any(repeated_times(take.images, field) for take in takes)
        if doubled or (len(takes) > 1 and not whole):
            unclear[number] = takes
            continue
        best = max(whole or takes, key=lambda take: take.age)
        kept.append(best)
        others = [take for take in takes if take is not best]
        if others:
            counts = ", ".join(str(len(take.images)) for take in others)
            doubts.append(
                f"Slice {number} of {len(places)} was taken {len(takes)} times: the last whole one was used "
                f"({len(best.images)} frames), and left out was what has {counts} frames."
            )
    if unclear:
        raise InputRefused(_unclear_in_words(unclear, len(places), field))
    return kept, tuple(doubts)


def is_whole(take: Take, usual: int) -> bool:
    """Tell whether a take has about the usual number of frames."""
    return COMPLETE_SHARE <= len(take.images) / usual <= 1 / COMPLETE_SHARE


def usual_count(places: Sequence[Sequence[Take]]) -> int:
    """Return how many frames takes of most slices have; of several such numbers the largest."""
    counts = Counter(count for takes in places for count in {len(take.images) for take in takes})
    return max(counts, key=lambda count: (counts[count], count))


def same_places(images: Sequence[TimedFrame]) -> list[list[TimedFrame]]:
    """Return the images of each series, matrix and place, as those of one take have them in common."""
    groups: list[list[TimedFrame]] = []
    for image in images:
        home = next((group for group in groups if _is_in_place(image, group[0])), None)
        if home is None:
            groups.append([image])
        else:
            home.append(image)
    return groups


def _is_in_place(one: TimedFrame, two: TimedFrame) -> bool:
    return (
        one.series_uid == two.series_uid
        and float(np.linalg.norm(one.frame.position_mm - two.frame.position_mm)) <= SAME_SLICE_MM
        and have_one_grid(one.frame, two.frame)
    )


def _by_place(takes: Sequence[Take]) -> list[list[Take]]:
    """Return sorted takes by slice; those much nearer than slices usually are show one."""
    places_mm = np.array([take.along_mm for take in takes])
    distances_mm = np.diff(places_mm)
    apart_mm = distances_mm[distances_mm > SAME_SLICE_MM]
    nearest_mm = (
        max(SAME_SLICE_MM, _SAME_PLACE_SHARE * float(np.median(apart_mm))) if len(apart_mm) > 1 else SAME_SLICE_MM
    )
    slices: list[list[Take]] = []
    for take in takes:
        if slices and take.along_mm - slices[-1][0].along_mm <= nearest_mm:
            slices[-1].append(take)
        else:
            slices.append([take])
    return slices


def _refuse_mixed(places: Sequence[Sequence[Take]], field: TimeField | None) -> None:
    """Refuse takes in which the images of two beats are mixed.

    Raises:
        InputRefused: nothing tells which belong together.
    """
    if field is None:
        return
    counts = [{_images_a_time(take, field) for take in takes} for takes in places]
    (usual, number), *_ = Counter(count for of_place in counts for count in of_place).most_common(1)
    if usual and 2 * number > len(places):
        raise InputRefused(
            f"the series holds {usual} images for each slice and time in {number} of {len(places)} slices, as where "
            "rest and stress have one SeriesInstanceUID, and nothing (time of day, number of acquisition or instance, "
            "folder) tells which of them belong together; export each acquisition as a series of its own"
        )
    uneven = [take for takes in places for take in takes if times_are_uneven(take.images, field)]
    if uneven:
        first = in_words([image.times[field] for image in uneven[0].images], field)
        raise InputRefused(
            f"in {len(uneven)} of {len(places)} slices the images' times in the heart beat follow each other unevenly "
            f"({first}), as where two acquisitions (rest and stress, or a repeated slice) have one SeriesInstanceUID "
            "and nothing tells which images belong together; export each acquisition as a series of its own"
        )


def _images_a_time(take: Take, field: TimeField) -> int:
    """Return how many images a take has at each of its times; 0 where these are not equally many, or one."""
    counts = set(Counter(round(image.times[field], _DECIMALS) for image in take.images).values())
    return counts.pop() if len(counts) == 1 and counts != {1} else 0


def _unclear_in_words(unclear: dict[int, Sequence[Take]], slices: int, field: TimeField | None) -> str:
    named = []
    for number, takes in list(unclear.items())[:_MOST_NAMED]:
        images = [image for take in takes for image in take.images]
        times = [] if field is None else repeated_times(images, field)
        which = f"the one at {in_words(times, field)}" if times and field else f"in {len(takes)} places or series"
        named.append(f"slice {number} {which}")
    return (
        f"{len(unclear)} of {slices} slices hold frames more than once ({'; '.join(named)}), expected one image for "
        "each slice and time; leave the repeated acquisition out, or pick series with --series"
    )
