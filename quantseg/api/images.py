"""Images as Python programs hold them, as files that a task reads like any other."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import nibabel
import numpy as np

from quantseg.errors import UsageError
from quantseg.review.nifti import nifti_image
from quantseg.volume.resampling import from_sitk

if TYPE_CHECKING:
    import SimpleITK as sitk
    from numpy.typing import ArrayLike

ImageLike: TypeAlias = (
    "str | os.PathLike[str] | nibabel.spatialimages.SpatialImage | sitk.Image | tuple[ArrayLike, ArrayLike]"
)
"""What is taken for an image: path of a file or a DICOM folder, an image of NiBabel or SimpleITK, or an array in axis
order i, j, k (and t for frames) with its 4 × 4 affine from voxel indices to mm in RAS."""


def as_path(image: ImageLike, folder: Path, name: str) -> Path:
    """Return a file or folder that holds an image.

    An image in memory passes through the same reading and the same checks as a file: it is written aside.

    Args:
        image: as ``ImageLike`` says.
        folder: receives the file of an image that has none.
        name: of that file, without its ending.

    Raises:
        UsageError: it is no image.
    """
    if isinstance(image, str | os.PathLike):
        return Path(image)
    path = folder / f"{name}.nii"
    path.write_bytes(_nifti(image).to_bytes())
    return path


def _nifti(image: ImageLike) -> nibabel.Nifti1Image:
    import SimpleITK as sitk

    if isinstance(image, nibabel.Nifti1Image):
        return _copy_of(image)
    if isinstance(image, nibabel.spatialimages.SpatialImage):
        return _of_array(np.asanyarray(image.dataobj), image.affine)
    if isinstance(image, sitk.Image):
        return _of_sitk(image)
    if isinstance(image, tuple) and len(image) == 2:
        return _of_array(*image)
    raise UsageError(
        f"An image cannot be of type {type(image).__name__}; give a path, an image of NiBabel or SimpleITK, or a tuple "
        "(array, affine)."
    )


def _copy_of(image: nibabel.Nifti1Image) -> nibabel.Nifti1Image:
    """Return a NIfTI image, 1 or 2, with its own header, that can be written without a trace in the caller's.

    Values that the header scales are stored as what they mean, so that no rounding is added.
    """
    values = np.asanyarray(image.dataobj)
    if values.dtype.kind == "f":
        values = values.astype(np.float32)
    header = image.header.copy()
    header.set_data_dtype(values.dtype)
    return type(image)(values, image.affine, header)


def _of_array(array: Any, affine: Any) -> nibabel.Nifti1Image:  # Whatever NumPy makes an array of.
    voxels, matrix = np.asarray(array), np.asarray(affine, dtype=float)
    if voxels.ndim not in (3, 4) or matrix.shape != (4, 4):
        raise UsageError(
            f"The array has {voxels.ndim} axes and the affine the shape {matrix.shape}, expected 3 or 4 axes (i, j, k "
            "and time) and a 4 × 4 matrix to mm in RAS."
        )
    if voxels.dtype.kind not in "biuf":
        raise UsageError(f"The voxels are of type {voxels.dtype}, expected plain numbers.")
    return nifti_image(voxels, matrix)


def _of_sitk(image: sitk.Image) -> nibabel.Nifti1Image:
    import SimpleITK as sitk

    if image.GetNumberOfComponentsPerPixel() != 1 or image.GetDimension() not in (3, 4):
        raise UsageError(
            f"The SimpleITK image has {image.GetDimension()} axes and {image.GetNumberOfComponentsPerPixel()} values a "
            "voxel, expected 3 or 4 axes and one grey value each."
        )
    if image.GetDimension() == 3:
        volume = from_sitk(image)
        return _of_array(volume.array, volume.affine)
    # Frames lie on the grid of the first; the unit of the time between them is not known to SimpleITK.
    return _of_array(sitk.GetArrayViewFromImage(image).T, from_sitk(image[..., 0]).affine)
