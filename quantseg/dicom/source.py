"""The DICOM images that labels were made from: their headers in the order of their slices, and the grid they form."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from quantseg.errors import InputRefused, QuantSegError
from quantseg.reading.archive import content_of
from quantseg.reading.dicom_frames import Frame, frame_field, frames_of
from quantseg.reading.dicom_headers import DicomFile
from quantseg.reading.dicom_stack import stack
from quantseg.reading.dicom_warnings import silence_pydicom
from quantseg.volume import Grid, Volume

if TYPE_CHECKING:
    from pydicom import Dataset

_OFF_GRID_VOXELS = 0.05
"""How far a labelled voxel may lie beside a voxel of the images, in parts of a voxel."""

# Patient and study fields that a file must hold, empty or not (PS3.3, C.7.1.1 and C.7.2.1), and that de-identified
# files often lack.
_TYPE_2 = (
    "PatientID",
    "PatientName",
    "PatientBirthDate",
    "PatientSex",
    "AccessionNumber",
    "StudyID",
    "StudyDate",
    "StudyTime",
)


@dataclass(frozen=True)
class FrameReference:
    """A frame of a multi-frame file.

    Attributes:
        instance_uid: SOPInstanceUID of the file.
        number: of the frame in it, from 1.
    """

    instance_uid: str
    number: int


@dataclass(frozen=True)
class SourceImages:
    """A stack of slices as DICOM has it.

    Attributes:
        headers: of one file a slice, from the lowest to the highest along the normal; or of one multi-frame file.
        frames: the slices in that order.
        grid: of the stack, axes column, row, slice.
        series_of: SeriesInstanceUID of each file by its SOPInstanceUID: a cine may have a series a slice, while the
            headers here name one for all.
        frame_references: what each frame of a multi-frame header really is that was put together from the slices
            alone, of one file or of several; empty where none was.
    """

    headers: list[Dataset]
    frames: list[Frame]
    grid: Grid
    series_of: Mapping[str, str] = field(default_factory=dict)
    frame_references: tuple[FrameReference, ...] = ()

    @property
    def series_uid(self) -> str:
        """SeriesInstanceUID of the lowest slice."""
        return str(self.headers[0].SeriesInstanceUID)

    def planes(self, labels: Volume) -> np.ndarray:
        """Return labels frame by frame, as the headers name the frames.

        Args:
            labels: on the grid of the images, in any order of its axes, or on a part of it.

        Returns:
            shape (frames, rows, columns), the labels' own type.

        Raises:
            QuantSegError: a labelled voxel does not lie on a voxel of the images.
        """
        return self.planes_of(self.on_own_grid(labels))

    def planes_of(self, labels: np.ndarray) -> np.ndarray:
        """Return labels frame by frame, as the headers name the frames.

        Args:
            labels: shape (columns, rows, slices), slices in the order of ``frames``.

        Returns:
            shape (frames, rows, columns), the labels' own type.
        """
        slices = labels.transpose(2, 1, 0)
        if len(self.headers) == len(slices) or self.frame_references:
            return np.ascontiguousarray(slices)
        planes = np.zeros_like(slices)
        planes[[frame.index for frame in self.frames]] = slices
        return planes

    def on_own_grid(self, labels: Volume) -> np.ndarray:
        """Return labels in the order of the images' own axes, shape (columns, rows, slices).

        Args:
            labels: on the grid of the images, in any order of its axes, or on a part of it.

        Raises:
            QuantSegError: a labelled voxel does not lie on a voxel of the images.
        """
        if labels.grid.same_as(self.grid):
            return labels.array
        places = np.argwhere(labels.array > 0)
        found = self.grid.to_voxel(labels.grid.to_world(places))
        indices = np.rint(found).astype(int)
        same_size = np.allclose(sorted(labels.spacing_mm), sorted(self.grid.spacing_mm), rtol=1e-3)
        inside = np.all((indices >= 0) & (indices < self.grid.shape))
        if not (same_size and inside and np.all(np.abs(found - indices) <= _OFF_GRID_VOXELS)):
            raise QuantSegError(
                f"the labels (voxels of {_in_words(labels.grid)}) do not lie on the voxels of the DICOM images "
                f"({_in_words(self.grid)}); choose the series that was segmented"
            )
        placed = np.zeros(self.grid.shape, labels.array.dtype)
        placed[tuple(indices.T)] = labels.array[tuple(places.T)]
        return placed


def read_source_images(files: Sequence[Path]) -> SourceImages:
    """Read the headers of the images that were segmented, without their pixels.

    Args:
        files: of one series and one time, one a slice or one for all; in any order.

    Raises:
        QuantSegError: a file cannot be read, or the images form no regular stack.
    """
    headers = [DicomFile(path, _header(path, number, len(files))) for number, path in enumerate(files, start=1)]
    try:
        frames, affine = stack([frame for file in headers for frame in frames_of(file)])
    except InputRefused as refusal:
        # A task may put unlike slices together, on a grid that none of the images has.
        reason = str(refusal).partition(";")[0].removesuffix(".")
        raise QuantSegError(
            f"the images form no regular stack ({reason}), expected one; the label map and the .seg.nrrd hold the "
            "labels, on the grid on which the slices were put together"
        ) from None
    by_path = {file.path: file.header for file in headers}
    ordered = [by_path[path] for path in dict.fromkeys(frame.path for frame in frames)]
    if len(ordered) not in (1, len(frames)):
        raise QuantSegError(
            f"the {len(frames)} slices lie in {len(ordered)} multi-frame files, expected one file in all or one a slice"
        )
    rows, columns = frames[0].size
    source = SourceImages(ordered, frames, Grid((columns, rows, len(frames)), affine))
    for header in ordered:
        _complete(header, source)
    return source


def source_of_slices(slices: Sequence[Frame], affine: np.ndarray) -> SourceImages:
    """Read the headers of slices whose order is known, such as those of one phase of a cine.

    The slices need not lie at even distances: each is referred to by itself.

    Args:
        slices: of one volume, from one file each, or from multi-frame files.
        affine: of the grid on which they were read, axes column, row, slice.

    Raises:
        QuantSegError: a file cannot be read.
    """
    paths = list(dict.fromkeys(frame.path for frame in slices))
    by_path = {path: _header(path, number, len(paths)) for number, path in enumerate(paths, start=1)}
    headers = list(by_path.values())
    series_of = {str(header.SOPInstanceUID): str(header.SeriesInstanceUID) for header in headers}
    rows, columns = slices[0].size
    grid = Grid((columns, rows, len(slices)), affine)
    frames = list(slices)
    references: tuple[FrameReference, ...] = ()
    if "PerFrameFunctionalGroupsSequence" in headers[0]:
        references = tuple(FrameReference(str(by_path[frame.path].SOPInstanceUID), frame.index + 1) for frame in slices)
        headers = [_put_together(by_path, slices)]
        frames = [replace(frame, index=number) for number, frame in enumerate(slices)]
    source = SourceImages(headers, frames, grid, series_of, references)
    for header in headers:
        header.SeriesInstanceUID = headers[0].SeriesInstanceUID
        _complete(header, source)
    return source


def _put_together(headers: Mapping[Path, Dataset], slices: Sequence[Frame]) -> Dataset:
    """Return the first of multi-frame headers with the frames of the slices alone, in their order, of all files."""
    whole = copy.deepcopy(headers[slices[0].path])
    whole.PerFrameFunctionalGroupsSequence = [
        copy.deepcopy(headers[frame.path].PerFrameFunctionalGroupsSequence[frame.index]) for frame in slices
    ]
    whole.NumberOfFrames = len(slices)
    return whole


def _header(path: Path, number: int, count: int) -> Dataset:
    import pydicom

    silence_pydicom()
    try:
        with content_of(path) as stream:
            return pydicom.dcmread(stream, stop_before_pixels=True)
    except Exception:  # pydicom raises many kinds on damaged headers; all mean the same here
        raise QuantSegError(f"image {number} of {count} cannot be read; load the series again") from None


def _complete(header: Dataset, source: SourceImages) -> None:
    """Add what a segmentation repeats and files may lack, and even out what was found to be equal but for rounding."""
    from pydicom import Dataset

    for keyword in _TYPE_2:
        if keyword not in header:
            setattr(header, keyword, "")
    first = source.frames[0]
    orientation, spacing_mm = (
        frame_field(source.headers[0], first.index, group, keyword)
        for group, keyword in (
            ("PlaneOrientationSequence", "ImageOrientationPatient"),
            ("PixelMeasuresSequence", "PixelSpacing"),
        )
    )
    between_slices_mm = float(f"{source.grid.spacing_mm[2]:.6g}")
    if len(source.headers) == len(source.frames):
        header.ImageOrientationPatient = orientation
        if not header.get("SliceThickness"):
            header.SliceThickness = between_slices_mm
        return
    # Scanners may repeat these for each frame; a segmentation says them once.
    if not header.get("SharedFunctionalGroupsSequence"):
        header.SharedFunctionalGroupsSequence = [Dataset()]
    shared = header.SharedFunctionalGroupsSequence[0]
    if "PlaneOrientationSequence" not in shared:
        shared.PlaneOrientationSequence = [Dataset()]
        shared.PlaneOrientationSequence[0].ImageOrientationPatient = orientation
    if "PixelMeasuresSequence" not in shared:
        shared.PixelMeasuresSequence = [Dataset()]
        shared.PixelMeasuresSequence[0].PixelSpacing = spacing_mm
        shared.PixelMeasuresSequence[0].SliceThickness = between_slices_mm


def _in_words(grid: Grid) -> str:
    spacing = " × ".join(f"{value:.4g}" for value in grid.spacing_mm)
    return f"{spacing} mm, {' × '.join(str(count) for count in grid.shape)}"
