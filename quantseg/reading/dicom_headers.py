"""DICOM headers below a folder: only the fields that were asked for, none of which names a patient."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from quantseg.reading.dicom_warnings import silence_pydicom
from quantseg.reading.folders import files_below
from quantseg.reading.image_file import ending_of

if TYPE_CHECKING:
    from pydicom import Dataset

LISTING_TAGS = (
    "SOPClassUID",
    "SOPInstanceUID",
    "StudyInstanceUID",
    "SeriesInstanceUID",
    "SeriesNumber",
    "Modality",
    "ImageType",
    "ImagePositionPatient",
    "NumberOfFrames",
    "Rows",
)
"""What it takes to tell which series there are."""

_MAGIC_OFFSET, _MAGIC = 128, b"DICM"
_DIRECTORY_NAME = "DICOMDIR"
"""The index of a DICOM medium, whose name the standard fixes (PS3.10, 8.6)."""
_SPECTROSCOPY_CLASS = "1.2.840.10008.5.1.4.1.1.4.2"
_DERIVED_MODALITIES = frozenset({"SEG", "SR", "PR", "KO", "DOC", "REG", "RWV", "FID", "RTSTRUCT", "RTPLAN", "RTDOSE"})
"""Modalities of objects made from images, QuantSeg's own results among them."""


@dataclass(frozen=True)
class DicomFile:
    """One file and the fields of its header that were asked for."""

    path: Path
    header: Dataset


@dataclass(frozen=True)
class Series:
    """What a DICOM series is, as far as choosing needs it.

    Attributes:
        uid: SeriesInstanceUID.
        study_uid: StudyInstanceUID, or an empty text.
        number: SeriesNumber, where there is one.
        modality: Modality, or an empty text.
        folder: the deepest folder that holds all its files, or the one file itself.
        images: number of images, frames of a multi-frame file counted each.
        is_image: it holds pixels of its own that a scanner could have made.
        is_localizer: ImageType calls it a localizer.
        has_positions: images of it say where in the patient they lie.
    """

    uid: str
    study_uid: str
    number: int | None
    modality: str
    folder: Path
    images: int
    is_image: bool
    is_localizer: bool
    has_positions: bool

    @property
    def hash(self) -> str:
        """First 8 hexadecimal digits of the SHA-256 of the SeriesInstanceUID."""
        return series_hash(self.uid)

    @property
    def case_name(self) -> str:
        """Name that tells nothing of the patient: series number and hash."""
        return f"series{'' if self.number is None else self.number}_{self.hash}"

    @property
    def is_suitable(self) -> bool:
        """Tell whether it looks like a stack of slices."""
        return self.is_image and self.has_positions and not self.is_localizer and self.images > 1


def series_hash(uid: str) -> str:
    """Return the first 8 hexadecimal digits of the SHA-256 of a SeriesInstanceUID."""
    return hashlib.sha256(uid.encode()).hexdigest()[:8]


def read_headers(place: Path, tags: Iterable[str]) -> tuple[list[DicomFile], int]:
    """Read the headers of all DICOM files below a folder, or of one file.

    Args:
        place: a folder or a file.
        tags: keywords of the fields to read, those of ``LISTING_TAGS`` included.

    Returns:
        the readable files in a fixed order, one for each SOPInstanceUID; and the number of damaged ones.
    """
    paths = [place] if place.is_file() else [path for path in files_below(place) if ending_of(path) is None]
    found: dict[str, DicomFile] = {}
    damaged = 0
    for path in paths:
        if not _may_be_dicom(path):
            continue
        header = _read_header(path, list(tags))
        if header is None:
            damaged += _claims_to_be_dicom(path)
        else:
            found.setdefault(str(header.SOPInstanceUID), DicomFile(path, header))
    return list(found.values()), damaged


def list_series(place: Path) -> tuple[list[Series], int]:
    """Return the series below a folder, ordered by number and hash, and how many files are damaged."""
    files, damaged = read_headers(place, LISTING_TAGS)
    return [one for one, _ in described_series(files, place)], damaged


def described_series(files: Iterable[DicomFile], place: Path) -> list[tuple[Series, list[DicomFile]]]:
    """Return each series among files that were read from a place, with its own files; by number and hash."""
    by_uid: dict[str, list[DicomFile]] = defaultdict(list)
    for file in files:
        by_uid[str(file.header.SeriesInstanceUID)].append(file)
    series = [(_describe(uid, members, place), members) for uid, members in by_uid.items()]
    return sorted(series, key=lambda one: (one[0].number is None, one[0].number or 0, one[0].hash))


def _describe(uid: str, files: Sequence[DicomFile], place: Path) -> Series:
    headers = [file.header for file in files]
    first = headers[0]
    modality = str(first.get("Modality") or "")
    return Series(
        uid=uid,
        study_uid=str(first.get("StudyInstanceUID") or ""),
        number=series_number(first),
        modality=modality,
        folder=common_folder([file.path for file in files], place),
        images=sum(frame_count(header) for header in headers),
        is_image=modality not in _DERIVED_MODALITIES and "Rows" in first and first.SOPClassUID != _SPECTROSCOPY_CLASS,
        is_localizer=any("LOCALIZER" in _texts(header.get("ImageType")) for header in headers),
        has_positions=any("ImagePositionPatient" in header or frame_count(header) > 1 for header in headers),
    )


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


def common_folder(paths: Sequence[Path], place: Path) -> Path:
    """Return the deepest folder that holds all files read from a place, or the place where it is one file."""
    if place.is_file():
        return place
    common = paths[0].parent
    while not all(path.is_relative_to(common) for path in paths):
        common = common.parent
    return common


def _texts(value: object) -> list[str]:
    if value is None:
        return []
    return [value.upper()] if isinstance(value, str) else [str(part).upper() for part in value]  # type: ignore[attr-defined]


def _claims_to_be_dicom(path: Path) -> bool:
    """Tell whether a file says that it is DICOM, by its ending or by the mark behind the preamble."""
    return path.suffix.lower() in (".dcm", ".ima") or _has_magic(path)


def _may_be_dicom(path: Path) -> bool:
    """Tell whether a file may be DICOM: files from archives often have no ending, or the end of a UID for one."""
    if path.name.upper() == _DIRECTORY_NAME or not path.is_file():
        return False
    return _claims_to_be_dicom(path) or path.suffix == "" or path.suffix[1:].isdigit()


def _has_magic(path: Path) -> bool:
    try:
        with path.open("rb") as stream:
            stream.seek(_MAGIC_OFFSET)
            return stream.read(len(_MAGIC)) == _MAGIC
    except OSError:
        return False


def _read_header(path: Path, tags: list[str]) -> Dataset | None:
    """Return the fields of a header, or None where the file is no DICOM object or is damaged."""
    import pydicom

    silence_pydicom()
    try:
        header = pydicom.dcmread(path, stop_before_pixels=True, specific_tags=list(tags), force=True)
        whole = bool(header.get("SOPClassUID")) and bool(header.get("SOPInstanceUID"))
        return header if whole and bool(header.get("SeriesInstanceUID")) else None
    except Exception:  # pydicom raises many kinds on damaged headers; all mean the same here
        return None
