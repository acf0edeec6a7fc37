"""A DICOM cine: one series, or one series a slice, or an enhanced file, put together by position and time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from quantseg.reading.dicom import acquisition_of, doubts_of_headers, series_files
from quantseg.reading.dicom_copies import copies_note, without_copies
from quantseg.reading.dicom_distance import doubt_of_distance
from quantseg.reading.dicom_frames import frame_field
from quantseg.reading.dicom_headers import DicomFile
from quantseg.reading.dicom_planes import plane_digests, read_planes
from quantseg.reading.guard import plain_values
from quantseg.reading.scan import CaseInput, ImageFormat
from quantseg.reading.spacing import SpacingChoice, SpacingSource
from quantseg.tasks.heart.reading.cardiac_spacing import geometry
from quantseg.tasks.heart.reading.cine import Body, Cine
from quantseg.tasks.heart.reading.cine_beats import refuse_many_beats
from quantseg.tasks.heart.reading.cine_frames import Slices, arrange
from quantseg.tasks.heart.reading.cine_grid import resampled
from quantseg.tasks.heart.reading.cine_times import TIME_TAGS, TimedFrame, TimeField, timed_frames_of
from quantseg.tasks.heart.reading.heart_beat import (
    believable_body,
    believable_rate_bpm,
    mean_times_ms,
    rate_of_beat_bpm,
    stated_number,
)
from quantseg.tasks.heart.reading.short_axis import CINE_LIMITS
from quantseg.volume import voxel_spacing_mm

if TYPE_CHECKING:
    from pydicom import Dataset

_BEAT_TAGS = ("HeartRate", "NominalInterval")
_BODY_TAGS = ("PatientSize", "PatientWeight")
_CM_PER_M = 100.0


def read_cine_series(case: CaseInput, spacing: SpacingChoice) -> Cine:
    """Read a cine from its DICOM series.

    Args:
        case: names the files, of one series or of several where slices were stored as series of their own.
        spacing: the user's word on the spacing.

    Returns:
        the cine, not yet looked at by the guard. The axes of its frames are column, row and slice. Frame times are
        the means over the slices, where these agree.

    Raises:
        InputRefused: files are missing or damaged, the modality is another, the images form no regular stack over
            time, the stack is no short-axis one, or its images were taken over many beats.
    """
    members = series_files(case, CINE_LIMITS, (*TIME_TAGS, *_BEAT_TAGS, *_BODY_TAGS))
    images, copies = cine_images(members)
    slices = arrange(images, distance_given=spacing.source is SpacingSource.GIVEN)
    refuse_many_beats(slices.images)
    frames = _read_frames(slices)
    _, columns, rows, count = frames.shape
    placed, notes = geometry((columns, rows, count), slices.grid.affine, spacing, directions_known=True)
    given = spacing.source in (SpacingSource.GIVEN, SpacingSource.UNKNOWN)
    far_apart = () if given else doubt_of_distance(members, voxel_spacing_mm(slices.grid.affine)[2])
    return Cine.of_all_frames(
        frames,
        placed,
        ImageFormat.DICOM,
        frame_times_ms=_times_ms(slices),
        heart_rate_bpm=_heart_rate_bpm(members),
        body=_body(members[0].header),
        acquisition=acquisition_of(members[0].header, case.series_uid or ""),
        notes=(*case.notes, *copies_note(copies), *notes),
        reading_doubts=(*case.doubts, *slices.doubts, *far_apart, *doubts_of_headers(members)),
    )


def cine_images(files: Sequence[DicomFile]) -> tuple[list[TimedFrame], int]:
    """Return the images without copies, which agree in time, too: a heart at rest looks alike at two times."""
    images = [image for file in files for image in timed_frames_of(file)]
    by_frame = {id(image.frame): image for image in images}
    times = [
        tuple(
            sorted((field.name, time) for field, time in image.times.items() if field is not TimeField.INSTANCE_NUMBER)
        )
        or image.instance_number
        for image in images
    ]
    frames, copies = without_copies([image.frame for image in images], plane_digests, times)
    return [by_frame[id(frame)] for frame in frames], copies


def _times_ms(slices: Slices) -> tuple[float, ...] | None:
    if slices.times is None or slices.field is not TimeField.TRIGGER_TIME:
        return None
    return mean_times_ms(slices.times)


def _read_frames(slices: Slices) -> np.ndarray:
    """Return the rescaled values on the common grid, shape (T, columns, rows, K)."""
    found = []
    for images, weights, mapping in zip(slices.images, slices.weights, slices.grid.mappings, strict=True):
        planes = plain_values(read_planes([image.frame for image in images]))
        if weights is not None:
            blended = np.tensordot(weights, planes, axes=1)
            planes = blended if planes.dtype.kind == "f" else np.rint(blended).astype(planes.dtype)
        found.append(planes if mapping is None else resampled(planes, slices.grid.size, mapping))
    # Each frame is to lie whole in memory, its columns running fastest.
    return np.stack(found, axis=1).transpose(0, 3, 2, 1)


def _heart_rate_bpm(members: Sequence[DicomFile]) -> float | None:
    """Return the median heart rate of the images, stated or from the length of their beats."""
    rates = [rate for file in members if (rate := _stated_rate_bpm(file.header)) is not None]
    return float(np.median(rates)) if rates else None


def _stated_rate_bpm(header: Dataset) -> float | None:
    stated = believable_rate_bpm(stated_number(header.get("HeartRate")))
    if stated is not None:
        return stated
    try:
        beat_ms = frame_field(header, 0, "CardiacSynchronizationSequence", "RRIntervalTimeNominal")
    except (KeyError, IndexError):
        beat_ms = header.get("NominalInterval")
    return rate_of_beat_bpm(stated_number(beat_ms))


def _body(header: Dataset) -> Body:
    height_m = stated_number(header.get("PatientSize"))
    height_cm = None if height_m is None else height_m * _CM_PER_M
    return believable_body(height_cm, stated_number(header.get("PatientWeight")))
