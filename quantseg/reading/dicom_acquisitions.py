"""Several acquisitions under one SeriesInstanceUID, told apart by what their images are, never by file names.

Scanners and archives put rest beside stress, magnitude beside phase, a localizer's three planes or even another scan
under one UID, and tools that take names away may give one UID to all. What belongs to one acquisition shows in the
geometry first; where several images lie at one position, in the fields that differ between them; and where no field
is left, in the folders that hold a stack each.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Sequence
from dataclasses import replace
from typing import TypeVar

from quantseg.reading.dicom_folders import folder_numbers
from quantseg.reading.dicom_frames import frame_field
from quantseg.reading.dicom_geometry import (
    PlacedImage,
    have_one_extent,
    is_one_stack,
    parallel_stacks,
    placed_images,
    position_numbers,
)
from quantseg.reading.dicom_headers import DicomFile, image_type, text_of

_PATIENT, _STUDY, _NUMBER = "PatientID", "StudyInstanceUID", "SeriesNumber"
"""Of one acquisition all images should say the same; a patient's identifier is compared and never kept."""
_KINDS = (
    ("", "", _STUDY),
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

_NEVER_TIMES = 2
"""How many of these kinds never tell the times of one acquisition apart."""
_MOST_ACQUISITIONS = 8
"""More kinds than these at one position are a series over time."""
_LEAST_SHARE = 0.75
"""Share of the positions that each of several acquisitions covers; a slice repeated here and there is none."""


Item = TypeVar("Item")


def acquisitions(files: Sequence[DicomFile], over_time: bool = False) -> list[list[DicomFile]]:
    """Return the files, or frames of them, of each acquisition among those of one series.

    Args:
        files: of images that all say where they lie, read with ``ACQUISITION_TAGS``.
        over_time: several images at a position may be times of one acquisition, as in a cine.

    Returns:
        one list an acquisition, in an order that names and numbers of files do not change; a single one wherever the
        images do not show clearly that there are more.
    """
    images = placed_images(files)
    parts = []
    for of_number in [group for of_patient in _by_patient(images) for group in _by_whole_numbers(of_patient)]:
        for parallel in parallel_stacks(of_number):
            for same_origin in _by_study_and_number(parallel):
                parts += _by_kind(same_origin, over_time, 0)
    if len(parts) == 1:
        return [list(files)]
    return [_files_of(part) for part in sorted(parts, key=_order)]


def _by_patient(images: Sequence[PlacedImage]) -> list[list[PlacedImage]]:
    """Divide by patient, unless all that name one name the same: another patient's image must never fill a gap."""
    groups = _grouped(images, [text_of(image.file.header, _PATIENT) for image in images])
    return list(groups.values()) if len(groups.keys() - {""}) > 1 else [list(images)]


def _by_whole_numbers(images: Sequence[PlacedImage]) -> list[list[PlacedImage]]:
    """Divide by number of the series where each number has a stack of its own, odd slices included."""
    groups = _grouped(images, [text_of(image.file.header, _NUMBER) for image in images])
    whole = len(groups) > 1 and "" not in groups and all(is_one_stack(group) for group in groups.values())
    return list(groups.values()) if whole else [list(images)]


def _by_study_and_number(images: Sequence[PlacedImage]) -> list[list[PlacedImage]]:
    """Divide by study and number of the series, unless all lie on one stack, of which some name a wrong one."""
    parts = [list(images)]
    for tag in (_STUDY, _NUMBER):
        divided: list[list[PlacedImage]] = []
        for part in parts:
            groups = _grouped(part, [text_of(image.file.header, tag) for image in part])
            stated = "" not in groups and min(len(group) for group in groups.values()) > 1
            divided += list(groups.values()) if stated and len(groups) > 1 and not is_one_stack(part) else [part]
        parts = divided
    return parts


def _by_kind(images: list[PlacedImage], over_time: bool, first: int) -> list[list[PlacedImage]]:
    """Divide what lies at the same positions by the first field that tells it apart, then by the further ones."""
    positions = position_numbers(images)
    count = len(set(positions))
    for number in range(first, len(_KINDS) if len(images) > count else first):
        groups = _grouped(list(range(len(images))), [_kind(image, number) for image in images])
        if _KINDS[number][-1] == _STUDY and "" in groups:
            continue
        covered = [len({positions[index] for index in group}) for group in groups.values()]
        many = 2 <= len(groups) <= _MOST_ACQUISITIONS and min(covered) >= _LEAST_SHARE * count
        # One image a position is a time of a cine, not a cine, unless it is of another kind.
        may_be_times = over_time and number >= _NEVER_TIMES
        times = may_be_times and any(len(g) == c for g, c in zip(groups.values(), covered, strict=True))
        if many and not times:
            parts = [[images[index] for index in group] for group in groups.values()]
            return [piece for part in parts for piece in _by_kind(part, over_time, number + 1)]
    return [images] if over_time else _by_folder(images)


def _by_folder(images: list[PlacedImage]) -> list[list[PlacedImage]]:
    """Divide what makes up no stack together, but one in each of several folders, unless these hold copies."""
    several = len({image.file.path.parent for image in images}) > 1
    if not several or _is_stack_of_single_images(images):
        return [images]
    groups = list(
        _grouped(images, folder_numbers([image.frame for image in images], position_numbers(images))).values()
    )
    apart = len(groups) > 1 and all(_is_stack_of_single_images(group) for group in groups)
    return groups if apart and have_one_extent(groups) else [images]


def _is_stack_of_single_images(images: Sequence[PlacedImage]) -> bool:
    """Tell whether images make up one stack, few of whose slices are missing or there more than once."""
    places = len(set(position_numbers(images)))
    return is_one_stack(images) and places >= _LEAST_SHARE * len(images)


def _kind(image: PlacedImage, number: int) -> Hashable:
    group, keyword, classic = _KINDS[number]
    header = image.file.header
    if group:
        try:
            value = frame_field(header, image.frame.index, group, keyword)
            return str(value)
        except (KeyError, IndexError, AttributeError):
            pass
    return image_type(header) if classic == "ImageType" else text_of(header, classic)


def _grouped(items: Sequence[Item], keys: Sequence[Hashable]) -> dict[Hashable, list[Item]]:
    groups: dict[Hashable, list[Item]] = defaultdict(list)
    for item, key in zip(items, keys, strict=True):
        groups[key].append(item)
    return groups


def _order(part: Sequence[PlacedImage]) -> tuple[tuple[str, ...], tuple[str, ...], tuple[float, ...], str]:
    """Return what acquisitions are ordered by, which no name and no number of a file changes."""

    def of_one(image: PlacedImage) -> tuple[tuple[str, ...], tuple[str, ...], tuple[float, ...], str]:
        frame = image.frame
        geometry = (*frame.position_mm, *frame.row_direction, *frame.column_direction, *frame.spacing_mm, *frame.size)
        kinds = tuple(str(_kind(image, number)) for number in range(len(_KINDS)))
        identifier = text_of(image.file.header, "SOPInstanceUID")
        return kinds[-2:], kinds, tuple(round(float(value), 4) for value in geometry), identifier

    return min(of_one(image) for image in part)


def _files_of(part: Sequence[PlacedImage]) -> list[DicomFile]:
    files = {image.file.path: image.file for image in part}
    frames = _grouped([image.frame.index for image in part], [image.file.path for image in part])
    return [
        file if len(frames[path]) == len(file.frame_numbers) else replace(file, frames=tuple(sorted(frames[path])))
        for path, file in files.items()
    ]
