"""Which folders hold images of their own, where nothing in the images tells two persons or scans apart."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

from quantseg.errors import InputRefused
from quantseg.reading.dicom_frames import Frame
from quantseg.reading.dicom_planes import plane_digests

_Places = dict[int, list[Frame]]
"""The images at each position."""


def folder_numbers(frames: Sequence[Frame], positions: Sequence[int]) -> list[int]:
    """Return a number for each image, equal where images lie in one folder, or in folders that hold copies.

    Args:
        frames: images of one grid.
        positions: a number for each of them, equal where they lie at one position.
    """
    folders: dict[Path, _Places] = defaultdict(lambda: defaultdict(list))
    for frame, position in zip(frames, positions, strict=True):
        folders[frame.path.parent][position].append(frame)
    first_of_each: list[_Places] = []
    numbers: dict[Path, int] = {}
    for folder, places in folders.items():
        numbers[folder] = next(
            (number for number, other in enumerate(first_of_each) if _hold_copies(places, other)), len(first_of_each)
        )
        if numbers[folder] == len(first_of_each):
            first_of_each.append(places)
    return [numbers[frame.path.parent] for frame in frames]


def _hold_copies(one: _Places, two: _Places) -> bool:
    """Tell whether the images of two folders have the same values wherever both have one; else on first difference."""
    shared = sorted(one.keys() & two.keys())
    return bool(shared) and all(_agree(one[position], two[position]) for position in shared)


def _agree(some: Sequence[Frame], others: Sequence[Frame]) -> bool:
    try:
        own, beside = set(plane_digests(some)), set(plane_digests(others))
    except InputRefused:
        return False  # What cannot be decoded is refused when the case is read, with the reason.
    return own <= beside or beside <= own
