"""When in the heart beat each image of a DICOM cine was taken, by whichever field says so."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

import numpy as np

from quantseg.reading.dicom_frames import Frame, frame_field, frames_of
from quantseg.reading.dicom_headers import DicomFile, frame_count
from quantseg.tasks.heart.reading.heart_beat import stated_number

if TYPE_CHECKING:
    from pydicom import Dataset

_SAME_TIME = 1e-3
_MOST_NAMED = 3
"""How many times a message names."""
_TIME_OF_DAY = re.compile(r"(?:\d{8})?(\d{2})(\d{2})(\d{2}(?:\.\d+)?)(?:[+-]\d{4})?")
"""DICOM's TM, and DT with a date before it (PS3.5, 6.2)."""
_ACQUIRED = ("AcquisitionTime", "AcquisitionDateTime")
_STORED = "ContentTime"


class TimeField(Enum):
    """By which field images of one slice are put in order.

    Attributes:
        classic: keyword in the header of a single image.
        group: keyword of the functional group in an enhanced file; empty where there is none.
        enhanced: keyword in that group.
        unit: of the value, in words.
    """

    TRIGGER_TIME = ("TriggerTime", "CardiacSynchronizationSequence", "NominalCardiacTriggerDelayTime", " ms")
    TEMPORAL_POSITION = ("TemporalPositionIdentifier", "FrameContentSequence", "TemporalPositionIndex", "")
    INSTANCE_NUMBER = ("InstanceNumber", "", "", "")

    def __init__(self, classic: str, group: str, enhanced: str, unit: str) -> None:
        self.classic, self.group, self.enhanced, self.unit = classic, group, enhanced, unit


TIME_TAGS = (
    *(field.classic for field in TimeField),
    *("SeriesNumber", "AcquisitionNumber", "EchoTime", "InversionTime"),
    *(*_ACQUIRED, _STORED),
)
"""Fields that tell an image's time and which images were taken together, beyond those of enhanced files."""


@dataclass(frozen=True)
class TimedFrame:
    """One image of a cine.

    Attributes:
        frame: where it lies.
        times: its time by each field that states one.
        series_uid: SeriesInstanceUID.
        series_number: SeriesNumber; 0 where it is absent, as for the numbers below.
        acquisition_number: AcquisitionNumber.
        acquired_s: when it was taken, seconds since midnight; 0 where that is not stated.
        stored_s: when its content was made, seconds since midnight; 0 where that is not stated.
        instance_number: InstanceNumber.
        contrast: echo and inversion time as stated; images that differ in it are no times of one heart beat.
    """

    frame: Frame
    times: dict[TimeField, float]
    series_uid: str
    series_number: float
    acquisition_number: float
    acquired_s: float
    stored_s: float
    instance_number: float
    contrast: tuple[str, str]

    @property
    def made_s(self) -> float:
        """When it was taken, or at least stored, seconds since midnight; 0 where neither is stated."""
        return self.acquired_s or self.stored_s


def timed_frames_of(file: DicomFile) -> list[TimedFrame]:
    """Return the images of one file with their times.

    Raises:
        InputRefused: the file does not say where its images lie, or holds colours.
    """
    header = file.header
    several = frame_count(header) > 1
    found = []
    for frame in frames_of(file):
        instance = stated_number(header.get("InstanceNumber"))
        found.append(
            TimedFrame(
                frame,
                _times(header, frame.index, None if several else instance),
                str(header.get("SeriesInstanceUID") or ""),
                stated_number(header.get("SeriesNumber")) or 0.0,
                stated_number(header.get("AcquisitionNumber")) or 0.0,
                _acquired_s(header, frame.index),
                _seconds(header.get(_STORED)),
                float(frame.index) if several else instance or 0.0,
                (str(header.get("EchoTime") or ""), str(header.get("InversionTime") or "")),
            )
        )
    return found


def repeated_times(images: Sequence[TimedFrame], field: TimeField) -> list[float]:
    """Return the times that more than one of some images has."""
    times = np.sort([image.times[field] for image in images])
    return [float(time) for time in np.unique(times[1:][np.diff(times) <= _SAME_TIME])]


def in_words(times: Sequence[float], field: TimeField) -> str:
    """Return times as messages name them, a few of them where there are many."""
    named = ", ".join(f"{time:g}" for time in times[:_MOST_NAMED])
    return f"{named}{field.unit}" + (" and others" if len(times) > _MOST_NAMED else "")


def _times(header: Dataset, index: int, instance_number: float | None) -> dict[TimeField, float]:
    found = {} if instance_number is None else {TimeField.INSTANCE_NUMBER: instance_number}
    for field in (TimeField.TRIGGER_TIME, TimeField.TEMPORAL_POSITION):
        try:
            value = frame_field(header, index, field.group, field.enhanced)
        except (KeyError, IndexError):
            value = header.get(field.classic)
        number = stated_number(value)
        if number is not None:
            found[field] = number
    return found


def _acquired_s(header: Dataset, index: int) -> float:
    try:
        of_frame = frame_field(header, index, "FrameContentSequence", "FrameAcquisitionDateTime")
    except (KeyError, IndexError, AttributeError):
        of_frame = None
    stated = (of_frame, *(header.get(keyword) for keyword in _ACQUIRED))
    return next((found for value in stated if (found := _seconds(value))), 0.0)


def _seconds(time_of_day: object) -> float:
    match = _TIME_OF_DAY.fullmatch(str(time_of_day or "").strip())
    if match is None:
        return 0.0
    hours, minutes, seconds = (float(part) for part in match.groups())
    return (hours * 60 + minutes) * 60 + seconds
