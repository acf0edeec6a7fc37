"""Which images of a DICOM series make up even stacks, by size, orientation and place alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from quantseg.reading.dicom_frames import Frame, frames_of, have_one_grid
from quantseg.reading.dicom_headers import DicomFile

_SAME_POSITION_MM = 0.01
_ON_LATTICE = 0.05
"""Share of the distance between slices by which one may lie beside its place."""
_REPEATED = 0.1
"""Share of the distance between slices within which two images show one slice."""
_FEW_MISSING = 0.25
"""Share of a stack's slices that may be missing where it is taken for one stack all the same."""
_SHARED_EXTENT = 0.5
"""Share of the lowest stack beside which the others lie; parts of one stack lie above each other."""
_SAME_MIDDLE_MM = 20.0
"""How far the middles of slices that belong to one stack may lie beside each other."""


@dataclass(frozen=True)
class PlacedImage:
    """One image of a series.

    Attributes:
        file: that holds it.
        frame: where it lies.
    """

    file: DicomFile
    frame: Frame

    @property
    def middle_mm(self) -> np.ndarray:
        """Middle of the image, LPS, shape (3,)."""
        frame = self.frame
        (rows, columns), (between_rows, between_columns) = frame.size, frame.spacing_mm
        across = frame.row_direction * (columns - 1) * between_columns / 2
        return frame.position_mm + across + frame.column_direction * (rows - 1) * between_rows / 2


def make_one_stack(some: Sequence[DicomFile], others: Sequence[DicomFile]) -> bool:
    """Tell whether images that all say where they lie are parts of one even stack, no position being in both."""
    parts = [placed_images(some), placed_images(others)]
    images = parts[0] + parts[1]
    if missing_slices(images) != 0:
        return False
    normal = images[0].frame.normal
    along_mm, *of_parts = (
        _distinct(np.array([image.frame.position_mm @ normal for image in part])) for part in (images, *parts)
    )
    return len(along_mm) == sum(len(part) for part in of_parts)


def is_one_stack(images: Sequence[PlacedImage]) -> bool:
    """Tell whether images make up one even stack, of which few slices are missing."""
    missing = missing_slices(images)
    return missing is not None and missing <= _FEW_MISSING * len(images)


def missing_slices(images: Sequence[PlacedImage]) -> int | None:
    """Return how many places are free between the ends of the one stack that images make up; None where they do not.

    Odd slices and repeated ones do not count; they are to be named where the stack is put together.
    """
    stacks = parallel_stacks(images)
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


def have_one_extent(groups: Sequence[Sequence[PlacedImage]]) -> bool:
    """Tell whether groups of parallel images lie beside each other, not one after another along their normal."""
    normal = groups[0][0].frame.normal
    along_mm = [[image.frame.position_mm @ normal for image in group] for group in groups]
    shared_mm = min(max(group) for group in along_mm) - max(min(group) for group in along_mm)
    return bool(shared_mm >= _SHARED_EXTENT * min(max(group) - min(group) for group in along_mm))


def placed_images(files: Sequence[DicomFile]) -> list[PlacedImage]:
    """Return the images of files.

    Raises:
        InputRefused: one does not say where its images lie, or holds colours.
    """
    return [PlacedImage(file, frame) for file in files for frame in frames_of(file)]


def parallel_stacks(images: Sequence[PlacedImage]) -> list[list[PlacedImage]]:
    """Divide by size, spacing and orientation; odd slices stay in the stack that lacks them, to be named there."""
    groups: list[list[PlacedImage]] = []
    for image in images:
        home = next((group for group in groups if have_one_grid(group[0].frame, image.frame)), None)
        if home is None:
            groups.append([image])
        else:
            home.append(image)
    stacks: list[list[PlacedImage]] = []
    for group in sorted(groups, key=len, reverse=True):
        home = next((stack for stack in stacks if _completes(group, stack)), None)
        if home is None:
            stacks.append(group)
        else:
            home += group
    return stacks


def _completes(group: Sequence[PlacedImage], stack: Sequence[PlacedImage]) -> bool:
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


def position_numbers(images: Sequence[PlacedImage]) -> list[int]:
    """Return a number for each image, equal where images lie at one position along their normal."""
    along_mm = np.array([image.frame.position_mm @ images[0].frame.normal for image in images])
    order = np.argsort(along_mm, kind="stable")
    numbers = np.empty(len(images), dtype=int)
    numbers[order] = np.cumsum(np.concatenate([[0], np.diff(along_mm[order]) > _SAME_POSITION_MM]))
    return [int(number) for number in numbers]


def _distinct(along_mm: np.ndarray) -> np.ndarray:
    ordered = np.sort(along_mm)
    return np.asarray(ordered[np.concatenate([[True], np.diff(ordered) > _SAME_POSITION_MM])])
