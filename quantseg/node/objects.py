"""The DICOM objects of a study on their way home: listed, checked, and telling which they take the place of."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from quantseg.errors import QuantSegError
from quantseg.node.study_work import ResultObject
from quantseg.results.layout import DICOM_STRUCTURED_REPORT

if TYPE_CHECKING:
    from pydicom import Dataset


def list_objects(folder: Path, files: Iterable[str], predecessors: Sequence[ResultObject]) -> tuple[ResultObject, ...]:
    """Return what there is to send, after the reports were told which they take the place of.

    Args:
        folder: of the results.
        files: relative to it.
        predecessors: structured reports of an earlier state of the study that somebody has; PS3.3 C.17.2 has a
            sequence for them.

    Raises:
        OSError: a file cannot be read or written.
    """
    import pydicom

    found = []
    for name in files:
        path = folder / name
        dataset = pydicom.dcmread(path, stop_before_pixels=True)
        is_report = path.name == DICOM_STRUCTURED_REPORT
        if is_report and predecessors:
            _name_predecessors(path, predecessors)
        with path.open("rb") as stream:
            sha256 = hashlib.file_digest(stream, "sha256").hexdigest()
        uids = (str(dataset.SOPInstanceUID), str(dataset.SOPClassUID), str(dataset.SeriesInstanceUID))
        found.append(
            ResultObject(
                file=name, sha256=sha256, uid=uids[0], class_uid=uids[1], series_uid=uids[2], is_report=is_report
            )
        )
    return tuple(found)


def paths_of(folder: Path, objects: Iterable[ResultObject]) -> list[Path]:
    """Return the files of objects, which are as they were made.

    Raises:
        QuantSegError: one is missing or damaged.
    """
    paths = []
    for one in objects:
        path = folder / one.file
        try:
            with path.open("rb") as stream:
                whole = hashlib.file_digest(stream, "sha256").hexdigest() == one.sha256
        except OSError:
            whole = False
        if not whole:
            raise QuantSegError("The results are no longer there, or damaged; the study is measured again.")
        paths.append(path)
    return paths


def _name_predecessors(path: Path, predecessors: Sequence[ResultObject]) -> None:
    import pydicom
    from pydicom import Dataset

    report = pydicom.dcmread(path)
    in_study = Dataset()
    in_study.StudyInstanceUID = report.StudyInstanceUID
    in_study.ReferencedSeriesSequence = [_in_series(one) for one in predecessors]
    report.PredecessorDocumentsSequence = [in_study]
    report.save_as(path, enforce_file_format=True)


def _in_series(one: ResultObject) -> Dataset:
    from pydicom import Dataset

    reference, series = Dataset(), Dataset()
    reference.ReferencedSOPClassUID, reference.ReferencedSOPInstanceUID = one.class_uid, one.uid
    series.SeriesInstanceUID, series.ReferencedSOPSequence = one.series_uid, [reference]
    return series
