"""Where each image of a DICOM series lies, of single images as of the frames of an enhanced file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from quantseg.errors import InputRefused
from quantseg.reading.dicom_headers import DicomFile

if TYPE_CHECKING:
    from pydicom import Dataset

FRAME_TAGS = (
    "SamplesPerPixel",
    "PhotometricInterpretation",
    "NumberOfFrames",
    "Rows",
    "Columns",
    "ImagePositionPatient",
    "ImageOrientationPatient",
    "PixelSpacing",
    "RescaleSlope",
    "RescaleIntercept",
    "SharedFunctionalGroupsSequence",
    "PerFrameFunctionalGroupsSequence",
)
"""What it takes to place an image in space."""

_PLACE = (
    ("PlanePositionSequence", "ImagePositionPatient"),
    ("PlaneOrientationSequence", "ImageOrientationPatient"),
    ("PixelMeasuresSequence", "PixelSpacing"),
)
"""Functional group and field of what says where an image lies."""
_NOT_PLACED = (AttributeError, IndexError, KeyError, TypeError, ValueError)
"""What a field raises that is absent or none."""

DIRECTION_TOLERANCE = 1e-3
"""Difference of direction cosines, about 0.06 degrees."""
_RIGHT_ANGLE_TOLERANCE = 0.01
"""Cosine between rows and columns; directions are often rounded to three digits."""
IN_PLANE_TOLERANCE = 1e-3
"""Relative difference of the spacing within slices."""


@dataclass(frozen=True)
class Frame:
    """One image of a series.

    Attributes:
        path: its file.
        index: its number in that file, from 0.
        size: rows and columns.
        position_mm: centre of its first pixel, LPS, shape (3,).
        row_direction: unit vector along which the column index grows, LPS, shape (3,).
        column_direction: unit vector along which the row index grows, LPS, shape (3,).
        spacing_mm: distance between rows, and between columns (PixelSpacing, 0028,0030).
        slope: of the rescaling to the values meant.
        intercept: of that rescaling.
    """

    path: Path
    index: int
    size: tuple[int, int]
    position_mm: np.ndarray
    row_direction: np.ndarray
    column_direction: np.ndarray
    spacing_mm: tuple[float, float]
    slope: float
    intercept: float

    @property
    def normal(self) -> np.ndarray:
        """Unit vector perpendicular to the image, shape (3,)."""
        return np.cross(self.row_direction, self.column_direction)


def have_one_grid(one: Frame, two: Frame) -> bool:
    """Tell whether two images have one matrix, pixel size and orientation."""
    return (
        one.size == two.size
        and np.allclose(one.spacing_mm, two.spacing_mm, rtol=IN_PLANE_TOLERANCE, atol=0)
        and np.allclose(one.row_direction, two.row_direction, rtol=0, atol=DIRECTION_TOLERANCE)
        and np.allclose(one.column_direction, two.column_direction, rtol=0, atol=DIRECTION_TOLERANCE)
    )


def frames_of(file: DicomFile) -> list[Frame]:
    """Return the images of one file, of a classic single image as of an enhanced multi-frame one.

    Raises:
        InputRefused: the file does not say where its images lie, or holds colours.
    """
    return frames_of_all([file])


def frames_of_all(files: Sequence[DicomFile]) -> list[Frame]:
    """Return the images of files, in their order.

    Raises:
        InputRefused: some files do not say where their images lie, of which the message counts how many and names what
            they lack, or hold colours.
    """
    found, unplaced = [], []
    for file in files:
        if int(file.header.get("SamplesPerPixel") or 1) != 1 or _is_palette(file.header):
            raise InputRefused("the images are in colour, expected grey values; choose the scanner's own series")
        try:
            frames = [_frame(file, index) for index in file.frame_numbers]
        except _NOT_PLACED:
            unplaced.append(file)
            continue
        if not all(frame.slope and np.isfinite(frame.slope) for frame in frames):
            raise InputRefused("an image has a RescaleSlope that leaves no picture (0 or no number); export it again")
        found += frames
    if unplaced:
        raise InputRefused(_unplaced_in_words(unplaced, len(files)))
    return found


def _is_palette(header: Dataset) -> bool:
    """Tell whether one sample a pixel is the number of a colour."""
    return str(header.get("PhotometricInterpretation") or "").startswith("PALETTE")


def _unplaced_in_words(unplaced: Sequence[DicomFile], count: int) -> str:
    if len(unplaced) < count:
        noun = "does not say where in the patient it lies" if len(unplaced) == 1 else "do not say where they lie"
        which = f"{len(unplaced)} of {count} images {noun}"
    elif count == 1:
        which = "an image does not say where in the patient it lies"
    else:
        which = "no image of the series says where in the patient it lies"
    lacking = [keyword for _, keyword in _PLACE if any(_lacks(file, keyword) for file in unplaced)]
    are = "is" if len(lacking) == 1 else "are"
    reason = (
        f"{' and '.join(lacking)} {are} absent" if lacking else "the position, orientation or pixel spacing is damaged"
    )
    return f"{which} ({reason}); choose the scanner's own series"


def _lacks(file: DicomFile, keyword: str) -> bool:
    group = next(group for group, of_group in _PLACE if of_group == keyword)
    try:
        return not all(frame_field(file.header, index, group, keyword) for index in file.frame_numbers)
    except _NOT_PLACED:
        return True


def _frame(file: DicomFile, index: int) -> Frame:
    header = file.header
    place = frame_field(header, index, "PlanePositionSequence", "ImagePositionPatient")
    orientation = np.array(
        frame_field(header, index, "PlaneOrientationSequence", "ImageOrientationPatient"), dtype=float
    )
    between_rows, between_columns = (
        float(value) for value in frame_field(header, index, "PixelMeasuresSequence", "PixelSpacing")
    )
    position = np.array(place, dtype=float)
    if position.shape != (3,) or orientation.shape != (6,) or min(between_rows, between_columns) <= 0:
        raise ValueError
    lengths = np.linalg.norm(orientation.reshape(2, 3), axis=1)
    # Comparisons with what is not finite are false.
    if not (np.all(np.isfinite(position)) and lengths.min() > 0):
        raise ValueError
    if not abs(float(orientation[:3] @ orientation[3:])) <= _RIGHT_ANGLE_TOLERANCE * lengths.prod():
        raise ValueError
    slope = frame_field(header, index, "PixelValueTransformationSequence", "RescaleSlope", 1)
    intercept = frame_field(header, index, "PixelValueTransformationSequence", "RescaleIntercept", 0)
    row_direction, column_direction = orientation.reshape(2, 3) / lengths[:, None]
    return Frame(
        path=file.path,
        index=index,
        size=(int(header.Rows), int(header.Columns)),
        position_mm=position,
        row_direction=row_direction,
        column_direction=column_direction,
        spacing_mm=(between_rows, between_columns),
        slope=float(slope),
        intercept=float(intercept),
    )


def frame_field(header: Dataset, index: int, group: str, keyword: str, default: float | None = None) -> Any:
    """Return a field of one frame: from its own functional group, the shared one, or the header itself.

    Args:
        header: of the file.
        index: the frame's number in it, from 0.
        group: keyword of the functional group that holds the field in an enhanced file.
        keyword: of the field.
        default: returned where the field is absent.

    Raises:
        KeyError: the field is absent and has no default.
    """
    places = []
    if "PerFrameFunctionalGroupsSequence" in header:
        places.append(header.PerFrameFunctionalGroupsSequence[index])
    if "SharedFunctionalGroupsSequence" in header:
        places.append(header.SharedFunctionalGroupsSequence[0])
    for place in places:
        if group in place:
            return place[group].value[0][keyword].value
    value = header.get(keyword)
    if value is None and default is None:
        raise KeyError(keyword)
    return default if value is None else value
