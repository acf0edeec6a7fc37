"""By which hash an input is known again: that of the contents of its files, wherever they lie."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from quantseg.reading.archive import content_of
from quantseg.reading.folders import files_below
from quantseg.reading.image_file import ending_of
from quantseg.reading.nifti_file import voxels_of_pair
from quantseg.reading.scan import CaseInput

FILE_OF_VOXELS = re.compile(
    rb"(?:^|[\r\n])\s*(?:ElementDataFile\s*[=:]|data ?file\s*:)[ \t]*([^\r\n]*?)[ \t]*(?=[\r\n]|$)", re.IGNORECASE
)
"""How headers of MetaImage and NRRD name the file of their voxels, in all spellings and line ends that ITK reads."""
_LIST_FOLLOWS = re.compile(r"LIST(\s+\d+\s*D?)?")
_NUMBERED = re.compile(r"(?P<pattern>.*%\d*d.*?)\s+(?P<first>\d+)\s+(?P<last>\d+)(\s+(?P<step>\d+))?(\s+\d+)?")
"""A file a slice, named by a list in the lines below, or by a pattern with first and last number and step (NRRD
specification, section 5, "data file"; MetaIO documentation, "ElementDataFile")."""
_DETACHED_ENDINGS = (".mhd", ".nhdr")
_LONGEST_HEADER_BYTES = 4 * 1024**2
"""Of a header that lists a file for each slice of a large image."""


def input_content_hash(paths: Path | Iterable[Path]) -> str:
    """Return the SHA-256 of the contents of an input's files, which their names, folders and order do not change.

    Args:
        paths: the file or files.

    Returns:
        64 hexadecimal digits: of one file what ``sha256sum`` prints; of several the hash of their sorted hashes, a
        line each.

    Raises:
        OSError: a file cannot be read.
    """
    hashes = sorted(_file_hash(path) for path in ([paths] if isinstance(paths, Path) else paths))
    if len(hashes) == 1:
        return hashes[0]
    return hashlib.sha256("".join(f"{one}\n" for one in hashes).encode()).hexdigest()


def case_content_hash(case: CaseInput) -> str:
    """Return the hash of all files that a case is read from: of its image, and of each further role's.

    Raises:
        OSError: a file cannot be read.
    """
    parts = {"": case, **dict(case.further_roles)}
    hashes = {role: _image_hash(one) for role, one in parts.items()}
    if len(hashes) == 1:
        return hashes[""]
    return hashlib.sha256("".join(f"{role} {hashes[role]}\n" for role in sorted(hashes)).encode()).hexdigest()


def _image_hash(case: CaseInput) -> str:
    """Return the hash of a case's first image; of frames of a file, not the same as that of other frames."""
    found = input_content_hash(files_of(case))
    some_frames = sorted({file.frames for file in case.files if file.frames is not None})
    return hashlib.sha256(f"{found} {some_frames}\n".encode()).hexdigest() if some_frames else found


def files_of(case: CaseInput) -> list[Path]:
    """Return the files that a case's first image is read from: the file and that of its voxels, or a series' files."""
    if case.series_uid is not None:
        return [file.path for file in case.files]
    if case.path.is_dir():
        return list(files_below(case.path))
    return [case.path, *_detached_voxels(case.path)]


def _detached_voxels(path: Path) -> Iterator[Path]:
    ending = (ending_of(path) or "").lower()
    if ending.startswith(".hdr") and (pair := voxels_of_pair(path)) is not None:
        yield pair
    if ending not in _DETACHED_ENDINGS:
        return
    with path.open("rb") as stream:
        header = stream.read(_LONGEST_HEADER_BYTES)
    for field in FILE_OF_VOXELS.finditer(header):
        for name in _names(os.fsdecode(field[1]), os.fsdecode(header[field.end() :])):
            voxels = path.parent / name
            if voxels.is_file():
                yield voxels


def _names(value: str, below: str) -> Iterable[str]:
    """Return the names of the files of voxels, from what a header says of them and what stands below that."""
    if _LIST_FOLLOWS.fullmatch(value):
        return [line.strip() for line in below.splitlines() if line.strip()]
    numbered = _NUMBERED.fullmatch(value)
    if numbered is None:
        return [value]
    numbers = range(int(numbered["first"]), int(numbered["last"]) + 1, int(numbered["step"] or 1) or 1)
    return (numbered["pattern"] % number for number in numbers)


def _file_hash(path: Path) -> str:
    with path.open("rb") if path.is_file() else content_of(path) as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
