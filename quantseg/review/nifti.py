"""Arrays as NIfTI images, in types that every reader knows."""

from __future__ import annotations

import gzip
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import nibabel

_KNOWN_TYPES = (np.uint8, np.int16, np.uint16, np.int32, np.float32)


def nifti_image(array: np.ndarray, affine: np.ndarray) -> nibabel.Nifti1Image:
    """Return an image in mm; what is of no type that every reader knows becomes float32."""
    import nibabel

    image = nibabel.Nifti1Image(array if array.dtype in _KNOWN_TYPES else array.astype(np.float32), affine)
    image.header.set_xyzt_units("mm")
    return image


def packed_nifti(array: np.ndarray, affine: np.ndarray) -> bytes:
    """Return the content of a ``.nii.gz`` file; equal images give equal bytes."""
    return gzip.compress(nifti_image(array, affine).to_bytes(), mtime=0)
