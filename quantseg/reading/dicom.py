"""A DICOM series as one volume, sorted by position along the normal and never by name or number."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from quantseg.errors import InputRefused
from quantseg.reading.dicom_copies import copies_note, without_copies
from quantseg.reading.dicom_distance import DISTANCE_TAGS, doubt_of_distance
from quantseg.reading.dicom_frames import FRAME_TAGS, frames_of_all
from quantseg.reading.dicom_headers import DicomFile, read_files, series_number, text_of
from quantseg.reading.dicom_person import PERSON_TAGS, person_of
from quantseg.reading.dicom_planes import plane_digests, read_planes
from quantseg.reading.dicom_series import series_hash
from quantseg.reading.dicom_stack import stack
from quantseg.reading.guard import InputLimits, check_modality, plain_values
from quantseg.reading.scan import Acquisition, CaseInput, ImageFormat, Scan
from quantseg.reading.spacing import SpacingChoice, override_spacing
from quantseg.volume import Volume, voxel_spacing_mm

if TYPE_CHECKING:
    from pydicom import Dataset

_STUDY = "StudyInstanceUID"
_MADE_TAGS = (_STUDY, "EchoTime", "RepetitionTime", "InversionTime", "SeriesNumber", "Modality")
"""How an image was made."""


def read_series(case: CaseInput, spacing: SpacingChoice, limits: InputLimits) -> Scan:
    """Read one series, or one of the acquisitions in it.

    Args:
        case: names the files.
        spacing: a given one replaces the header's.
        limits: names the modalities that are let through, so that no pixel of another is read.

    Returns:
        the scan, not yet looked at by the guard. Its axes are column, row and slice.

    Raises:
        InputRefused: files are missing or damaged, the modality is another, or the images form no regular stack.
    """
    members = series_files(case, limits, PERSON_TAGS)
    frames, copies = without_copies(frames_of_all(members), plane_digests)
    ordered, affine = stack(frames)
    values = plain_values(read_planes(ordered).T)
    distance_mm = voxel_spacing_mm(affine)[2]
    affine, notes = override_spacing(affine, spacing)
    doubts = doubts_of_headers(members)
    doubts += doubt_of_distance(members, distance_mm) if spacing.given_mm is None else ()
    header = members[0].header
    acquisition = acquisition_of(header, case.series_uid or "")
    notes = (*case.notes, *copies_note(copies), *notes)
    person = person_of(header)
    return Scan(Volume(values, affine), ImageFormat.DICOM, None, acquisition, notes, person, (*case.doubts, *doubts))


def series_files(case: CaseInput, limits: InputLimits, tags: Sequence[str] = ()) -> list[DicomFile]:
    """Return the files of a case with the fields that tell where their images lie and how they were made.

    Args:
        case: names them, so that no file beside them is read.
        limits: names the modalities that are let through.
        tags: keywords of further fields.

    Raises:
        InputRefused: files are damaged or no longer there, or the modality is another.
    """
    members, damaged = read_files(case.files, (*FRAME_TAGS, *_MADE_TAGS, *DISTANCE_TAGS, *tags))
    if damaged:
        noun = "file is" if len(damaged) == 1 else "files are"
        raise InputRefused(
            f"{len(damaged)} DICOM {noun} damaged or gone, so the series may be incomplete; copy the folder again"
        )
    for modality in sorted({str(file.header.get("Modality") or "") for file in members}):
        check_modality(modality or None, limits)
    return members


def doubts_of_headers(files: Sequence[DicomFile]) -> tuple[str, ...]:
    """Return why a stack asks for a look whose images name several studies, or are shown with dark and bright swapped.

    MONOCHROME1 says that the lowest value is shown white (DICOM PS3.3 C.7.6.3.1.2), not whether the values themselves
    were inverted, so that they are taken as they are stored.
    """
    doubts = []
    named = {text_of(file.header, _STUDY) for file in files} - {""}
    if len(named) > 1:
        doubts.append(
            f"The images of the stack name {len(named)} studies (StudyInstanceUID); make sure that all are of one "
            "person and one scan."
        )
    if any(text_of(file.header, "PhotometricInterpretation") == "MONOCHROME1" for file in files):
        doubts.append(
            "Viewers show these images with dark and bright swapped (MONOCHROME1), and their values were taken as they "
            "are stored; make sure that they are not inverted."
        )
    return tuple(doubts)


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
