"""Which DICOM files belong to one series, which of them are images in space, and whose the damaged ones are."""

from __future__ import annotations

import hashlib
import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path

from quantseg.errors import InputRefused
from quantseg.reading.dicom_frames import Frame, frames_of
from quantseg.reading.dicom_geometry import make_one_stack
from quantseg.reading.dicom_headers import DamagedFile, DicomFile, image_type, series_number, text_of
from quantseg.reading.dicom_objects import is_other_class
from quantseg.reading.dicom_planes import plane_digests

_UID = re.compile(r"[0-9]+(\.[0-9]+)+")
"""How identifiers look (PS3.5, 9.1); words such as "anonymized" name no series."""


def is_identifier(text: str) -> bool:
    """Tell whether a text has the form of a UID."""
    return _UID.fullmatch(text) is not None


def by_series(files: Iterable[DicomFile]) -> dict[str, list[DicomFile]]:
    """Return the files of each series.

    Files whose SeriesInstanceUID is blank belong to the one series in their folder that has their number, or to that
    which they complete; those without any go by folder and number, since two patients may have lost their identifiers
    in the same way.
    """
    by_uid: dict[str, list[DicomFile]] = defaultdict(list)
    blank: dict[tuple[Path, str, int | None], list[DicomFile]] = defaultdict(list)
    uids_in: dict[Path, set[str]] = defaultdict(set)
    for file in files:
        uid = text_of(file.header, "SeriesInstanceUID")
        if is_identifier(uid):
            by_uid[uid].append(file)
            uids_in[file.path.parent].add(uid)
        else:
            blank[file.path.parent, uid, series_number(file.header)].append(file)
    nameless: list[list[DicomFile]] = []
    for (folder, _, number), members in blank.items():
        named = [by_uid[uid] for uid in sorted(uids_in[folder])]
        home = _home([one for one in named if number in {None, *(series_number(file.header) for file in one)}], members)
        if home is None:
            home = next((group for group in nameless if _complete(group, members)), None)
        if home is None:
            nameless.append(members)
        else:
            home += members
    for members in nameless:
        by_uid[_made_uid(members)] += members
    return by_uid


def _home(named: Sequence[list[DicomFile]], files: Sequence[DicomFile]) -> list[DicomFile] | None:
    """Return which of a folder's series of their number files without identifier are of; None if that is not clear."""
    if len(named) == 1:
        return named[0]
    return next((group for group in named if _complete(group, files)), None)


def _complete(some: Sequence[DicomFile], others: Sequence[DicomFile]) -> bool:
    of_one_person = _may_agree(some, others, "PatientID") and _may_agree(some, others, "StudyInstanceUID")
    return of_one_person and _all_placed([*some, *others]) and make_one_stack(some, others)


def _may_agree(some: Sequence[DicomFile], others: Sequence[DicomFile], keyword: str) -> bool:
    """Tell whether a field that some files state is stated alike by one of the others, or by none of them."""
    own, beside = ({text_of(file.header, keyword) for file in files} - {""} for files in (some, others))
    return not own or not beside or not own.isdisjoint(beside)


def _all_placed(files: Sequence[DicomFile]) -> bool:
    return all(is_image(file) and _is_placed(file) for file in files)


def _made_uid(files: Sequence[DicomFile]) -> str:
    """Return a text that stands for a missing SeriesInstanceUID: a hash of where the images lie and what one shows.

    Two persons who were scanned alike are told apart by it, wherever their files lie and whatever else is there.
    """
    keywords = ("ImagePositionPatient", "ImageOrientationPatient", "Rows", "Columns", "NumberOfFrames", "SeriesNumber")
    places = sorted({" ".join(text_of(file.header, keyword) for keyword in keywords) for file in files})
    content = "\n".join(places).encode() + b"".join(_digests_of_one_place(files))
    return "no-uid-" + hashlib.sha256(content).hexdigest()


def _digests_of_one_place(files: Sequence[DicomFile]) -> list[bytes]:
    """Return hashes of the values in the middle of the images, where least of them is empty; none if not readable."""
    frames = [frame for file in files if is_image(file) and _is_placed(file) for frame in frames_of(file)]
    if not frames:
        return []

    def place(frame: Frame) -> tuple[float, ...]:
        return tuple(round(float(value), 3) + 0.0 for value in (*frame.normal, frame.position_mm @ frame.normal))

    places = sorted({place(frame) for frame in frames})
    try:
        return sorted(set(plane_digests([frame for frame in frames if place(frame) == places[len(places) // 2]])))
    except InputRefused:
        return []


def images_in_space(files: Sequence[DicomFile]) -> tuple[list[DicomFile], list[DicomFile], bool]:
    """Return the images of a series, the objects beside them that are none or lie nowhere, and whether all images lie.

    An image without a position stays, to be refused by name, where it is of the same kind as those that have one.
    """
    placed = {id(file) for file in files if is_image(file) and _is_placed(file)}
    kinds = {_kind(file) for file in files if id(file) in placed}
    images: list[DicomFile] = []
    left_out: list[DicomFile] = []
    for file in files:
        stays = is_image(file) and (not placed or _kind(file) in kinds)
        (images if stays else left_out).append(file)
    if not images:
        return list(files), [], False
    return images, left_out, len(images) == len(placed)


def is_image(file: DicomFile) -> bool:
    """Tell whether a file holds pixels, and is not of a class whose pixels are no image, such as spectroscopy."""
    return "Rows" in file.header and not is_other_class(text_of(file.header, "SOPClassUID"))


def _is_placed(file: DicomFile) -> bool:
    try:
        return bool(frames_of(file))
    except InputRefused:
        return False


def _kind(file: DicomFile) -> tuple[str, tuple[str, ...]]:
    return text_of(file.header, "SOPClassUID"), image_type(file.header)


def attributed(
    damaged: Iterable[DamagedFile], groups: dict[str, list[DicomFile]]
) -> tuple[dict[str, list[Path]], dict[str, int]]:
    """Return the damaged files of each series, and how many lie beside it that might be its own.

    A damaged file belongs to the series that it names, or to the only one in its folder.
    """
    series_in: dict[Path, set[str]] = defaultdict(set)
    for uid, members in groups.items():
        for file in members:
            series_in[file.path.parent].add(uid)
    own: dict[str, list[Path]] = defaultdict(list)
    beside: dict[str, int] = defaultdict(int)
    for one in damaged:
        if one.series_uid in groups:
            own[one.series_uid].append(one.path)
            continue
        near = series_in.get(one.path.parent) or set(groups)
        if len(near) == 1:
            own[next(iter(near))].append(one.path)
        else:
            for uid in near:
                beside[uid] += 1
    return own, beside
