"""An approved case as DICOM objects for the archive, which supersede the machine's and leave them where they are."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from quantseg.dicom.case_objects import CaseObjects
from quantseg.dicom.naming import MANUFACTURER, Signature
from quantseg.dicom.source import SourceImages, read_source_images
from quantseg.errors import QuantSegError, UsageError
from quantseg.reading.dicom_slices import SourceSlices
from quantseg.results.case import CaseResult
from quantseg.results.presentation import Presenter
from quantseg.results.report_pdf import find_browser
from quantseg.results.writing import write_case
from quantseg.review.approval import Approval

if TYPE_CHECKING:
    from pydicom import Dataset


def write_archive_objects(
    result: CaseResult,
    approval: Approval | None,
    sources: Sequence[Sequence[Path]],
    output: Path,
    presenter: Presenter,
    earlier: Sequence[Path] = (),
) -> list[Path]:
    """Write the objects of a case that somebody has approved.

    Args:
        result: as measured now.
        approval: of these labels.
        sources: files of the images that were segmented, of each frame in order.
        output: receives a folder that is named after the case.
        presenter: of the case's task.
        earlier: objects of the same study, among which are the reports that this one supersedes.

    Returns:
        the objects.

    Raises:
        UsageError: the labels are not approved, or the images are no DICOM images.
        QuantSegError: the objects could not be written.
    """
    if approval is None:
        raise UsageError("Only approved labels go to the archive; approve them first.")
    if not sources or not all(sources):
        raise UsageError("The image did not come from DICOM, so that no archive knows whose it is; load it from there.")
    images = [read_source_images(files) for files in sources]
    objects = CaseObjects(
        result,
        presenter,
        _slices(images),
        print_pdf=find_browser() is not None,
        signature=Signature(approval.reviewer, approval.time, approval.labels_sha256),
        predecessors=_superseded(earlier, result.task, images[0]),
        labels_grid=result.scan.grid,
    )
    folder = write_case(result, output, presenter, beside=objects.write).folder
    written = sorted(folder.glob("*.dcm"))
    if not written:
        raise QuantSegError("No object was written for the archive; export the case and look at its report.")
    return written


def _slices(images: Sequence[SourceImages]) -> SourceSlices:
    uids = frozenset(str(header.SOPInstanceUID) for one in images for header in one.headers)
    series = frozenset(str(uid) for one in images for uid in (one.series_of.values() or [one.series_uid]))
    affine: np.ndarray = images[0].grid.affine
    return SourceSlices(tuple(tuple(one.frames) for one in images), affine, uids, series)


def _superseded(paths: Sequence[Path], task: str, source: SourceImages) -> tuple[Dataset, ...]:
    """Return the headers of the reports of this task that QuantSeg wrote of this study."""
    import pydicom

    found = []
    for path in paths:
        try:
            header = pydicom.dcmread(path, stop_before_pixels=True)
        except Exception:  # pydicom raises many kinds on damaged files, which supersede nothing
            continue
        ours = (header.get("Manufacturer"), header.get("Modality")) == (MANUFACTURER, "SR")
        same_study = header.get("StudyInstanceUID") == source.headers[0].StudyInstanceUID
        if ours and same_study and task in str(header.get("SeriesDescription", "")).split(",")[0].split():
            found.append(header)
    return tuple(found)
