"""Several acquisitions under one SeriesInstanceUID, told apart by what their images are, never by file names.

Scanners and archives put rest beside stress, magnitude beside phase, a localizer's three planes or even another scan
under one UID, and tools that take names away may give one UID to all. What belongs to one acquisition shows in the
geometry first; where several images lie at one position, in the fields that differ between them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np

from quantseg.reading.dicom_frames import Frame, frame_field, frames_of, have_one_grid
from quantseg.reading.dicom_headers import DicomFile, image_type, text_of

_PATIENT, _STUDY, _NUMBER = "PatientID", "StudyInstanceUID", "SeriesNumber"
"""Of one acquisition all images should say the same; a patient's identifier is compared and never kept."""
_KINDS = (
    ("MRImageFrameTypeSequence", "FrameType", "ImageType"),
    ("MREchoSequence", "EffectiveEchoTime", "EchoTime"),
    ("MRModifierSequence", "InversionTimes", "InversionTime"),
    ("", "", _NUMBER),
    ("", "", "SequenceName"),
    ("", "", "AcquisitionNumber"),
    ("", "", "AcquisitionTime"),
)
"""By what images of one position are told apart, the surest first: a frame's functional group and field, and the
field of a single image."""
ACQUISITION_TAGS = tuple(dict.fromkeys((_PATIENT, _STUDY, *(keyword for _, _, keyword in _KINDS))))
"""What it takes to tell acquisitions apart, beyond where the images lie."""

_MOST_ACQUISITIONS = 8
"""More kinds than these at one position are a series over time."""
_LEAST_SHARE = 0.75
"""Share of the positions that each of several acquisitions covers; a slice repeated here and there is none."""
_SAME_POSITION_MM = 0.01
_ON_LATTICE = 0.05
"""Share of the distance between slices by which one may lie beside its place."""
_REPEATED = 0.1
"""Share of the distance between slices within which two images show one slice."""
_FEW_MISSING = 0.25
"""Share of a stack's slices that may be missing where it is taken for one stack all the same."""
_SAME_MIDDLE_MM = 20.0
"""How far the middles of slices that belong to one stack may lie beside each other."""


Item = TypeVar("Item")


@dataclass(frozen=True)
class _Image:
    file: DicomFile
    frame: Frame

    @property
    def middle_mm(self) -> np.ndarray:
        """Middle of the image, LPS, shape (3,)."""
        frame = self.frame
        (rows, columns), (between_rows, between_columns) = frame.size, frame.spacing_mm
        across = frame.row_direction * (columns - 1) * between_columns / 2
        return frame.position_mm + across + frame.column_direction * (rows - 1) * between_rows / 2


def acquisitions(files: Sequence[DicomFile], over_time: bool = False) -> list[list[DicomFile]]:
    """Return the files, or frames of them, of each acquisition among those of one series.

    Args:
        files: of images that all say where they lie, read with ``ACQUISITION_TAGS``.
        over_time: several images at a position may be times of one acquisition, as in a cine.

    Returns:
        one list an acquisition, in an order that names and numbers of files do not change; a single one wherever the
        images do not show clearly that there are more.
    """
    images = _images(files)
    parts = []
    for of_number in [group for of_patient in _by_patient(images) for group in _by_whole_numbers(of_patient)]:
        for parallel in _by_geometry(of_number):
            for same_origin in _by_study_and_number(parallel):
                parts += _by_kind(same_origin, over_time, 0)
    if len(parts) == 1:
        return [list(files)]
    return [_files_of(part) for part in sorted(parts, key=_order)]


def make_one_stack(some: Sequence[DicomFile], others: Sequence[DicomFile]) -> bool:
    """Tell whether images that all say where they lie are parts of one even stack, no position being in both."""
    parts = [_images(some), _images(others)]
    images = parts[0] + parts[1]
    if len(_by_patient(images)) > 1 or _missing_slices(images) != 0:
        return False
    normal = images[0].frame.normal
    along_mm, *of_parts = (
        _distinct(np.array([image.frame.position_mm @ normal for image in part])) for part in (images, *parts)
    )
    return len(along_mm) == sum(len(part) for part in of_parts)


def _by_patient(images: Sequence[_Image]) -> list[list[_Image]]:
    """Divide by patient, where all images name one: an image of another patient must never fill a gap."""
    groups = _grouped(images, [text_of(image.file.header, _PATIENT) for image in images])
    return list(groups.values()) if "" not in groups else [list(images)]


def _by_whole_numbers(images: Sequence[_Image]) -> list[list[_Image]]:
    """Divide by number of the series where each number has a stack of its own, odd slices included."""
    groups = _grouped(images, [text_of(image.file.header, _NUMBER) for image in images])
    whole = len(groups) > 1 and "" not in groups and all(_is_one_stack(group) for group in groups.values())
    return list(groups.values()) if whole else [list(images)]


def _by_study_and_number(images: Sequence[_Image]) -> list[list[_Image]]:
    """Divide by study and number of the series, unless all lie on one stack, of which some name a wrong one."""
    parts = [list(images)]
    for tag in (_STUDY, _NUMBER):
        divided: list[list[_Image]] = []
        for part in parts:
            groups = _grouped(part, [text_of(image.file.header, tag) for image in part])
            stated = "" not in groups and min(len(group) for group in groups.values()) > 1
            divided += list(groups.values()) if stated and len(groups) > 1 and not _is_one_stack(part) else [part]
        parts = divided
    return parts


def _is_one_stack(images: Sequence[_Image]) -> bool:
    missing = _missing_slices(images)
    return missing is not None and missing <= _FEW_MISSING * len(images)


def _missing_slices(images: Sequence[_Image]) -> int | None:
    """Return how many places are free between the ends of the one stack that images make up; None where they do not.

    Odd slices and repeated ones do not count; they are to be named where the stack is put together.
    """
    stacks = _by_geometry(images)
    if len(stacks) > 1:
        return None
    first = stacks[0][0].frame
    alike = [image.frame.position_mm @ first.normal for image in stacks[0] if have_one_grid(first, image.frame)]
    step_mm = np.diff(_distinct(np.array(alike)))
    if len(step_mm) < 2:
        return None
    step_mm = step_mm[step_mm > _REPEATED * np.quantile(step_mm, 0.75)]
    steps = step_mm / np.median(step_mm)
    whole = np.rint(steps)
    even = np.all(whole >= 1) and np.all(np.abs(steps - whole) <= _ON_LATTICE * whole)
    return int(np.sum(whole - 1)) if even else None


def _images(files: Sequence[DicomFile]) -> list[_Image]:
    return [_Image(file, frame) for file in files for frame in frames_of(file)]


def _by_geometry(images: Sequence[_Image]) -> list[list[_Image]]:
    """Divide by size, spacing and orientation; odd slices stay in the stack that lacks them, to be named there."""
    groups: list[list[_Image]] = []
    for image in images:
        home = next((group for group in groups if have_one_grid(group[0].frame, image.frame)), None)
        if home is None:
            groups.append([image])
        else:
            home.append(image)
    stacks: list[list[_Image]] = []
    for group in sorted(groups, key=len, reverse=True):
        home = next((stack for stack in stacks if _completes(group, stack)), None)
        if home is None:
            stacks.append(group)
        else:
            home += group
    return stacks


def _completes(group: Sequence[_Image], stack: Sequence[_Image]) -> bool:
    """Tell whether images lie where the slices of a stack are missing, or next to its ends.

    A header that is wrong about size or direction is right about either the first pixel or the middle.
    """
    normal = stack[0].frame.normal
    of_group, of_stack = (
        (np.array([one.frame.position_mm for one in images]), np.array([one.middle_mm for one in images]))
        for images in (group, stack)
    )
    return any(_fills_gaps(found_mm, places_mm, normal) for found_mm, places_mm in zip(of_group, of_stack, strict=True))


def _fills_gaps(found_mm: np.ndarray, places_mm: np.ndarray, normal: np.ndarray) -> bool:
    """Tell whether places, shape (n, 3), lie on free places of the even stack that others, shape (m, 3), make up."""
    along_mm = _distinct(places_mm @ normal)
    if len(along_mm) < 3:
        return False
    step_mm = float(np.median(np.diff(along_mm)))
    taken = set(np.rint((along_mm - along_mm[0]) / step_mm).astype(int).tolist())
    places = (found_mm @ normal - along_mm[0]) / step_mm
    numbers = np.rint(places).astype(int)
    beside_mm = found_mm - places_mm[0]
    beside_mm -= np.outer(beside_mm @ normal, normal)
    count = len(set(numbers.tolist()))
    return bool(
        np.all(np.abs(places - numbers) <= _ON_LATTICE)
        and np.all(np.linalg.norm(beside_mm, axis=1) <= _SAME_MIDDLE_MM)
        and count == len(np.unique(np.round(found_mm, 1), axis=0))
        and taken.isdisjoint(numbers.tolist())
        and numbers.min() >= -count
        and numbers.max() <= max(taken) + count
    )


def _by_kind(images: list[_Image], over_time: bool, first: int) -> list[list[_Image]]:
    """Divide what lies at the same positions by the first field that tells it apart, then by the further ones."""
    positions = _position_numbers(images)
    count = len(set(positions))
    if len(images) == count:
        return [images]
    for number in range(first, len(_KINDS)):
        groups = _grouped(list(range(len(images))), [_kind(image, number) for image in images])
        covered = [len({positions[index] for index in group}) for group in groups.values()]
        many = 2 <= len(groups) <= _MOST_ACQUISITIONS and min(covered) >= _LEAST_SHARE * count
        # One image a position is a time of a cine, not a cine, unless it is of another kind.
        times = over_time and number > 0 and any(len(g) == c for g, c in zip(groups.values(), covered, strict=True))
        if many and not times:
            parts = [[images[index] for index in group] for group in groups.values()]
            return [piece for part in parts for piece in _by_kind(part, over_time, number + 1)]
    return [images]


def _kind(image: _Image, number: int) -> Hashable:
    group, keyword, classic = _KINDS[number]
    header = image.file.header
    if group:
        try:
            value = frame_field(header, image.frame.index, group, keyword)
            return str(value)
        except (KeyError, IndexError, AttributeError):
            pass
    return image_type(header) if classic == "ImageType" else text_of(header, classic)


def _position_numbers(images: Sequence[_Image]) -> list[int]:
    """Return a number for each image, equal where images lie at one position along their normal."""
    along_mm = np.array([image.frame.position_mm @ images[0].frame.normal for image in images])
    order = np.argsort(along_mm, kind="stable")
    numbers = np.empty(len(images), dtype=int)
    numbers[order] = np.cumsum(np.concatenate([[0], np.diff(along_mm[order]) > _SAME_POSITION_MM]))
    return [int(number) for number in numbers]


def _distinct(along_mm: np.ndarray) -> np.ndarray:
    ordered = np.sort(along_mm)
    return np.asarray(ordered[np.concatenate([[True], np.diff(ordered) > _SAME_POSITION_MM])])


def _grouped(items: Sequence[Item], keys: Sequence[Hashable]) -> dict[Hashable, list[Item]]:
    groups: dict[Hashable, list[Item]] = defaultdict(list)
    for item, key in zip(items, keys, strict=True):
        groups[key].append(item)
    return groups


def _order(part: Sequence[_Image]) -> tuple[tuple[str, ...], tuple[str, ...], tuple[float, ...]]:
    """Return what acquisitions are ordered by, which no name and no number of a file changes."""

    def of_one(image: _Image) -> tuple[tuple[str, ...], tuple[str, ...], tuple[float, ...]]:
        frame = image.frame
        geometry = (*frame.position_mm, *frame.row_direction, *frame.column_direction, *frame.spacing_mm, *frame.size)
        kinds = tuple(str(_kind(image, number)) for number in range(len(_KINDS)))
        return kinds[-2:], kinds, tuple(round(float(value), 4) for value in geometry)

    return min(of_one(image) for image in part)


def _files_of(part: Sequence[_Image]) -> list[DicomFile]:
    files = {image.file.path: image.file for image in part}
    frames = _grouped([image.frame.index for image in part], [image.file.path for image in part])
    return [
        file if len(frames[path]) == len(file.frame_numbers) else replace(file, frames=tuple(sorted(frames[path])))
        for path, file in files.items()
    ]
