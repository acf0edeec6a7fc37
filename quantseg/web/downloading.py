"""At the desk: all files of a case's result as it is now, for people to take away; a draft says so in its very name."""

from __future__ import annotations

import dataclasses
import shutil
import zipfile
from pathlib import Path

from quantseg.errors import QuantSegError
from quantseg.results.case import CaseResult
from quantseg.results.layout import DRAFT, REPORT_PDF
from quantseg.results.report_pdf import print_report
from quantseg.results.summary import write_summary
from quantseg.results.writing import write_case
from quantseg.tasks.registry import load_task
from quantseg.web.casework import DOWNLOADS, CaseOrder, current_result, stamp_of
from quantseg.web.looking import find_case

ALL_FILES, DICOM_FILES = "all.zip", "dicom.zip"
NO_DICOM = "dicom-objects-not-written.txt"
_NAME = "case"


def write_downloads(order: CaseOrder, number: int, has_dicom: bool) -> Path:
    """Write the files of a case's result, once for every state of it, and return their folder.

    Args:
        order: the case.
        number: by which people talk of it, so that files and rows of two cases are told apart where they end up.
        has_dicom: whether it came from DICOM, so that DICOM objects are among the files.

    Raises:
        QuantSegError: there is no result, or the files could not be written.
    """
    downloads = order.folder / DOWNLOADS
    folder = downloads / stamp_of(order.result)[:16]
    if (folder / ALL_FILES).is_file():
        return folder
    shutil.rmtree(downloads, ignore_errors=True)
    stamp, result, approval = current_result(order)
    folder = downloads / stamp[:16]
    task = load_task(order.task)
    name = f"{_NAME}{number}" if approval else f"{DRAFT}_{_NAME}{number}"
    result = dataclasses.replace(result, name=name)
    written = write_case(result, folder, task.presenter)
    write_summary(written.folder, [written.summary_row], task.presenter.fact_columns)
    if has_dicom:
        _write_objects(order, result, written.folder)
    files = sorted(path for path in written.folder.iterdir() if path.is_file() and not path.name.startswith("."))
    _pack(folder / DICOM_FILES, [path for path in files if path.suffix == ".dcm"], name)
    # Last: what holds this holds everything.
    _pack(folder / ALL_FILES, files, name)
    return folder


def _write_objects(order: CaseOrder, result: CaseResult, folder: Path) -> None:
    """Write the DICOM objects of a result beside its files, or why there are none: the rest is worth having alone."""
    from quantseg.dicom.case_objects import CaseObjects

    task = load_task(order.task)
    try:
        slices = task.slices_of(find_case(task, order.image, order.name))
        CaseObjects(result, task.presenter, slices, print_pdf=False).write(folder)
    except QuantSegError as error:
        (folder / NO_DICOM).write_text(f"{error}\n", encoding="utf-8")


def _pack(archive: Path, files: list[Path], name: str) -> None:
    """Pack files into an archive that appears whole."""
    aside = archive.with_name(f".{archive.name}")
    with zipfile.ZipFile(aside, "w", zipfile.ZIP_STORED) as stream:
        for path in files:
            stream.write(path, f"{name}/{path.name}")
    aside.rename(archive)


def print_pdf(folder: Path) -> Path:
    """Print the report of what :func:`write_downloads` wrote, once, and return the file.

    Raises:
        QuantSegError: there is no browser, or it printed nothing.
    """
    case = next((path for path in folder.iterdir() if path.is_dir()), None)
    if case is None:
        raise QuantSegError("There is no report to print; open the case again.")
    if not (case / REPORT_PDF).is_file():
        print_report(case)
    return case / REPORT_PDF
