"""What an earlier run left in a case's folder: whole or not, and edited by a person since or not."""

from __future__ import annotations

import hashlib
from pathlib import Path

from quantseg.results.document import CaseDocument
from quantseg.results.layout import (
    LABELS,
    MEASUREMENTS,
    PREVIEW,
    REPORT,
    REPORT_PDF,
    SEGMENTATION,
    is_dicom_object,
    is_label_file,
)


def read_document(folder: Path) -> CaseDocument | None:
    """Return the content of a case's ``measurements.json``; None if it is missing, damaged or of another schema."""
    try:
        return CaseDocument.from_json((folder / MEASUREMENTS).read_bytes())
    except (OSError, ValueError):
        return None


def is_whole(folder: Path) -> bool:
    """Tell whether a case's folder holds a readable ``measurements.json`` and every file that it names."""
    document = read_document(folder)
    return document is not None and all((folder / name).is_file() for name in document.files)


def is_as_recorded(folder: Path, document: CaseDocument) -> bool:
    """Tell whether a case's folder holds every file that a document names, with the content named there.

    Args:
        folder: of the case.
        document: content of its ``measurements.json``.
    """
    try:
        return all(file_sha256(folder / name) == digest for name, digest in document.files.items())
    except OSError:
        return False


def replaceable_files(folder: Path) -> frozenset[str]:
    """Return the names of the files that a new result takes the place of: ours, and no others in the folder."""
    document = read_document(folder)
    recorded = () if document is None else document.files
    objects = [path.name for path in folder.glob("*.dcm") if is_dicom_object(path.name)]
    return frozenset((*objects, LABELS, SEGMENTATION, MEASUREMENTS, PREVIEW, REPORT, REPORT_PDF, *recorded))


def edited_files(folder: Path) -> tuple[str, ...]:
    """Return the names of our files that a person has changed since they were written.

    A label file whose origin nothing records counts as edited: better one question too many than work lost.

    Args:
        folder: a case's folder; it need not exist.

    Raises:
        OSError: a file is there but cannot be read.
    """
    document = read_document(folder)
    recorded = {} if document is None else document.files
    present = sorted(path.name for path in folder.iterdir() if path.is_file()) if folder.is_dir() else []
    ours = [name for name in present if name in recorded or is_label_file(name)]
    return tuple(name for name in ours if file_sha256(folder / name) != recorded.get(name))


def file_sha256(path: Path) -> str:
    """Return the SHA-256 of a file's content as hexadecimal digits."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
