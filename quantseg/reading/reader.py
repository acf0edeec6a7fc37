"""The one way from a case to a scan that can be trusted."""

from __future__ import annotations

from dataclasses import replace

from quantseg.errors import InputRefused
from quantseg.reading.guard import MRI_LIMITS, InputLimits, checked
from quantseg.reading.image_file import ending_of, read_image_file
from quantseg.reading.scan import CaseInput, Scan
from quantseg.reading.spacing import HEADER_SPACING, SpacingChoice


def read_scan(case: CaseInput, spacing: SpacingChoice = HEADER_SPACING, limits: InputLimits = MRI_LIMITS) -> Scan:
    """Read a case, or say in one sentence why it cannot be read rightly.

    Args:
        case: from :func:`quantseg.reading.find_cases`.
        spacing: which spacing holds where a header names two.
        limits: what the task's method asks of an image.

    Returns:
        the scan in the file's own axis order.

    Raises:
        InputRefused: with the file's name, or for DICOM, whose paths may name a patient, the case's.
    """
    subject = case.name if ending_of(case.path) is None else case.path.name
    try:
        return checked(_read(case, spacing, limits), limits)
    except InputRefused as refusal:
        raise InputRefused(f"{subject}: {refusal}.") from None


def _read(case: CaseInput, spacing: SpacingChoice, limits: InputLimits) -> Scan:
    if case.series_uid is None:
        scan = read_image_file(case.path, spacing)
        return replace(scan, notes=case.notes + scan.notes)
    from quantseg.reading.dicom import read_series

    return read_series(case, spacing, limits)
