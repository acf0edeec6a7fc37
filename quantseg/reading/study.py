"""A folder that holds one DICOM study of one patient: whatever else is refused before any work."""

from __future__ import annotations

from pathlib import Path

from quantseg.errors import UsageError
from quantseg.reading.dicom_headers import read_headers, text_of

_TAGS = ("PatientID", "IssuerOfPatientID", "StudyInstanceUID")


def refuse_mixed_study(place: Path) -> None:
    """Refuse a folder whose objects belong to several patients or studies; its message quotes nothing of them.

    An object without a PatientID beside others that have one counts as another patient's.

    Raises:
        UsageError: they do, or there is no DICOM object.
    """
    files, damaged = read_headers(place, _TAGS)
    if not files:
        found = f"{len(damaged)} damaged DICOM files" if damaged else "no DICOM object"
        raise UsageError(f"{place} holds {found}, expected a folder with one DICOM study.")
    patients = {(text_of(one.header, "PatientID"), text_of(one.header, "IssuerOfPatientID")) for one in files}
    if len(patients) > 1:
        raise UsageError(
            f"{place} holds objects of {len(patients)} PatientIDs, expected one patient; give each study a folder of "
            "its own."
        )
    studies = {text_of(one.header, "StudyInstanceUID") for one in files}
    if len(studies) > 1:
        raise UsageError(f"{place} holds {len(studies)} studies, expected one; give each a folder of its own.")
