"""Labels and images as NIfTI files with the input's own header, and the same bytes for the same voxels."""

from __future__ import annotations

import gzip
from typing import Any

import nibabel
import numpy as np

from quantseg.reading.scan import InputImage

_COMPRESSION_LEVEL = 6
_IDENTIFYING_FIELDS = ("descrip", "aux_file", "intent_name", "db_name")
_SPACE_SCANNER = 1
_SAME_AFFINE = 1e-4


def nifti_of(voxels: np.ndarray, scan: InputImage) -> nibabel.Nifti1Image:
    """Return a label map or an image as NIfTI, stored in the array's own type.

    Args:
        voxels: uint8 or float32, ijk order, on the scan's grid; a fourth axis is time.
        scan: where a NIfTI input's header comes from; orientation codes, units and slice fields are kept, what
            describes its intensities or could name a patient is cleared, header extensions are dropped.
    """
    affine = affine_of_nifti(scan)
    return _new_image(voxels, affine) if scan.header is None else _with_header(voxels, scan.header.copy(), affine)


def affine_of_nifti(scan: InputImage) -> np.ndarray:
    """Return the affine that files of :func:`nifti_of` state, to RAS in mm.

    It is the input's own header where that says the same as what was used, up to rounding.
    """
    affine = scan.label_affine
    if scan.header is not None:
        stated: np.ndarray = scan.header.get_best_affine()
        return stated if affine is None or np.allclose(stated, affine, atol=_SAME_AFFINE) else affine
    if affine is None:
        raise ValueError("An input without a header has an affine.")
    return affine


def nifti_file_bytes(voxels: np.ndarray, scan: InputImage) -> bytes:
    """Return the gzipped file of :func:`nifti_of`: no time stamp, no name, so that equal voxels give equal bytes."""
    # filename and time would otherwise enter the gzip header.
    return gzip.compress(nifti_of(voxels, scan).to_bytes(), compresslevel=_COMPRESSION_LEVEL, mtime=0)


def _with_header(voxels: np.ndarray, header: nibabel.Nifti1Header, affine: np.ndarray) -> nibabel.Nifti1Image:
    header.extensions.clear()
    header.set_data_dtype(voxels.dtype)
    header["cal_min"] = header["cal_max"] = 0
    header["intent_code"] = 0
    header["intent_p1"] = header["intent_p2"] = header["intent_p3"] = 0
    # NIfTI-2 has no db_name.
    for field in set(_IDENTIFYING_FIELDS) & set(header.keys()):
        header[field] = b""
    # Any: nibabel's classes come without types, and mypy refuses to call them through a variable of their own type.
    image_class: Any = nibabel.Nifti2Image if isinstance(header, nibabel.Nifti2Header) else nibabel.Nifti1Image
    kept_affine = None
    if not np.allclose(header.get_best_affine(), affine, atol=_SAME_AFFINE):
        # The user overrode the header's spacing, or its unit was not mm: both forms say what was really used.
        header.set_qform(affine, code=_SPACE_SCANNER)
        header.set_sform(affine, code=_SPACE_SCANNER)
        header.set_xyzt_units("mm", header.get_xyzt_units()[1])
        kept_affine = affine
    image: nibabel.Nifti1Image = image_class(voxels, kept_affine, header)
    return image


def _new_image(voxels: np.ndarray, affine: np.ndarray) -> nibabel.Nifti1Image:
    image = nibabel.Nifti1Image(voxels, affine)
    image.header.set_xyzt_units("mm")
    image.set_qform(affine, code=_SPACE_SCANNER)
    image.set_sform(affine, code=_SPACE_SCANNER)
    return image
