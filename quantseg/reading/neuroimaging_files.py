"""Formats of neuroimaging beside NIfTI, through nibabel: FreeSurfer's MGH, Analyze 7.5, MINC."""

from __future__ import annotations

import importlib.util
import io
from pathlib import Path

import nibabel
import numpy as np

from quantseg.errors import InputRefused
from quantseg.reading.guard import check_voxel_kind, plain_values, three_axes
from quantseg.reading.nifti_file import refuse_short, voxel_bytes_of_pair
from quantseg.reading.packed import refuse_large, unpacked
from quantseg.reading.scan import ImageFormat, Scan
from quantseg.reading.spacing import SpacingChoice, override_spacing
from quantseg.volume import Volume

_MGH_VERSION = b"\0\0\0\1"
_MGH_GEOMETRY_KNOWN = slice(28, 30)
"""Where an MGH header says whether it knows directions and position (FreeSurfer wiki, "MgzFileFormat")."""
_MINC_2_MAGIC = b"\x89HDF"
_SIDES_UNKNOWN = (
    "An Analyze header does not say where left and right are: the image was read as stored from the patient's right to "
    "left, and may be mirrored. Make sure of the sides, or convert the image from its DICOM series."
)
_MATRIX_BESIDE = (
    "A file .mat lies beside the Analyze header, in which SPM keeps where left and right are; it was not read."
)
_DAMAGED = "the header is damaged or of another format; copy or convert the image again"


def read_neuroimaging_file(path: Path, image_format: ImageFormat, spacing: SpacingChoice) -> Scan:
    """Read a file of one of these formats, as :func:`quantseg.reading.image_file.read_image_file` does."""
    return _READERS[image_format](path, spacing)


def _read_mgh(path: Path, spacing: SpacingChoice) -> Scan:
    content = unpacked(path)
    if not content.startswith(_MGH_VERSION):
        raise InputRefused(_DAMAGED)
    if not any(content[_MGH_GEOMETRY_KNOWN]):
        raise InputRefused(
            "the header has no affine (its flag goodRASFlag is 0), so left and right cannot be told apart; convert the "
            "image again from its DICOM series"
        )
    try:
        image = nibabel.MGHImage.from_bytes(content)
        header = image.header
        shape, stored_type = header.get_data_shape(), header.get_data_dtype()
    except Exception:  # nibabel raises many kinds on damaged headers; all mean the same here
        raise InputRefused(_DAMAGED) from None
    wanted = three_axes(shape)
    refuse_short(len(content) - header.get_data_offset(), int(np.prod(shape)) * stored_type.itemsize)
    return _scan(np.asanyarray(image.dataobj).reshape(wanted, order="F"), image.affine, ImageFormat.MGH, spacing)


def _read_analyze(path: Path, spacing: SpacingChoice) -> Scan:
    try:
        header = nibabel.AnalyzeHeader.from_fileobj(io.BytesIO(unpacked(path)))
        stored_type, affine = header.get_data_dtype(), header.get_base_affine()
    except InputRefused:
        raise
    except Exception:  # as above
        raise InputRefused(_DAMAGED) from None
    check_voxel_kind(stored_type.kind)
    orientation = bytes(header["orient"])
    if any(orientation):
        raise InputRefused(
            f"the Analyze header states the orientation {orientation[0]}, expected 0 (transverse, not flipped), as "
            "programs read others differently; convert the image again from its DICOM series"
        )
    shape = three_axes(header.get_data_shape())
    voxels, start = voxel_bytes_of_pair(path), max(header.get_data_offset(), 0)
    count = int(np.prod(shape))
    refuse_short(len(voxels) - start, count * stored_type.itemsize)
    values = np.frombuffer(voxels, stored_type, count, start).reshape(shape, order="F")
    beside = (_MATRIX_BESIDE,) if _has_matrix_beside(path) else ()
    return _scan(values, affine, ImageFormat.ANALYZE, spacing, (_SIDES_UNKNOWN, *beside))


def _has_matrix_beside(header_path: Path) -> bool:
    name = header_path.name[: header_path.name.lower().rfind(".hdr")]
    return any(header_path.with_name(name + ending).is_file() for ending in (".mat", ".MAT"))


def _read_minc(path: Path, spacing: SpacingChoice) -> Scan:
    with path.open("rb") as stream:
        is_version_2 = stream.read(len(_MINC_2_MAGIC)) == _MINC_2_MAGIC
    if is_version_2 and importlib.util.find_spec("h5py") is None:
        raise InputRefused("MINC 2 needs the package h5py; pip install h5py adds it, and mnc2nii converts the image")
    try:
        if is_version_2:
            image = nibabel.Minc2Image.from_filename(path)
        else:
            files = {"image": nibabel.FileHolder(fileobj=io.BytesIO(unpacked(path)))}
            image = nibabel.Minc1Image.from_file_map(files)
        shape = image.shape
    except InputRefused:
        raise
    except Exception:  # as above
        raise InputRefused(_DAMAGED) from None
    wanted = three_axes(shape)
    refuse_large(int(np.prod(shape)) * image.get_data_dtype().itemsize)
    try:
        values = np.asanyarray(image.dataobj)
    except Exception:  # as above
        raise InputRefused("the voxels cannot be read: the file is truncated or damaged; copy it again") from None
    return _scan(values.reshape(wanted), image.affine, ImageFormat.MINC, spacing)


def _scan(
    values: np.ndarray,
    stored_affine: np.ndarray,
    image_format: ImageFormat,
    spacing: SpacingChoice,
    doubts: tuple[str, ...] = (),
) -> Scan:
    affine, notes = override_spacing(np.array(stored_affine, dtype=float), spacing)
    return Scan(Volume(plain_values(values), affine), image_format, notes=notes, doubts=doubts)


_READERS = {ImageFormat.MGH: _read_mgh, ImageFormat.ANALYZE: _read_analyze, ImageFormat.MINC: _read_minc}
