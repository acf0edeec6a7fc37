"""A reviewed case as files: those of ``quantseg segment``, and DICOM; a draft says so in its very name."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from pathlib import Path

from quantseg.results.atomic import write_file
from quantseg.results.case import CaseResult
from quantseg.results.summary import write_summary
from quantseg.results.writing import write_case
from quantseg.review.approval import DRAFT, Approval
from quantseg.review.dicom_segmentation import DicomSegmentationExporter

DICOM_SEGMENTATION = "segmentation.dcm"


@dataclasses.dataclass(frozen=True)
class DicomExport:
    """How a case that came from DICOM goes back.

    Attributes:
        exporter: writes the file.
        source_files: the images that were segmented.
    """

    exporter: DicomSegmentationExporter
    source_files: Sequence[Path]


def export_case(result: CaseResult, approval: Approval | None, output: Path, dicom: DicomExport | None = None) -> Path:
    """Write all files of a case, and a table of its numbers.

    Args:
        result: as measured now.
        approval: of these labels; without it everything is marked as a draft.
        output: receives a folder that is named after the case.
        dicom: for a case that came from DICOM.

    Returns:
        the folder: ``labels.nii.gz``, ``segmentation.seg.nrrd``, ``measurements.json``, ``summary.csv``,
        ``preview.png``, ``report.html`` and, from DICOM, ``segmentation.dcm``.

    Raises:
        QuantSegError: a file could not be written.
    """
    if approval is None:
        result = dataclasses.replace(result, name=f"{DRAFT}_{result.name}")
    written = write_case(result, output)
    write_summary(written.folder, [written.summary_row], result.organ)
    (written.folder / DICOM_SEGMENTATION).unlink(missing_ok=True)
    if dicom is not None:
        reviewer = approval.reviewer if approval else ""
        aside = written.folder / f".{DICOM_SEGMENTATION}"
        dicom.exporter.export(result, dicom.source_files, aside, reviewer)
        write_file(written.folder / DICOM_SEGMENTATION, aside.read_bytes())
        aside.unlink()
    return written.folder
