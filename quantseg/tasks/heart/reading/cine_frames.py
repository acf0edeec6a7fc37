"""From the images of a DICOM cine to slices over time: each at one position, in the order of the heart beat."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

import numpy as np

from quantseg.errors import InputRefused
from quantseg.reading.dicom_frames import Frame, frame_field, frames_of
from quantseg.reading.dicom_headers import DicomFile
from quantseg.reading.dicom_stack import refuse_unlike
from quantseg.tasks.heart.reading.heart_beat import stated_number

if TYPE_CHECKING:
    from pydicom import Dataset

SAME_SLICE_MM = 0.1
"""Images no further apart along their normal show one slice."""
_SAME_TIME = 1e-3
_MOST_NAMED = 3
"""How many slices a message names."""


class TimeField(Enum):
    """By which field images of one slice are put in order.

    Attributes:
        classic: keyword in the header of a single image.
        group: keyword of the functional group in an enhanced file.
        enhanced: keyword in that group.
        unit: of the value, in words.
    """

    TRIGGER_TIME = ("TriggerTime", "CardiacSynchronizationSequence", "NominalCardiacTriggerDelayTime", " ms")
    TEMPORAL_POSITION = ("TemporalPositionIdentifier", "FrameContentSequence", "TemporalPositionIndex", "")

    def __init__(self, classic: str, group: str, enhanced: str, unit: str) -> None:
        self.classic, self.group, self.enhanced, self.unit = classic, group, enhanced, unit


TIME_TAGS = tuple(field.classic for field in TimeField)
"""Fields that tell an image's time, beyond those of enhanced files."""


@dataclass(frozen=True)
class TimedFrame:
    """One image of a cine.

    Attributes:
        frame: where it lies.
        times: its time by each field that states one.
    """

    frame: Frame
    times: dict[TimeField, float]


@dataclass(frozen=True)
class Slices:
    """The images of a cine by slice and time.

    Attributes:
        images: one list a slice, along the normal; each in the order of time and of one length.
        times: of each image, shape (T, K), in the unit of ``field``; None for a single frame.
        field: which field gave the order; None for a single frame.
    """

    images: list[list[TimedFrame]]
    times: np.ndarray | None
    field: TimeField | None


def timed_frames_of(file: DicomFile) -> list[TimedFrame]:
    """Return the images of one file with their times.

    Raises:
        InputRefused: the file does not say where its images lie, or holds colours.
    """
    return [TimedFrame(frame, _times(file.header, frame.index)) for frame in frames_of(file)]


def arrange(images: Sequence[TimedFrame]) -> Slices:
    """Put the images of a cine in order by position along the normal and by time, never by name or number.

    Slices may have been acquired in beats of different lengths: what counts is each image's rank within its slice.

    Raises:
        InputRefused: images are unlike, say no time, or are missing or there twice in some slices.
    """
    refuse_unlike([image.frame for image in images])
    slices = _by_position(images)
    if all(len(members) == 1 for members in slices):
        return Slices(slices, None, None)
    field = _order_field(slices)
    ordered = [sorted(members, key=lambda image: image.times[field]) for members in slices]
    _refuse_missing(ordered, field)
    times = np.array([[image.times[field] for image in members] for members in ordered]).T
    return Slices(ordered, times, field)


def _times(header: Dataset, index: int) -> dict[TimeField, float]:
    found = {}
    for field in TimeField:
        try:
            value = frame_field(header, index, field.group, field.enhanced)
        except (KeyError, IndexError):
            value = header.get(field.classic)
        number = stated_number(value)
        if number is not None:
            found[field] = number
    return found


def _by_position(images: Sequence[TimedFrame]) -> list[list[TimedFrame]]:
    """Return the images of each position, in the order of positions along the normal."""
    normal = images[0].frame.normal
    # Ties are broken so that the same files always give the same order.
    ordered = sorted(
        images, key=lambda one: (float(one.frame.position_mm @ normal), str(one.frame.path), one.frame.index)
    )
    slices: list[list[TimedFrame]] = []
    for image in ordered:
        along_mm = float(image.frame.position_mm @ normal)
        if slices and along_mm - float(slices[-1][0].frame.position_mm @ normal) <= SAME_SLICE_MM:
            slices[-1].append(image)
        else:
            slices.append([image])
    for number, members in enumerate(slices, start=1):
        offsets_mm = [np.linalg.norm(one.frame.position_mm - members[0].frame.position_mm) for one in members]
        if max(offsets_mm) > SAME_SLICE_MM:
            raise InputRefused(
                f"the images of slice {number} of {len(slices)} lie up to {max(offsets_mm):.2g} mm beside each other, "
                "expected one place for all times; choose another series"
            )
    return slices


def _order_field(slices: Sequence[Sequence[TimedFrame]]) -> TimeField:
    """Return the first field that tells all images of a slice apart."""
    complete = [field for field in TimeField if all(field in image.times for members in slices for image in members)]
    if not complete:
        raise InputRefused(
            "several images lie at one position, and not all say their time in the heart beat (TriggerTime or "
            "TemporalPositionIdentifier); export the cine again from the scanner"
        )
    telling = [field for field in complete if not any(_repeated(members, field) for members in slices)]
    if not telling:
        raise InputRefused(_repetitions_in_words(slices, complete[0]))
    return telling[0]


def _repeated(members: Sequence[TimedFrame], field: TimeField) -> list[float]:
    """Return the times that more than one image of a slice has."""
    times = np.sort([image.times[field] for image in members])
    return [float(time) for time in np.unique(times[1:][np.diff(times) <= _SAME_TIME])]


def _repetitions_in_words(slices: Sequence[Sequence[TimedFrame]], field: TimeField) -> str:
    repeated = {number: _repeated(members, field) for number, members in enumerate(slices, start=1)}
    concerned = {number: times for number, times in repeated.items() if times}
    named = [
        f"slice {number} the one at {_in_words(times, field)}"
        for number, times in list(concerned.items())[:_MOST_NAMED]
    ]
    return (
        f"{len(concerned)} of {len(slices)} slices hold frames more than once ({'; '.join(named)}), expected one image "
        "for each slice and time; leave the repeated acquisition out, or pick series with --series"
    )


def _refuse_missing(ordered: Sequence[Sequence[TimedFrame]], field: TimeField) -> None:
    """Refuse slices of which some have fewer frames than the most."""
    counts = Counter(len(members) for members in ordered)
    if len(counts) == 1:
        return
    usual = max(counts, key=lambda count: (counts[count], count))
    odd = {number: members for number, members in enumerate(ordered, start=1) if len(members) != usual}
    whole = np.array([[image.times[field] for image in members] for members in ordered if len(members) == usual])
    named = []
    for number, members in list(odd.items())[:_MOST_NAMED]:
        missing = _unmatched(np.median(whole, axis=0), np.array([image.times[field] for image in members]))
        which = ""
        if len(members) < usual and len(missing) == usual - len(members):
            which = f" (missing the one at {_in_words(missing, field)})"
        named.append(f"slice {number} has {len(members)}{which}")
    more = f" and {len(odd) - _MOST_NAMED} more" if len(odd) > _MOST_NAMED else ""
    raise InputRefused(
        f"{len(odd)} of {len(ordered)} slices have another number of frames than the {usual} of the rest: "
        f"{', '.join(named)}{more}; export the whole cine again, or pick its series with --series"
    )


def _unmatched(usual: np.ndarray, found: np.ndarray) -> list[float]:
    """Return those of the usual times that no found one is nearest to."""
    nearest = {int(np.argmin(np.abs(usual - time))) for time in found}
    return [float(time) for index, time in enumerate(usual) if index not in nearest]


def _in_words(times: Sequence[float], field: TimeField) -> str:
    named = ", ".join(f"{time:g}" for time in times[:_MOST_NAMED])
    return f"{named}{field.unit}" + (" and others" if len(times) > _MOST_NAMED else "")
