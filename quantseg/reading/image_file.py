"""One image in one file: NIfTI through nibabel, NRRD and MetaImage through SimpleITK."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, cast

import nibabel
import numpy as np

from quantseg.errors import InputRefused
from quantseg.reading.guard import check_voxel_kind, plain_values, three_axes
from quantseg.reading.scan import ImageFormat, Scan
from quantseg.reading.spacing import SpacingChoice, nifti_affine, override_spacing
from quantseg.volume import Volume
from quantseg.volume.resampling import from_sitk

if TYPE_CHECKING:
    import SimpleITK as sitk

FORMATS = {
    ".nii.gz": ImageFormat.NIFTI,
    ".nii": ImageFormat.NIFTI,
    ".nrrd": ImageFormat.NRRD,
    ".nhdr": ImageFormat.NRRD,
    ".mha": ImageFormat.META_IMAGE,
    ".mhd": ImageFormat.META_IMAGE,
}
"""File endings, the longer of two that match first."""

_NIFTI_CLASSES = {348: nibabel.Nifti1Image, 540: nibabel.Nifti2Image}
"""By the header's first number, its own size in bytes."""

_ITK_SPACE = "left-posterior-superior"
"""What ITK calls the space of a NRRD file once it has turned RAS, LAS or LPS into its own."""

_META_HEADER_BYTES = 65536
_META_DIRECTIONS = ("TransformMatrix", "Rotation", "Orientation")


def ending_of(path: Path) -> str | None:
    """Return the known ending of an image file's name as it is written there, or None."""
    for ending in FORMATS:
        if path.name.lower().endswith(ending):
            return path.name[-len(ending) :]
    return None


def read_image_file(path: Path, spacing: SpacingChoice) -> Scan:
    """Read a NIfTI, NRRD or MetaImage file.

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
    return _read_with_itk(path, image_format, spacing)


def format_of(path: Path) -> ImageFormat:
    """Return the format that a file's ending names.

    Raises:
        InputRefused: the ending is unknown, or the file is absent or empty.
    """
    ending = ending_of(path)
    if ending is None:
        raise InputRefused(f"the file's ending is unknown, expected one of {', '.join(FORMATS)}")
    if not path.is_file():
        raise InputRefused("the file does not exist, or is a link to nowhere")
    if path.stat().st_size == 0:
        raise InputRefused("the file is empty")
    return FORMATS[ending.lower()]


def read_nifti(
    path: Path, axes: Callable[[tuple[int, ...]], tuple[int, ...]]
) -> tuple[nibabel.Nifti1Header, np.ndarray]:
    """Read header and values of a NIfTI file, without a look at its affine.

    Args:
        path: the file.
        axes: returns the shape to give the values, or refuses the stored one.

    Returns:
        the header, with that shape; and the values, in native byte order.

    Raises:
        InputRefused: the file is damaged or truncated, or its voxels are no grey values.
    """
    content = _whole_content(path)
    header_sizes = {int.from_bytes(content[:4], order) for order in ("little", "big")}
    image_class = next((_NIFTI_CLASSES[size] for size in header_sizes if size in _NIFTI_CLASSES), None)
    if image_class is None:
        raise InputRefused("the file does not begin with a NIfTI header; it is damaged or of another format")
    try:
        image = image_class.from_bytes(content)
        header = image.header.copy()
    except Exception:  # nibabel raises many kinds on damaged headers; all mean the same here
        raise InputRefused("the NIfTI header is damaged; copy or convert the image again") from None
    shape = axes(header.get_data_shape())
    stored_type = header.get_data_dtype()
    proxy = cast(nibabel.arrayproxy.ArrayProxy, image.dataobj)
    _refuse_short(len(content) - proxy.offset, int(np.prod(shape)) * stored_type.itemsize)
    check_voxel_kind(stored_type.kind)
    values = plain_values(np.asanyarray(proxy)).reshape(shape, order="F")
    header.set_data_shape(shape)
    return header, values


def _whole_content(path: Path) -> bytes:
    """Return the file's content, unpacked to its last byte, so that the checksum at its end is verified."""
    try:
        if path.name.lower().endswith(".gz"):
            with gzip.open(path) as stream:
                return stream.read()
        return path.read_bytes()
    except (OSError, EOFError, zlib.error) as error:
        reason = "truncated" if isinstance(error, EOFError) else "damaged or unreadable"
        raise InputRefused(f"the file is {reason}; copy it again") from None


def _refuse_short(found_bytes: int, expected_bytes: int) -> None:
    if found_bytes < expected_bytes:
        raise InputRefused(
            f"the file is truncated: {max(found_bytes, 0)} bytes of voxels found, {expected_bytes} expected; copy it "
            "again"
        )


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
        InputRefused: the voxels are truncated or damaged.
    """
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
        unpacker.decompress(path.read_bytes()[offset:])
    except (OSError, zlib.error):
        raise InputRefused("the compressed voxels are missing or damaged; copy the file again") from None
    if not unpacker.eof:
        raise InputRefused("the compressed voxels are truncated; copy the file again")
