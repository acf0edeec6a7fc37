"""The files of one case, all of them or none."""

from __future__ import annotations

import errno
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from quantseg.errors import QuantSegError
from quantseg.mrml.segmentation_writers import SegmentationFile, SegmentationWriter, WriterHere
from quantseg.results.atomic import whole_folder
from quantseg.results.case import CaseResult
from quantseg.results.document import CaseDocument
from quantseg.results.edited import file_sha256, replaceable_files
from quantseg.results.label_maps import label_maps, segmentation_maps
from quantseg.results.layout import MEASUREMENTS, PREVIEW, REPORT, SEGMENTATION, image_file
from quantseg.results.nifti_file import nifti_file_bytes
from quantseg.results.outputs import ImageMap
from quantseg.results.presentation import Presenter
from quantseg.results.summary import summary_row
from quantseg.volume import Volume

_NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT})
# Higher levels take three times as long for a file hardly smaller.
_PICTURE_COMPRESSION = 3


@dataclass(frozen=True)
class WrittenCase:
    """What was written for a case.

    Attributes:
        folder: the case's folder.
        label_hashes: SHA-256 of each file with labels or an image, by file name.
        seg_nrrd_written: whether ``.seg.nrrd`` files are among them.
        seg_nrrd_reason: why one is absent; empty where none is missed.
        summary_row: the case's row of ``summary.csv``.
        headline: the numbers that sum it up, in words; empty where it failed.
    """

    folder: Path
    label_hashes: Mapping[str, str]
    seg_nrrd_written: bool
    seg_nrrd_reason: str
    summary_row: Mapping[str, str]
    headline: str


def write_case(
    result: CaseResult,
    output: Path,
    presenter: Presenter,
    report: bool = True,
    beside: Callable[[Path], None] | None = None,
    advice: str | None = None,
    writer: SegmentationWriter | None = None,
    may_replace: Callable[[Path], None] | None = None,
) -> WrittenCase:
    """Write the files of a case into ``output/<case name>``, in place of those of an earlier run.

    Args:
        result: the case.
        output: folder that receives a folder a case.
        presenter: of the case's task.
        report: whether picture and report are written too.
        beside: writes what shall appear in the same moment as the case's files into their folder, once they are there.
        advice: what to do where they could not be written; None tells how a command goes on.
        writer: of ``.seg.nrrd`` files; None lets this process write them.
        may_replace: is asked about the folder of an earlier run, and raises where it must stay; see
            :func:`quantseg.results.strangers.own_results_only`.

    Raises:
        QuantSegError: a file could not be written; nothing of the case was, and an earlier result is untouched.
    """
    folder = output / result.name
    try:
        with whole_folder(folder, replaceable_files(folder), may_replace) as part:
            names, absent = _write_labels(result, part, writer or WriterHere()) if result.has_labels else ((), {})
            hashes = {name: file_sha256(part / name) for name in (*names, *_write_images(result, part))}
            document = CaseDocument.of(result, hashes, absent)
            (part / MEASUREMENTS).write_bytes(document.to_bytes())
            if report:
                _write_report(result, presenter, absent, part)
            if beside is not None:
                beside(part)
    except OSError as error:
        raise QuantSegError(
            f"The files of {result.name} could not be written into {output} ({error.strerror or error}); "
            f"{advice or _advice_on(error)}."
        ) from error
    segmented = any(name.endswith(SEGMENTATION) for name in hashes)
    missing = next(iter(absent.values()), "")
    row = summary_row(document, presenter.fact_columns)
    return WrittenCase(folder, hashes, segmented, missing, row, presenter.sum_up(result.measurements, result.verdict))


def _advice_on(error: OSError) -> str:
    """Return the way out of what really is in the way."""
    way_out = "name another folder with -o"
    if error.errno in _NO_ROOM:
        way_out = f"free some space or {way_out}"
    elif error.errno == errno.ENAMETOOLONG:
        way_out = "give the input a shorter name, or the output a shorter path with -o"
    return f"{way_out}, and run again with --resume"


def _write_labels(result: CaseResult, part: Path, writer: SegmentationWriter) -> tuple[tuple[str, ...], dict[str, str]]:
    """Write the label files; return their names, and why a file is absent by its name."""
    written = label_maps(result.label_map)
    for name, labels in written.items():
        (part / name).write_bytes(nifti_file_bytes(labels, result.scan))
    segmentations = segmentation_maps(result.label_map) if writer.is_wanted else {}
    missing = writer.missing() if writer.is_wanted else ""
    absent = dict.fromkeys(segmentations, missing) if missing else {}
    for name, labels in segmentations.items() if not missing else ():
        placed = Volume(labels, result.scan.scene_affine)
        writer.write(
            SegmentationFile(placed, result.segments, result.algorithm, part / name, tuple(result.edited_segments))
        )
    return tuple(name for name in (*written, *segmentations) if name not in absent), absent


def _write_images(result: CaseResult, part: Path) -> tuple[str, ...]:
    """Write the images that were made; return the names of their files."""
    images = {image_file(one.name): one.array for one in result.outputs if isinstance(one, ImageMap)}
    for name, voxels in images.items():
        (part / name).write_bytes(nifti_file_bytes(voxels.astype(np.float32), result.scan))
    return tuple(images)


def _write_report(result: CaseResult, presenter: Presenter, absent: Mapping[str, str], part: Path) -> None:
    from quantseg.results.report import render_report

    presenter.present(result).picture().save(part / PREVIEW, compress_level=_PICTURE_COMPRESSION)
    (part / REPORT).write_text(
        render_report(result, presenter, (part / PREVIEW).read_bytes(), absent), encoding="utf-8"
    )
