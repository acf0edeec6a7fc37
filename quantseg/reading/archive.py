"""DICOM files as they lie: alone, packed one by one, or in a ``.zip`` archive, whose members are paths below it.

Nothing is unpacked onto the disk, so that no member can be written anywhere: a member is read into memory when it is
wanted, within limits.
"""

from __future__ import annotations

import io
import re
import stat
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path, PurePosixPath

from quantseg.errors import InputRefused
from quantseg.reading.packed import MOST_BYTES, most_unpacked_bytes, unpacked_stream

ARCHIVE_ENDING = ".zip"
_MOST_MEMBERS = 200_000
_MOST_ARCHIVE_BYTES = 8 * MOST_BYTES
_ENCRYPTED = 0x1
"""Bit of a member's flags (APPNOTE 4.4.4)."""
_GZIP_MAGIC = b"\x1f\x8b"
_MADE_BY_MACS = "__MACOSX"
_FROM_A_ROOT = re.compile(r"[/\\]|[A-Za-z]:")


def is_archive(path: Path) -> bool:
    """Tell by its name whether a file is an archive."""
    return path.suffix.lower() == ARCHIVE_ENDING and path.is_file()


def members_of(archive: Path) -> list[Path]:
    """Return the files of an archive as paths below it, in a fixed order, without hidden ones.

    Raises:
        InputRefused: it is damaged, encrypted, larger than any study, or holds what no study holds: links, and paths
            that lead out of it.
    """
    try:
        infos = _opened(archive).infolist()
    except (OSError, zipfile.BadZipFile, NotImplementedError, ValueError):
        raise InputRefused("the archive is damaged or of another format; copy it again") from None
    files = [info for info in infos if not info.is_dir()]
    _refuse_unsafe(archive, files)
    return sorted(archive / info.filename for info in files if not _is_hidden(info.filename))


def content_of(path: Path) -> io.BufferedReader | io.BytesIO:
    """Return the content of a file or of a member of an archive, open at its beginning and unpacked.

    Raises:
        OSError: there is none, or it is damaged or unpacks to more than a file may.
    """
    archive = _archive_of(path)
    if archive is None and path.exists() and not path.is_file():
        raise OSError(f"{path} is no file")  # A pipe would be waited for.
    stream: io.BufferedReader | io.BytesIO
    stream = path.open("rb") if archive is None else io.BytesIO(_member_bytes(archive, path))
    start = stream.read(len(_GZIP_MAGIC))
    length = stream.seek(0, io.SEEK_END)
    stream.seek(0)
    if start != _GZIP_MAGIC:
        return stream
    try:
        with stream:
            return io.BytesIO(unpacked_stream(stream, length))
    except InputRefused as refusal:
        raise OSError(str(refusal)) from None


def exists(path: Path) -> bool:
    """Tell whether a file, or a member of an archive, is there."""
    archive = _archive_of(path)
    if archive is None:
        return path.is_file()
    try:
        _opened(archive).getinfo(_member_name(archive, path))
    except (OSError, KeyError, zipfile.BadZipFile):
        return False
    return True


@contextmanager
def on_disk(path: Path) -> Iterator[Path]:
    """Yield a file with the content for programs that read files alone: the file itself where it is one and unpacked.

    Raises:
        OSError: there is none, or it is damaged.
    """
    with content_of(path) as stream:
        if not isinstance(stream, io.BytesIO):
            yield path
            return
        with tempfile.TemporaryDirectory(prefix="quantseg-") as folder:
            copy = Path(folder, "image.dcm")
            copy.write_bytes(stream.getvalue())
            yield copy


def _refuse_unsafe(archive: Path, files: list[zipfile.ZipInfo]) -> None:
    if len(files) > _MOST_MEMBERS:
        raise InputRefused(f"the archive holds {len(files)} files, expected at most {_MOST_MEMBERS}; unpack it")
    if any(_leads_out(info.filename) for info in files):
        raise InputRefused("the archive holds paths that lead out of it, as no study does; do not unpack it either")
    if any(stat.S_ISLNK(info.external_attr >> 16) for info in files):
        raise InputRefused("the archive holds links, expected files alone; make it again without them")
    if any(info.flag_bits & _ENCRYPTED for info in files):
        raise InputRefused("the archive is encrypted; unpack it and give the folder")
    stored_bytes, unpacked_bytes = archive.stat().st_size, sum(info.file_size for info in files)
    if unpacked_bytes > most_unpacked_bytes(stored_bytes, _MOST_ARCHIVE_BYTES):
        raise InputRefused(
            f"the archive unpacks from {stored_bytes / 1024**2:.3g} MiB to {unpacked_bytes / 1024**2:.3g}, as no study "
            "does; copy it again"
        )


def _leads_out(name: str) -> bool:
    return ".." in PurePosixPath(name.replace("\\", "/")).parts or bool(_FROM_A_ROOT.match(name))


def _is_hidden(name: str) -> bool:
    return any(part.startswith(".") or part == _MADE_BY_MACS for part in PurePosixPath(name).parts)


def _archive_of(path: Path) -> Path | None:
    """Return the archive that a path lies in; None for a file of its own, and for what is not there."""
    if path.is_file():
        return None
    return next((folder for folder in path.parents if is_archive(folder)), None)


def _member_name(archive: Path, path: Path) -> str:
    return path.relative_to(archive).as_posix()


def _member_bytes(archive: Path, path: Path) -> bytes:
    try:
        opened = _opened(archive)
        info = opened.getinfo(_member_name(archive, path))
        if info.file_size > most_unpacked_bytes(info.compress_size):
            raise OSError("a member of the archive unpacks to more than any image")
        return opened.read(info)
    except (KeyError, RuntimeError, zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError) as error:
        raise OSError("a member of the archive is damaged") from error


def _opened(archive: Path) -> zipfile.ZipFile:
    found = archive.stat()
    return _opened_as_it_was(archive, found.st_mtime_ns, found.st_size)


@lru_cache(maxsize=1)
def _opened_as_it_was(archive: Path, _changed_ns: int, _size_bytes: int) -> zipfile.ZipFile:
    """Keep the list of the members that was read last: a study holds thousands."""
    return zipfile.ZipFile(archive)
