"""Which DICOM series a folder holds, and what is left out of each or may be missing from it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from quantseg.reading.dicom_acquisitions import ACQUISITION_TAGS, acquisitions
from quantseg.reading.dicom_frames import FRAME_TAGS
from quantseg.reading.dicom_grouping import attributed, by_series, images_in_space, is_identifier, is_image
from quantseg.reading.dicom_headers import (
    DamagedFile,
    DicomFile,
    frame_count,
    image_type,
    read_headers,
    series_number,
    text_of,
)
from quantseg.reading.dicom_objects import kinds_in_words
from quantseg.reading.scan import SourceFile

Divider = Callable[[Sequence[DicomFile]], list[list[DicomFile]]]
"""From the files of one series, all of images that say where they lie, to those of each acquisition."""

LISTING_TAGS = (
    "SOPClassUID",
    "SeriesInstanceUID",
    "Modality",
    *FRAME_TAGS,
    *ACQUISITION_TAGS,
)
"""What it takes to tell which series there are, and which of their files are images in space."""

_DERIVED_MODALITIES = frozenset({"SEG", "SR", "PR", "KO", "DOC", "REG", "RWV", "FID", "RTSTRUCT", "RTPLAN", "RTDOSE"})
"""Modalities of objects made from images, QuantSeg's own results among them."""
_NO_MAGNITUDES = frozenset({"P", "PHASE", "PHASE MAP", "R", "REAL", "I", "IMAGINARY", "VELOCITY"})
"""Words of ImageType for what is no picture of the body."""


@dataclass(frozen=True)
class Series:
    """What a DICOM series, or one of several acquisitions in it, is, as far as choosing needs it.

    Attributes:
        uid: SeriesInstanceUID; where that is blank or no identifier, a text made from the images' geometry.
        study_uid: StudyInstanceUID, or an empty text.
        number: SeriesNumber, where there is one.
        modality: Modality, or an empty text.
        folder: the deepest folder that holds all its files, or the one file itself.
        images: number of images, frames of a multi-frame file counted each.
        is_image: it holds pixels of its own that a scanner could have made.
        is_localizer: ImageType calls it a localizer.
        has_positions: images of it say where in the patient they lie.
        files: its files, damaged ones included.
        notes: sentences on what was left out of it, or may be missing.
        acquisition: number, from 1, of several acquisitions under one SeriesInstanceUID; None where there is one.
        is_magnitude: it shows the body, not phases or parts of complex numbers.
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
    files: tuple[SourceFile, ...] = ()
    notes: tuple[str, ...] = ()
    acquisition: int | None = None
    is_magnitude: bool = True

    @property
    def hash(self) -> str:
        """First 8 hexadecimal digits of the SHA-256 of the SeriesInstanceUID."""
        return series_hash(self.uid)

    @property
    def series_name(self) -> str:
        """Name that tells nothing of the patient: series number and hash."""
        return f"series{'' if self.number is None else self.number}_{self.hash}"

    @property
    def case_name(self) -> str:
        """Name of the case: that of the series, and the acquisition's number where there are several."""
        return self.series_name + ("" if self.acquisition is None else f"_acquisition{self.acquisition}")

    @property
    def is_suitable(self) -> bool:
        """Tell whether it looks like a stack of slices."""
        return self.is_image and self.has_positions and not self.is_localizer and self.images > 1


def series_hash(uid: str) -> str:
    """Return the first 8 hexadecimal digits of the SHA-256 of a SeriesInstanceUID."""
    return hashlib.sha256(uid.encode()).hexdigest()[:8]


def list_series(place: Path) -> tuple[list[Series], int]:
    """Return the series below a folder, ordered by number and hash, and how many files are damaged."""
    files, damaged = read_headers(place, LISTING_TAGS)
    return [one for one, _ in described_series(files, damaged, place)], len(damaged)


def described_series(
    files: Sequence[DicomFile], damaged: Sequence[DamagedFile], place: Path, divided: Divider = acquisitions
) -> list[tuple[Series, list[DicomFile]]]:
    """Return each series among files, with its own images; one of several acquisitions counts as a series.

    Args:
        files: read with ``LISTING_TAGS``.
        damaged: what could not be read beside them.
        place: the folder or file from which they were read.
        divided: returns the acquisitions among the images of one series.

    Returns:
        ordered by number, hash and acquisition.
    """
    groups = by_series(files)
    own, beside = attributed(damaged, groups)
    described = []
    for uid, members in groups.items():
        images, left_out, all_placed = images_in_space(members)
        parts = divided(images) if all_placed else [images]
        broken = [SourceFile(path) for path in own[uid]]
        notes = (*_left_out_note(left_out), *_damaged_note(beside[uid]), *_identifier_note(members))
        for number, part in enumerate(parts, start=1):
            several = _several_note(number, len(parts))
            one = _describe(uid, part or members, place, number if len(parts) > 1 else None, (*several, *notes), broken)
            described.append((one, part))
    return sorted(described, key=lambda pair: _order(pair[0]))


def common_folder(paths: Sequence[Path], place: Path) -> Path:
    """Return the deepest folder that holds all files read from a place, or the place where it is one file."""
    if place.is_file():
        return place
    common = paths[0].parent
    while not all(path.is_relative_to(common) for path in paths):
        common = common.parent
    return common


def _left_out_note(left_out: Sequence[DicomFile]) -> tuple[str, ...]:
    if not left_out:
        return ()
    kinds = kinds_in_words(text_of(file.header, "SOPClassUID") for file in left_out)
    were, are = ("was", "is no image") if len(left_out) == 1 else ("were", "are no images")
    return (f"{len(left_out)} DICOM object{_s(left_out)} of the series {are} in space and {were} left out: {kinds}.",)


def _damaged_note(count: int) -> tuple[str, ...]:
    if not count:
        return ()
    are, name = ("file is", "names") if count == 1 else ("files are", "name")
    return (
        f"{count} DICOM {are} damaged and {name} no series; if of this one, slices at an end of the stack are missing.",
    )


def _identifier_note(files: Sequence[DicomFile]) -> tuple[str, ...]:
    without = [file for file in files if not is_identifier(text_of(file.header, "SeriesInstanceUID"))]
    if not without:
        return ()
    return (
        f"{len(without)} of {len(files)} DICOM files have no valid SeriesInstanceUID; they were taken for one series "
        "by their folder and by where their images lie.",
    )


def _several_note(number: int, count: int) -> tuple[str, ...]:
    if count == 1:
        return ()
    return (
        f"Its series holds {count} acquisitions, told apart by what their images are or by folder; this is number "
        f"{number}.",
    )


def _s(items: Sequence[object]) -> str:
    return "" if len(items) == 1 else "s"


def _describe(
    uid: str,
    files: Sequence[DicomFile],
    place: Path,
    acquisition: int | None,
    notes: tuple[str, ...],
    broken: Sequence[SourceFile],
) -> Series:
    headers = [file.header for file in files]
    modality = next((found for header in headers if (found := text_of(header, "Modality"))), "")
    return Series(
        uid=uid,
        study_uid=next((found for header in headers if (found := text_of(header, "StudyInstanceUID"))), ""),
        number=min((stated for header in headers if (stated := series_number(header)) is not None), default=None),
        modality=modality,
        folder=common_folder([file.path for file in files], place),
        images=sum(len(file.frame_numbers) for file in files),
        is_image=modality not in _DERIVED_MODALITIES and any(is_image(file) for file in files),
        is_localizer=any("LOCALIZER" in image_type(header) for header in headers),
        has_positions=any(header.get("ImagePositionPatient") or frame_count(header) > 1 for header in headers),
        files=(*(file.source for file in files), *broken),
        notes=notes,
        acquisition=acquisition,
        is_magnitude=not any(_NO_MAGNITUDES & set(image_type(header)) for header in headers),
    )


def _order(one: Series) -> tuple[bool, int, str, int]:
    return one.number is None, one.number or 0, one.hash, one.acquisition or 0
