"""Arrays in ijk order to and from VTK images that know where they lie."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from quantseg.volume import Volume

if TYPE_CHECKING:
    import slicer
    from vtkmodules.vtkCommonMath import vtkMatrix4x4


def oriented_image(volume: Volume, first_voxel: tuple[int, int, int] = (0, 0, 0)) -> slicer.vtkOrientedImageData:
    """Return a volume as the kind of image that segments hold.

    Args:
        volume: at its place in space.
        first_voxel: index of its first voxel in the lattice that it was cut from, whose origin the image keeps.
    """
    import slicer
    from vtkmodules.util.numpy_support import numpy_to_vtk

    image = slicer.vtkOrientedImageData()
    ends = zip(first_voxel, volume.array.shape, strict=True)
    image.SetExtent([end for start, size in ends for end in (start, start + size - 1)])
    # VTK's first index runs fastest, as Fortran order does.
    scalars = numpy_to_vtk(np.ascontiguousarray(volume.array.ravel(order="F")), deep=True)
    scalars.SetName("ImageScalars")
    image.GetPointData().SetScalars(scalars)
    lattice = volume.affine.copy()
    lattice[:3, 3] -= lattice[:3, :3] @ first_voxel
    image.SetGeometryFromImageToWorldMatrix(vtk_matrix(lattice))
    return image


def volume_of_image(image: slicer.vtkOrientedImageData) -> Volume | None:
    """Return a copy of a segment's image, at the place in space of its own extent; None if it is empty."""
    from vtkmodules.vtkCommonMath import vtkMatrix4x4

    low_i, high_i, low_j, high_j, low_k, high_k = image.GetExtent()
    shape = (high_i - low_i + 1, high_j - low_j + 1, high_k - low_k + 1)
    if min(shape) < 1 or image.GetPointData().GetScalars() is None:
        return None
    matrix = vtkMatrix4x4()
    image.GetImageToWorldMatrix(matrix)
    affine = affine_of(matrix)
    affine[:3, 3] += affine[:3, :3] @ (low_i, low_j, low_k)
    return Volume(array_of(image, shape), affine)


def array_of(image: slicer.vtkImageData, shape: tuple[int, int, int]) -> np.ndarray:
    """Return a copy of an image's scalars in ijk order."""
    from vtkmodules.util.numpy_support import vtk_to_numpy

    scalars = np.asarray(vtk_to_numpy(image.GetPointData().GetScalars()))
    return scalars.reshape(shape, order="F").copy(order="F")


def vtk_matrix(affine: np.ndarray) -> vtkMatrix4x4:
    """Return a 4x4 array as VTK's matrix."""
    from vtkmodules.vtkCommonMath import vtkMatrix4x4

    matrix = vtkMatrix4x4()
    matrix.DeepCopy(affine.ravel().tolist())
    return matrix


def affine_of(matrix: vtkMatrix4x4) -> np.ndarray:
    """Return VTK's matrix as a 4x4 array."""
    return np.array([[matrix.GetElement(row, column) for column in range(4)] for row in range(4)])
