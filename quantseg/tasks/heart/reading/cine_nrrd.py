"""A cine as 3D Slicer saves it: a NRRD file whose list axis holds the frames (``.seq.nrrd``).

The layout is that of Slicer's documentation, "Volume sequence file format": the axis of kind ``list`` comes first or
last, its label and unit name the index, and the key ``axis <number> index values`` holds the frames' indices.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from quantseg.errors import InputRefused
from quantseg.reading.guard import check_voxel_kind, plain_values
from quantseg.reading.image_file import executed, opened_with_itk, read_image_file, refuse_without_space
from quantseg.reading.scan import ImageFormat
from quantseg.reading.spacing import HEADER_SPACING, SpacingChoice
from quantseg.tasks.heart.reading.cardiac_spacing import geometry
from quantseg.tasks.heart.reading.cine import Cine
from quantseg.tasks.heart.reading.heart_beat import believable_times_ms
from quantseg.volume import Volume
from quantseg.volume.resampling import from_sitk

if TYPE_CHECKING:
    import SimpleITK as sitk

_LIST_KIND = "list"
_MS_PER_UNIT = {"ms": 1.0, "msec": 1.0, "s": 1e3, "sec": 1e3}


def read_cine_nrrd(path: Path, spacing: SpacingChoice) -> Cine:
    """Read a NRRD file with a list axis as a cine, another as a single frame.

    Args:
        path: the file.
        spacing: the user's word on the spacing.

    Returns:
        the cine, not yet looked at by the guard. Frame times are known where the list's index has a unit of time.

    Raises:
        InputRefused: the file cannot be read rightly, or no short-axis stack has its geometry.
    """
    reader = opened_with_itk(path)
    if _metadata(reader, "NRRD_kinds[pixel]") != _LIST_KIND:
        return single_frame(path, spacing)
    refuse_without_space(reader)
    if len(reader.GetSize()) != 3:
        raise InputRefused("the frames have not three axes each, expected volumes over time; export the sequence again")
    image = executed(reader)
    volume, frames = _frames(image)
    placed, notes = geometry(_shape(volume), volume.affine, spacing)
    times_ms = _times_ms(reader, len(frames))
    return Cine.of_all_frames(frames, placed, ImageFormat.NRRD, frame_times_ms=times_ms, notes=notes)


def single_frame(path: Path, spacing: SpacingChoice) -> Cine:
    """Read an image file of three axes in a format whose header knows one spacing only.

    Raises:
        InputRefused: the file cannot be read rightly, or no short-axis stack has its geometry.
    """
    scan = read_image_file(path, HEADER_SPACING)
    placed, notes = geometry(_shape(scan.volume), scan.volume.affine, spacing)
    return Cine.of_all_frames(
        scan.volume.array[None], placed, scan.image_format, notes=scan.notes + notes, reading_doubts=scan.doubts
    )


def _frames(image: sitk.Image) -> tuple[Volume, np.ndarray]:
    """Return the first frame as a volume, and all, shape (T, I, J, K), each whole in memory."""
    import SimpleITK as sitk

    count = image.GetNumberOfComponentsPerPixel()
    first = from_sitk(sitk.VectorIndexSelectionCast(image, 0) if count > 1 else image)
    # SimpleITK gives (K, J, I, T), a frame's voxels far apart, and for one frame (K, J, I).
    stored = np.moveaxis(sitk.GetArrayViewFromImage(image).reshape(*first.array.T.shape, count), 3, 0)
    check_voxel_kind(stored.dtype.kind)
    # A copy in any case: the view ends with the image.
    return first, plain_values(np.array(stored, order="C")).transpose(0, 3, 2, 1)


def _shape(volume: Volume) -> tuple[int, int, int]:
    return volume.grid.shape


def _times_ms(reader: sitk.ImageFileReader, count: int) -> tuple[float, ...] | None:
    scale = _MS_PER_UNIT.get(_metadata(reader, "NRRD_units[pixel]") or "")
    values = _metadata(reader, "axis 0 index values") or _metadata(reader, "axis 3 index values")
    if scale is None or values is None:
        return None
    try:
        times_ms = [float(value) * scale for value in values.split()]
    except ValueError:
        return None
    return believable_times_ms(times_ms) if len(times_ms) == count else None


def _metadata(reader: sitk.ImageFileReader, key: str) -> str | None:
    return str(reader.GetMetaData(key)).strip() if reader.HasMetaDataKey(key) else None
