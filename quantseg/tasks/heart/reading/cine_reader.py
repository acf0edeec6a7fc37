"""The one way from a case of the heart to a cine that can be trusted."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from quantseg.errors import InputRefused
from quantseg.reading.guard import MRI_LIMITS, check_intensities, doubt_of_missing, finite_values, label_values
from quantseg.reading.image_file import format_of
from quantseg.reading.scan import CaseInput, ImageFormat
from quantseg.reading.spacing import HEADER_SPACING, SpacingChoice
from quantseg.tasks.heart.reading.acdc_folder import read_acdc_folder
from quantseg.tasks.heart.reading.cine import Cine
from quantseg.tasks.heart.reading.cine_nifti import read_cine_nifti
from quantseg.tasks.heart.reading.cine_nrrd import read_cine_nrrd, single_frame
from quantseg.volume import Grid

_FILE_READERS = {
    ImageFormat.NIFTI: read_cine_nifti,
    ImageFormat.NRRD: read_cine_nrrd,
}
"""Formats in which a cine may be stored; others hold a single frame."""


def read_cine(case: CaseInput, spacing: SpacingChoice = HEADER_SPACING) -> Cine:
    """Read a case of the heart, or say in one sentence why it cannot be read rightly.

    Args:
        case: from :func:`quantseg.tasks.heart.reading.cine_cases.find_cine_cases`.
        spacing: the user's word on the spacing.

    Returns:
        the cine in the file's own axis order.

    Raises:
        InputRefused: with the file's or folder's name, or for DICOM, whose paths may name a patient, the case's.
    """
    subject = case.path.name if case.series_uid is None and case.path.is_file() else case.name
    try:
        return checked_cine(_read(case, spacing))
    except InputRefused as refusal:
        raise InputRefused(f"{subject}: {refusal}.") from None


def read_label_frames(path: Path) -> tuple[np.ndarray, Grid]:
    """Read a label map of a heart.

    Args:
        path: file of four axes for a cine, of three for a frame.

    Returns:
        labels, uint8, shape (T, I, J, K), and where each frame lies.

    Raises:
        InputRefused: with the file's name.
    """
    try:
        cine = _FILE_READERS.get(format_of(path), single_frame)(path, HEADER_SPACING)
        return label_values(cine.frames), cine.grid
    except InputRefused as refusal:
        raise InputRefused(f"{path.name}: {refusal}.") from None


def checked_cine(cine: Cine) -> Cine:
    """Return the cine with finite values, or refuse values that are those of no MR image.

    Raises:
        InputRefused: they are; without a name.
    """
    frames, notes = finite_values(cine.frames)
    blank = [index for index, frame in enumerate(frames) if np.min(frame) == np.max(frame)]
    if blank and len(blank) < len(frames):
        stored = cine.frames[blank[0]]
        found = (
            f"the same value everywhere ({stored.flat[0]:g})"
            if np.isfinite(stored).all()
            else "no two finite values that differ (NaN or infinite elsewhere)"
        )
        raise InputRefused(
            f"frame {cine.frame_numbers[blank[0]]} has {found}, expected an image; export the cine again"
        )
    # What kind of image it is shows in any frame.
    check_intensities(frames[0], MRI_LIMITS)
    doubts = (*cine.reading_doubts, *doubt_of_missing(cine.frames))
    return replace(cine, frames=frames, notes=cine.notes + notes, reading_doubts=doubts)


def _read(case: CaseInput, spacing: SpacingChoice) -> Cine:
    if case.series_uid is not None:
        from quantseg.tasks.heart.reading.cine_dicom import read_cine_series

        return read_cine_series(case, spacing)
    if case.path.is_dir():
        return read_acdc_folder(case.path, spacing)
    return _FILE_READERS.get(format_of(case.path), single_frame)(case.path, spacing)
