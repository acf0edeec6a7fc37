"""One image in one file, or in a header and its voxels beside it, of any format."""

from __future__ import annotations

import math
import re
import zlib
from pathlib import Path
from typing import TYPE_CHECKING

from quantseg.errors import InputRefused
from quantseg.reading.archive import is_archive, members_of
from quantseg.reading.guard import check_voxel_kind, plain_values, three_axes
from quantseg.reading.neuroimaging_files import read_neuroimaging_file
from quantseg.reading.nifti_file import is_nifti_header, read_nifti
from quantseg.reading.packed import refuse_large, unpacked
from quantseg.reading.scan import ImageFormat, Scan
from quantseg.reading.spacing import SpacingChoice, nifti_affine, override_spacing
from quantseg.volume import Volume
from quantseg.volume.resampling import from_sitk

if TYPE_CHECKING:
    import SimpleITK as sitk

FORMATS = {
    ".nii.gz": ImageFormat.NIFTI,
    ".nii.bz2": ImageFormat.NIFTI,
    ".nii": ImageFormat.NIFTI,
    ".hdr": ImageFormat.ANALYZE,
    ".hdr.gz": ImageFormat.ANALYZE,
    ".mgz": ImageFormat.MGH,
    ".mgh": ImageFormat.MGH,
    ".mnc": ImageFormat.MINC,
    ".nrrd": ImageFormat.NRRD,
    ".nhdr": ImageFormat.NRRD,
    ".mha": ImageFormat.META_IMAGE,
    ".mhd": ImageFormat.META_IMAGE,
}
"""File endings, the longer of two that match first; a file ``.hdr`` may belong to NIfTI, too."""

DICOM_DIRECTORY = "DICOMDIR"
"""The index of a DICOM medium, whose name the standard fixes (PS3.10, 8.6)."""
_VOXELS_OF_PAIR = re.compile(r"\.img(\.gz|\.bz2)?$", re.IGNORECASE)

_ITK_SPACE = "left-posterior-superior"
"""What ITK calls the space of a NRRD file once it has turned RAS, LAS or LPS into its own."""

_MOST_VOXEL_BYTES = 8
_CHUNK_BYTES = 16 * 1024**2
_META_HEADER_BYTES = 65536
_META_DIRECTIONS = ("TransformMatrix", "Rotation", "Orientation")


def ending_of(path: Path) -> str | None:
    """Return the known ending of an image file's name as it is written there, or None."""
    for ending in FORMATS:
        if path.name.lower().endswith(ending):
            return path.name[-len(ending) :]
    return None


def named_image(path: Path) -> Path:
    """Return what a file stands for that was named: voxels for their header, a DICOMDIR for its folder.

    Any other path stands for itself.
    """
    if path.name.upper() == DICOM_DIRECTORY and path.is_file():
        return path.parent
    named = _VOXELS_OF_PAIR.search(path.name)
    if named is None:
        return path
    for ending in (".hdr", ".hdr.gz", ".HDR"):
        header = path.with_name(path.name[: named.start()] + ending)
        if header.is_file():
            return header
    return path


def read_image_file(path: Path, spacing: SpacingChoice) -> Scan:
    """Read an image file of any format.

    Args:
        path: a file whose ending is among ``FORMATS``.
        spacing: which spacing holds.

    Returns:
        the scan, not yet looked at by the guard.

    Raises:
        InputRefused: the file cannot be read, is truncated, has no affine, or is no three-dimensional grey image.
    """
    image_format = format_of(path)
    if image_format is ImageFormat.NIFTI:
        header, values = read_nifti(path, three_axes)
        affine, notes = nifti_affine(header, spacing)
        return Scan(Volume(values, affine), image_format, header, notes=notes)
    if image_format in (ImageFormat.NRRD, ImageFormat.META_IMAGE):
        return _read_with_itk(path, image_format, spacing)
    return read_neuroimaging_file(path, image_format, spacing)


def format_of(path: Path) -> ImageFormat:
    """Return the format that a file's ending names, and the content of a header file ``.hdr``.

    Raises:
        InputRefused: the ending is unknown, or the file is absent or empty.
    """
    if not path.exists():
        raise InputRefused("the file does not exist, or is a link to nowhere")
    if is_archive(path):
        members_of(path)
        raise InputRefused("the archive holds no DICOM series; unpack what else it holds and name that")
    ending = ending_of(path)
    if ending is None or not path.is_file():
        raise InputRefused(f"the file's ending is unknown, expected one of {', '.join(FORMATS)}")
    if path.stat().st_size == 0:
        raise InputRefused("the file is empty")
    stored = FORMATS[ending.lower()]
    return ImageFormat.NIFTI if stored is ImageFormat.ANALYZE and is_nifti_header(unpacked(path)) else stored


def _read_with_itk(path: Path, image_format: ImageFormat, spacing: SpacingChoice) -> Scan:
    import SimpleITK as sitk

    if image_format is ImageFormat.META_IMAGE:
        _check_meta_image(path)
    reader = opened_with_itk(path)
    three_axes(reader.GetSize())
    colours, stored = reader.GetNumberOfComponents(), sitk.GetPixelIDValueAsString(reader.GetPixelIDValue())
    if colours > 1 or "complex" in stored:
        check_voxel_kind("c" if "complex" in stored else "V")
    if image_format is ImageFormat.NRRD:
        refuse_without_space(reader)
    image = executed(reader)
    while image.GetDimension() > 3:
        image = image[..., 0]
    volume = from_sitk(image)
    affine, notes = override_spacing(volume.affine, spacing)
    return Scan(Volume(plain_values(volume.array), affine), image_format, notes=notes)


def opened_with_itk(path: Path) -> sitk.ImageFileReader:
    """Return SimpleITK's reader of a file, having read the header alone.

    Raises:
        InputRefused: the header is damaged.
    """
    import SimpleITK as sitk

    reader = sitk.ImageFileReader()
    reader.SetFileName(str(path))
    try:
        reader.ReadImageInformation()
    except RuntimeError:
        raise InputRefused("the header is damaged or of another format; copy or convert the image again") from None
    return reader


def executed(reader: sitk.ImageFileReader) -> sitk.Image:
    """Return the image of a reader that has read the header.

    Raises:
        InputRefused: the voxels are truncated or damaged, or more than an image has.
    """
    # No type of a voxel that is let through takes more than eight bytes.
    refuse_large(math.prod(reader.GetSize()) * reader.GetNumberOfComponents() * _MOST_VOXEL_BYTES)
    try:
        image: sitk.Image = reader.Execute()
        return image
    except RuntimeError:
        raise InputRefused("the voxels cannot be read: the file is truncated or damaged; copy it again") from None


def refuse_without_space(reader: sitk.ImageFileReader) -> None:
    """Refuse a NRRD file whose axes have no relation to the patient's.

    Raises:
        InputRefused: its space is none of the patient's, or not named.
    """
    space = reader.GetMetaData("NRRD_space") if reader.HasMetaDataKey("NRRD_space") else None
    if space != _ITK_SPACE:
        found = "names no space" if space is None else f"names the space {space}"
        raise InputRefused(
            f"the header has no affine to the patient: it {found}, expected left-posterior-superior or "
            "right-anterior-superior, so left and right cannot be told apart; convert the image again"
        )


def _check_meta_image(path: Path) -> None:
    """Refuse what ITK lets pass: a MetaImage without directions, and one whose compressed voxels are damaged."""
    with path.open("rb") as stream:
        start = stream.read(_META_HEADER_BYTES)
    fields: dict[str, str] = {}
    position = 0
    while "ElementDataFile" not in fields:
        end = start.find(b"\n", position)
        if end < 0:
            raise InputRefused("the MetaImage header is damaged; copy or convert the image again")
        name, _, value = start[position:end].decode("utf-8", "replace").partition("=")
        fields[name.strip()] = value.strip()
        position = end + 1
    if "ElementSpacing" not in fields or not any(name in fields for name in _META_DIRECTIONS):
        raise InputRefused(
            "the header has no affine (ElementSpacing or TransformMatrix is absent), so left and right cannot be told "
            "apart; convert the image again"
        )
    if fields.get("CompressedData", "").lower() == "true":
        _check_zlib(path, fields["ElementDataFile"], position)


def _check_zlib(header_path: Path, data_file: str, header_bytes: int) -> None:
    local = data_file.upper() == "LOCAL"
    path, offset = (header_path, header_bytes) if local else (header_path.parent / data_file, 0)
    unpacker = zlib.decompressobj(wbits=zlib.MAX_WBITS | 32)
    try:
        with path.open("rb") as stream:
            stream.seek(offset)
            while (packed := stream.read(_CHUNK_BYTES)) and not unpacker.eof:
                # What it unpacks to is thrown away piece by piece: ITK unpacks no more than the header says.
                while packed and not unpacker.eof:
                    unpacker.decompress(packed, _CHUNK_BYTES)
                    packed = unpacker.unconsumed_tail
            while not unpacker.eof and unpacker.decompress(b"", _CHUNK_BYTES):
                pass
    except (OSError, zlib.error):
        raise InputRefused("the compressed voxels are missing or damaged; copy the file again") from None
    if not unpacker.eof:
        raise InputRefused("the compressed voxels are truncated; copy the file again")
