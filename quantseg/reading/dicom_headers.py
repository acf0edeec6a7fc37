"""DICOM headers below a folder: only the fields that were asked for, which are compared and never written."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from quantseg.errors import InputRefused
from quantseg.reading.archive import content_of, exists, is_archive, members_of
from quantseg.reading.dicom_objects import is_image_class, is_other_class
from quantseg.reading.dicom_warnings import silence_pydicom
from quantseg.reading.folders import files_below
from quantseg.reading.image_file import DICOM_DIRECTORY, ending_of
from quantseg.reading.scan import SourceFile

if TYPE_CHECKING:
    from pydicom import Dataset

_IDENTITY_TAGS = ("SOPClassUID", "SOPInstanceUID", "SeriesInstanceUID", "Rows")
"""What it takes to tell a DICOM object from another file, and a whole one from one that was cut."""
_MAGIC_OFFSET, _MAGIC = 128, b"DICM"
_DIGIT = re.compile(r"\d")
_ENDINGS = (".dcm", ".ima", ".dcm.gz", ".ima.gz")


@dataclass(frozen=True)
class DicomFile:
    """One file and the fields of its header that were asked for.

    Attributes:
        path: the file.
        header: its fields.
        frames: numbers, from 0, of those of its frames that are meant; None where all are.
    """

    path: Path
    header: Dataset
    frames: tuple[int, ...] | None = None

    @property
    def source(self) -> SourceFile:
        """What it takes to read it again."""
        return SourceFile(self.path, self.frames)

    @property
    def frame_numbers(self) -> Sequence[int]:
        """Numbers, from 0, of the frames that are meant."""
        return range(frame_count(self.header)) if self.frames is None else self.frames


@dataclass(frozen=True)
class DamagedFile:
    """A file that says that it is DICOM and cannot be read.

    Attributes:
        path: the file.
        series_uid: SeriesInstanceUID, as far as the file was read; an empty text where it was not.
    """

    path: Path
    series_uid: str


def read_headers(place: Path, tags: Iterable[str]) -> tuple[list[DicomFile], list[DamagedFile]]:
    """Read the headers of all DICOM files below a folder, or of one file.

    Args:
        place: a folder or a file.
        tags: keywords of the fields to read.

    Returns:
        the readable files, and the damaged ones, each in a fixed order.
    """
    return _read([SourceFile(path) for path in dicom_files(place)], tags)


def dicom_files(place: Path) -> list[Path]:
    """Return the files below a folder that may be DICOM, those in archives too, in a fixed order.

    Args:
        place: a folder, an archive, or a file. An archive that is refused counts as one without files.
    """
    paths = [place] if place.is_file() else [path for path in files_below(place) if ending_of(path) is None]
    return [file for path in paths for file in _unpacked(path) if _may_be_dicom(file)]


def _unpacked(path: Path) -> list[Path]:
    if not is_archive(path):
        return [path]
    try:
        return members_of(path)
    except InputRefused:
        return []


def read_files(files: Iterable[SourceFile], tags: Iterable[str]) -> tuple[list[DicomFile], list[DamagedFile]]:
    """Read the headers of files that are known to be DICOM; one that is no longer there counts as damaged."""
    return _read(files, tags)


def frame_count(header: Dataset) -> int:
    """Return the number of images in a file; 1 unless it is a multi-frame file."""
    try:
        return max(int(header.get("NumberOfFrames") or 1), 1)
    except (TypeError, ValueError):
        return 1


def series_number(header: Dataset) -> int | None:
    """Return SeriesNumber (0020,0011), or None where it is absent or no number."""
    try:
        return int(header.SeriesNumber)
    except (AttributeError, TypeError, ValueError):
        return None


def text_of(header: Dataset, keyword: str) -> str:
    """Return a field as a text, without blanks around it; an empty text where it is absent."""
    value = header.get(keyword)
    return "" if value is None else str(value).strip()


def image_type(header: Dataset) -> tuple[str, ...]:
    """Return the words of ImageType (0008,0008) in capitals; none where it is absent."""
    value = header.get("ImageType")
    if value is None:
        return ()
    return (value.upper(),) if isinstance(value, str) else tuple(str(part).upper() for part in value)


def _read(files: Iterable[SourceFile], tags: Iterable[str]) -> tuple[list[DicomFile], list[DamagedFile]]:
    wanted = list(dict.fromkeys((*_IDENTITY_TAGS, *tags)))
    found, damaged, unknown = [], [], []
    for file in files:
        header = _header(file.path, wanted)
        if header is not None and _is_whole(header):
            found.append(DicomFile(file.path, header, file.frames))
        elif says_it_is_dicom(file.path) or not _can_be_read(file.path):
            damaged.append(DamagedFile(file.path, "" if header is None else text_of(header, "SeriesInstanceUID")))
        else:
            unknown.append(file.path)
    images = {_place_and_pattern(file.path) for file in found}
    damaged += [
        DamagedFile(path, "") for path in unknown if _place_and_pattern(path) in images and _is_shorter_than_dicom(path)
    ]
    return found, sorted(damaged, key=lambda one: one.path)


def _place_and_pattern(path: Path) -> tuple[Path, str]:
    """Return where a file lies, and its name with every digit alike: images of one series differ in digits alone."""
    return path.parent, _DIGIT.sub("0", path.name)


def _is_shorter_than_dicom(path: Path) -> bool:
    """Tell whether a file ends before it could say that it is DICOM, as a copy onto a full disk leaves it."""
    with content_of(path) as stream:
        return len(stream.read(_MAGIC_OFFSET + len(_MAGIC))) < _MAGIC_OFFSET + len(_MAGIC)


def _is_whole(header: Dataset) -> bool:
    """Tell whether a header is one of a DICOM object and goes on to what an image of its class must say.

    Identifiers may be blank: whatever took them away left the image.
    """
    if "Rows" in header:
        return True
    object_class = text_of(header, "SOPClassUID")
    if is_other_class(object_class):
        return True
    # A class that the standard does not know may be a maker's own, or one whose name was cut with the file.
    return bool(object_class and text_of(header, "SeriesInstanceUID")) and not is_image_class(object_class)


def says_it_is_dicom(path: Path) -> bool:
    """Tell whether a file says that it is DICOM, by its ending or by the mark behind the preamble."""
    return path.name.lower().endswith(_ENDINGS) or _has_magic(path)


def _may_be_dicom(path: Path) -> bool:
    """Tell whether a file may be DICOM: files from archives often have no ending, or the end of a UID for one."""
    if path.name.upper() == DICOM_DIRECTORY or not exists(path):
        return False
    return says_it_is_dicom(path) or path.suffix == "" or path.suffix[1:].isdigit()


def _can_be_read(path: Path) -> bool:
    """Tell whether there is a file whose content can be read, as that of a damaged member of an archive cannot."""
    try:
        with content_of(path):
            return True
    except OSError:
        return False


def _has_magic(path: Path) -> bool:
    try:
        with content_of(path) as stream:
            stream.seek(_MAGIC_OFFSET)
            return stream.read(len(_MAGIC)) == _MAGIC
    except OSError:
        return False


def _header(path: Path, tags: list[str]) -> Dataset | None:
    """Return the fields of a header, as far as they can be read; None where none can."""
    import pydicom

    silence_pydicom()
    try:
        with content_of(path) as stream:
            return pydicom.dcmread(stream, stop_before_pixels=True, specific_tags=tags, force=True)
    except Exception:  # pydicom raises many kinds on damaged headers; all mean the same here
        return None
