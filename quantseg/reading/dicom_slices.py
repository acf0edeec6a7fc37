"""Which DICOM image each slice of a case is, so that results can refer to it and lie on its own pixels."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from quantseg.reading.dicom import series_files
from quantseg.reading.dicom_copies import without_copies
from quantseg.reading.dicom_frames import Frame, frames_of_all
from quantseg.reading.dicom_headers import DicomFile, text_of
from quantseg.reading.dicom_planes import plane_digests
from quantseg.reading.dicom_stack import stack
from quantseg.reading.guard import InputLimits
from quantseg.reading.scan import CaseInput


@dataclass(frozen=True)
class SourceSlices:
    """The images of a case in the order in which reading put them together.

    Attributes:
        volumes: of each time, the one of a single volume: an image a slice, in the order of the slices.
        affine: of the grid that they form, axes column, row, slice, to RAS in mm.
        instance_uids: SOPInstanceUIDs of all files of the case.
        series_uids: SeriesInstanceUIDs of these.
        not_pixel_for_pixel: why labels do not lie on the images' own pixels; empty where they do.
    """

    volumes: tuple[tuple[Frame, ...], ...]
    affine: np.ndarray
    instance_uids: frozenset[str]
    series_uids: frozenset[str]
    not_pixel_for_pixel: str = ""


def uids_of(files: list[DicomFile]) -> tuple[frozenset[str], frozenset[str]]:
    """Return the SOPInstanceUIDs and the SeriesInstanceUIDs of files."""
    instances = frozenset(text_of(file.header, "SOPInstanceUID") for file in files)
    return instances, frozenset(text_of(file.header, "SeriesInstanceUID") for file in files)


def slices_of_series(case: CaseInput, limits: InputLimits) -> SourceSlices:
    """Return the slices of a series, as :func:`quantseg.reading.dicom.read_series` puts them together.

    Raises:
        InputRefused: files are missing or damaged, or form no regular stack.
    """
    files = series_files(case, limits)
    frames, _ = without_copies(frames_of_all(files), plane_digests)
    ordered, affine = stack(frames)
    return SourceSlices((tuple(ordered),), affine, *uids_of(files))
