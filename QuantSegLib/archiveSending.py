"""The way of an approved case from a panel to the archive that its image came from."""

import tempfile
from pathlib import Path

import slicer


def dicomSources(logic, case):
    """Return the DICOM files that each frame of a case was segmented on; nothing where it came from elsewhere.

    :param logic: of the panel.
    """
    return [one.source_files for one in logic.dicomExports(case, lambda *_case: None)]


def sendCase(logic, case):
    """Send the objects of an approved case where the user's settings say; see quantseg.node.sending.

    The machine's own objects stay in the archive; the report names those that it supersedes.

    :param logic: of the panel.
    :raises UsageError: it is not approved, did not come from DICOM, or no archive is named.
    :raises QuantSegError: the archive did not take it.
    """
    from quantseg.node.sending import read_destination, send_objects, settings_path
    from quantseg.review.archive_objects import write_archive_objects

    destination = read_destination(settings_path())
    case.note_edits()
    sources = dicomSources(logic, case)
    earlier = reportsOfStudy(sources[0][0]) if sources else []
    result = case.result(logic.caseName(case.volume_node), None)
    presenter = logic.task().presenter
    with tempfile.TemporaryDirectory(prefix="quantseg-archive-") as folder:
        paths = write_archive_objects(result, case.approval, sources, Path(folder), presenter, earlier)
        send_objects(paths, destination)


def reportsOfStudy(file):
    """Return the files of the structured reports of a file's study that Slicer's DICOM database knows."""
    # Slicer has it while its module DICOM is there, as it is wherever an image came from there.
    database = getattr(slicer, "dicomDatabase")  # noqa: B009
    series = database.seriesForStudy(database.fileValue(str(file), "0020,000D"))
    files = [Path(one) for uid in series for one in database.filesForSeries(uid)]
    return [one for one in files if database.fileValue(str(one), "0008,0060") == "SR"]
