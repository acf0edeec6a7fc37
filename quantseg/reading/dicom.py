"""A DICOM series as one volume, sorted by position along the normal and never by name or number."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from quantseg.errors import InputRefused
from quantseg.reading.dicom_frames import FRAME_TAGS, Frame, frames_of, stack
from quantseg.reading.dicom_headers import LISTING_TAGS, DicomFile, read_headers, series_hash, series_number
from quantseg.reading.dicom_person import PERSON_TAGS, person_of
from quantseg.reading.dicom_pixels import stored_values
from quantseg.reading.guard import InputLimits, check_modality, plain_values
from quantseg.reading.scan import Acquisition, ImageFormat, Scan
from quantseg.reading.spacing import SpacingChoice, override_spacing
from quantseg.volume import Volume

if TYPE_CHECKING:
    from pydicom import Dataset

_ACQUISITION_TAGS = ("EchoTime", "RepetitionTime", "InversionTime")


def read_series(place: Path, series_uid: str, spacing: SpacingChoice, limits: InputLimits) -> Scan:
    """Read one series from a folder, or from one file.

    Args:
        place: the folder that holds its files, at any depth, other series' files beside them.
        series_uid: SeriesInstanceUID.
        spacing: a given one replaces the header's.
        limits: names the modalities that are let through, so that no pixel of another is read.

    Returns:
        the scan, not yet looked at by the guard. Its axes are column, row and slice.

    Raises:
        InputRefused: files are missing or damaged, the modality is another, or the images form no regular stack.
    """
    members = series_files(place, (series_uid,), limits, PERSON_TAGS)
    ordered, affine = stack([frame for file in members for frame in frames_of(file)])
    values = plain_values(read_planes(ordered).T)
    affine, notes = override_spacing(affine, spacing)
    header = members[0].header
    acquisition = acquisition_of(header, series_uid)
    return Scan(Volume(values, affine), ImageFormat.DICOM, None, acquisition, notes, person_of(header))


def series_files(
    place: Path, series_uids: Sequence[str], limits: InputLimits, tags: Sequence[str] = ()
) -> list[DicomFile]:
    """Return the files of some series with the fields that tell where their images lie and how they were made.

    Args:
        place: the folder that holds them, or one file.
        series_uids: SeriesInstanceUIDs.
        limits: names the modalities that are let through.
        tags: keywords of further fields.

    Raises:
        InputRefused: files are damaged, a series is no longer there, or the modality is another.
    """
    files, damaged = read_headers(place, (*LISTING_TAGS, *FRAME_TAGS, *_ACQUISITION_TAGS, *tags))
    if damaged:
        noun = "file is" if damaged == 1 else "files are"
        raise InputRefused(f"{damaged} DICOM {noun} damaged, so the series may be incomplete; copy the folder again")
    members = [file for file in files if str(file.header.SeriesInstanceUID) in series_uids]
    if {str(file.header.SeriesInstanceUID) for file in members} != set(series_uids):
        raise InputRefused("the series is no longer in its folder")
    for modality in sorted({str(file.header.get("Modality") or "") for file in members}):
        check_modality(modality or None, limits)
    return members


def read_planes(ordered: Sequence[Frame]) -> np.ndarray:
    """Return the rescaled values of ordered frames, shape (frames, rows, columns).

    Raises:
        InputRefused: pixels are truncated, damaged, or compressed in a way that nothing installed here decodes.
    """
    places: dict[Path, list[int]] = defaultdict(list)
    for k, frame in enumerate(ordered):
        places[frame.path].append(k)
    planes: list[np.ndarray] = [np.empty(0)] * len(ordered)
    for path, ks in places.items():
        frames = [ordered[k] for k in ks]
        try:
            stored = stored_values(path, min(frames, key=lambda frame: frame.index))
            for k, frame in zip(ks, frames, strict=True):
                planes[k] = _rescaled(stored[frame.index], frame)
        except InputRefused:
            raise
        except Exception:  # pydicom and GDCM raise many kinds on damaged pixels; all mean the same here
            raise InputRefused("the pixels of a DICOM file are truncated or damaged; copy the folder again") from None
    return np.stack(planes)


def _rescaled(stored: np.ndarray, frame: Frame) -> np.ndarray:
    if frame.slope == 1 and frame.intercept == 0:
        return stored
    return (stored * frame.slope + frame.intercept).astype(np.float32)


def acquisition_of(header: Dataset, series_uid: str) -> Acquisition:
    """Return what the header of a series' first file says about how it was made."""
    return Acquisition(
        modality=str(header.get("Modality") or "") or None,
        echo_time_ms=_milliseconds(header, "MREchoSequence", "EchoTime", "EffectiveEchoTime"),
        repetition_time_ms=_milliseconds(
            header, "MRTimingAndRelatedParametersSequence", "RepetitionTime", "RepetitionTime"
        ),
        inversion_time_ms=_milliseconds(header, "MRModifierSequence", "InversionTime", "InversionTimes"),
        series_number=series_number(header),
        series_hash=series_hash(series_uid),
    )


def _milliseconds(header: Dataset, group: str, keyword: str, keyword_in_group: str) -> float | None:
    """Return a time from the header, or from the first frame's functional group of an enhanced file."""
    value = header.get(keyword)
    for groups in ("PerFrameFunctionalGroupsSequence", "SharedFunctionalGroupsSequence"):
        if value is None and header.get(groups) and group in header[groups].value[0]:
            value = header[groups].value[0][group].value[0].get(keyword_in_group)
    try:
        first = value[0] if hasattr(value, "__len__") else value
        return float(first)
    except (TypeError, ValueError, IndexError):
        return None
