"""What an earlier run left in a case's folder: whole or not, and edited by a person since or not."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

from quantseg.results.document import SCHEMA
from quantseg.results.layout import LABEL_FILES, MEASUREMENTS


def read_document(folder: Path) -> dict[str, Any] | None:
    """Return the content of a case's ``measurements.json``; None if it is missing, damaged or of another schema."""
    try:
        document = json.loads((folder / MEASUREMENTS).read_bytes())
    except (OSError, ValueError):
        return None
    return document if isinstance(document, dict) and document.get("schema") == SCHEMA else None


def is_whole(folder: Path) -> bool:
    """Tell whether a case's folder holds a readable ``measurements.json`` and every file that it names."""
    document = read_document(folder)
    return document is not None and all((folder / name).is_file() for name in document["files"])


def edited_files(folder: Path) -> tuple[str, ...]:
    """Return the names of label files that a person has changed since they were written.

    A label file whose origin nothing records counts as edited: better one question too many than work lost.

    Args:
        folder: a case's folder; it need not exist.

    Raises:
        OSError: a file is there but cannot be read.
    """
    document = read_document(folder)
    recorded = document["files"] if document else {}
    names = dict.fromkeys([*LABEL_FILES, *recorded])
    return tuple(
        name for name in names if (folder / name).is_file() and file_sha256(folder / name) != recorded.get(name)
    )


def file_sha256(path: Path) -> str:
    """Return the SHA-256 of a file's content as hexadecimal digits."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
