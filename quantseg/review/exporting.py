"""A reviewed case as files: those of ``quantseg segment``, and DICOM; a draft says so in its very name."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from pathlib import Path

from quantseg.dicom.segmentation import DicomSegmentationExporter
from quantseg.reading.scan import Scan
from quantseg.results.atomic import write_file
from quantseg.results.case import CaseResult
from quantseg.results.layout import DICOM_SEGMENTATION, DRAFT, INPUT_HASH
from quantseg.results.presentation import Presenter
from quantseg.results.strangers import own_results_only
from quantseg.results.summary import write_summary
from quantseg.results.writing import write_case
from quantseg.review.approval import Approval


@dataclasses.dataclass(frozen=True)
class DicomExport:
    """How a case that came from DICOM goes back, or one frame of a cine.

    Attributes:
        exporter: writes the file.
        source_files: the images that were segmented.
        frame: of the case, counted from 0; None for a single volume.
    """

    exporter: DicomSegmentationExporter
    source_files: Sequence[Path]
    frame: int | None = None

    def file_name(self, result: CaseResult) -> str:
        """Return the name of the file: of a cine there is one a time point."""
        if self.frame is None:
            return DICOM_SEGMENTATION
        return f"frame{result.label_map.frame_numbers[self.frame]:02d}_{DICOM_SEGMENTATION}"

    def case(self, result: CaseResult) -> CaseResult:
        """Return the single volume that is written."""
        if self.frame is None:
            return result
        image = result.scan
        scan = Scan(image.frame(self.frame), image.image_format, acquisition=image.acquisition)
        shown = result.with_label_map(array=result.labels[self.frame], phases={}, frame_numbers=())
        return dataclasses.replace(shown, scan=scan, curves=None)


def export_case(
    result: CaseResult,
    approval: Approval | None,
    output: Path,
    presenter: Presenter,
    image_hashes: Mapping[str, str],
    dicom: Sequence[DicomExport] = (),
) -> Path:
    """Write all files of a case, and a table of its numbers.

    Args:
        result: as measured now.
        approval: of these labels; without it everything is marked as a draft.
        output: receives a folder that is named after the case.
        presenter: of the case's task.
        image_hashes: facts by which the case's image is known again: that of its intensities, and that of its file
            where the image is as the file has it. An engine that was given a copy knew the copy's alone.
        dicom: for a case that came from DICOM, or each of its frames.

    Returns:
        the folder: the files of ``quantseg segment``, ``summary.csv`` and, from DICOM, ``segmentation.dcm`` or one
        ``frame…_segmentation.dcm`` a frame.

    Raises:
        QuantSegError: a file could not be written.
        UsageError: the folder holds results of another image or task under this name.
    """
    facts = {name: fact for name, fact in result.facts.items() if name != INPUT_HASH}
    result = dataclasses.replace(result, facts={**facts, **image_hashes})
    if approval is None:
        result = dataclasses.replace(result, name=f"{DRAFT}_{result.name}")
    may_replace = own_results_only(output / result.name, result.task, result.facts)
    written = write_case(result, output, presenter, may_replace=may_replace)
    write_summary(written.folder, [written.summary_row], presenter.fact_columns)
    for earlier in written.folder.glob(f"*{DICOM_SEGMENTATION}"):
        earlier.unlink()
    reviewer = approval.reviewer if approval else ""
    for one in dicom:
        name = one.file_name(result)
        aside = written.folder / f".{name}"
        one.exporter.export(one.case(result), one.source_files, aside, reviewer)
        write_file(written.folder / name, aside.read_bytes())
        aside.unlink()
    return written.folder
