"""NIfTI files: one file for header and voxels, or a pair, packed or not."""

from __future__ import annotations

import struct
from collections.abc import Callable
from pathlib import Path
from typing import cast

import nibabel
import numpy as np

from quantseg.errors import InputRefused
from quantseg.reading.guard import check_voxel_kind, plain_values
from quantseg.reading.packed import unpacked

_NIFTI_CLASSES = {348: nibabel.Nifti1Image, 540: nibabel.Nifti2Image}
"""By the header's first number, its own size in bytes."""

_HEADER_BYTES = 348
_OFFSET_PLACE = slice(108, 112)
"""Where a NIfTI-1 header says at which byte the voxels begin, a float."""
_MAGIC_PLACE = slice(344, 348)
_PAIR_MAGIC, _SINGLE_MAGIC = b"ni1\0", b"n+1\0"
_NO_EXTENSIONS = b"\0" * 4
_VOXEL_ENDINGS = {"i": (".img", ".img.gz", ".img.bz2"), "I": (".IMG", ".IMG.GZ", ".IMG.BZ2")}


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
    content = _content(path)
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
    if min(shape) < 1:
        raise InputRefused(
            f"the NIfTI header names a size of {min(shape)} voxels, expected at least 1; copy or convert the image "
            "again"
        )
    stored_type = header.get_data_dtype()
    proxy = cast(nibabel.arrayproxy.ArrayProxy, image.dataobj)
    refuse_short(len(content) - proxy.offset, int(np.prod(shape)) * stored_type.itemsize)
    check_voxel_kind(stored_type.kind)
    values = plain_values(np.asanyarray(proxy)).reshape(shape, order="F")
    header.set_data_shape(shape)
    return header, values


def is_nifti_header(content: bytes) -> bool:
    """Tell whether a header of 348 bytes is that of a NIfTI pair, which else is Analyze's."""
    return content[_MAGIC_PLACE] == _PAIR_MAGIC


def voxels_of_pair(header_path: Path) -> Path | None:
    """Return the file that holds the voxels of a header file ``.hdr``, or None where there is none."""
    name = header_path.name
    start = name.lower().rfind(".hdr")
    letter = "I" if name[start + 1] == "H" else "i"
    places = (header_path.with_name(name[:start] + ending) for ending in _VOXEL_ENDINGS[letter])
    return next((place for place in places if place.is_file()), None)


def voxel_bytes_of_pair(header_path: Path) -> bytes:
    """Return the content of that file, unpacked.

    Raises:
        InputRefused: there is none, or it is damaged.
    """
    voxels = voxels_of_pair(header_path)
    if voxels is None:
        raise InputRefused("the file .img with its voxels is not beside it; copy both files into one folder")
    return unpacked(voxels)


def _content(path: Path) -> bytes:
    """Return the content of a file that holds header and voxels, a pair put together as such a file."""
    content = unpacked(path)
    if not is_nifti_header(content) or len(content) != _HEADER_BYTES:
        return content
    order = "<" if int.from_bytes(content[:4], "little") == _HEADER_BYTES else ">"
    (offset,) = struct.unpack(f"{order}f", content[_OFFSET_PLACE])
    voxels = voxel_bytes_of_pair(path)[max(int(offset), 0) if np.isfinite(offset) else 0 :]
    header = bytearray(content)
    header[_OFFSET_PLACE] = struct.pack(f"{order}f", _HEADER_BYTES + len(_NO_EXTENSIONS))
    header[_MAGIC_PLACE] = _SINGLE_MAGIC
    return bytes(header) + _NO_EXTENSIONS + voxels


def refuse_short(found_bytes: int, expected_bytes: int) -> None:
    """Refuse a file with fewer voxels than its header says.

    Raises:
        InputRefused: it has.
    """
    if found_bytes < expected_bytes:
        raise InputRefused(
            f"the file is truncated: {max(found_bytes, 0)} bytes of voxels found, {expected_bytes} expected; copy it "
            "again"
        )
