"""A volume node of the scene as the engine's volume, whole or within a region of interest."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from quantseg.errors import InputRefused
from quantseg.mrml.images import affine_of, array_of, oriented_image, vtk_matrix
from quantseg.volume import Grid, Volume

if TYPE_CHECKING:
    import slicer


def volume_of_node(node: slicer.vtkMRMLScalarVolumeNode) -> Volume:
    """Return a copy of a volume node's voxels with the affine that the node has.

    Slicer flips left-handed images when it loads them, so that the order of voxels may differ from the file's; their
    places in space do not.

    Raises:
        InputRefused: the node has no single-component image, or lies under a transform.
    """
    from vtkmodules.vtkCommonMath import vtkMatrix4x4

    image = node.GetImageData()
    if image is None or min(image.GetDimensions()) < 1:
        raise InputRefused(f"{node.GetName()} holds no image; choose a volume that is loaded.")
    if image.GetNumberOfScalarComponents() != 1:
        components = image.GetNumberOfScalarComponents()
        raise InputRefused(f"{node.GetName()} has {components} values a voxel, expected one; choose a scalar volume.")
    refuse_transform(node)
    matrix = vtkMatrix4x4()
    node.GetIJKToRASMatrix(matrix)
    return Volume(array_of(image, image.GetDimensions()), affine_of(matrix))


def grid_of_node(node: slicer.vtkMRMLScalarVolumeNode) -> Grid | None:
    """Return the grid of a volume node, without its voxels; None where it holds no image."""
    from vtkmodules.vtkCommonMath import vtkMatrix4x4

    image, matrix = node.GetImageData(), vtkMatrix4x4()
    if image is None or min(image.GetDimensions()) < 1:
        return None
    node.GetIJKToRASMatrix(matrix)
    return Grid(tuple(image.GetDimensions()), affine_of(matrix))


def image_stamp(node: slicer.vtkMRMLScalarVolumeNode) -> tuple[object, ...]:
    """Return what changes whenever a volume node's voxels or their place do, without a look at all of them."""
    from vtkmodules.vtkCommonMath import vtkMatrix4x4

    image, transform, matrix = node.GetImageData(), node.GetParentTransformNode(), vtkMatrix4x4()
    node.GetIJKToRASMatrix(matrix)
    return (
        None if image is None else (image.GetAddressAsString(""), image.GetMTime()),
        affine_of(matrix).tobytes(),
        None if transform is None else transform.GetID(),
    )


def refuse_transform(node: slicer.vtkMRMLTransformableNode) -> None:
    """Refuse a node whose place in space is not its own.

    Raises:
        InputRefused: it lies under a transform.
    """
    if node.GetParentTransformNode() is not None:
        name = node.GetParentTransformNode().GetName()
        raise InputRefused(
            f"{node.GetName()} lies under the transform {name}; harden it in the Transforms module, or take it off."
        )


def add_volume_node(
    volume: Volume, name: str, scene: slicer.vtkMRMLScene, displayed: bool = True
) -> slicer.vtkMRMLScalarVolumeNode:
    """Add a volume to a scene, with what displays it unless told otherwise."""
    from vtkmodules.vtkCommonDataModel import vtkImageData

    image = vtkImageData()
    image.DeepCopy(oriented_image(volume))
    # A volume node keeps its geometry itself, apart from the image.
    image.SetSpacing(1, 1, 1)
    image.SetOrigin(0, 0, 0)
    node = scene.AddNewNodeByClass("vtkMRMLScalarVolumeNode", name)
    node.SetAndObserveImageData(image)
    node.SetIJKToRASMatrix(vtk_matrix(volume.affine))
    if displayed:
        node.CreateDefaultDisplayNodes()
    return node


def within_bounds(volume: Volume, bounds_mm: tuple[float, float, float, float, float, float]) -> Volume:
    """Return the part of a volume whose voxel centres a box in space may touch.

    Args:
        volume: any axis order, oblique too.
        bounds_mm: lowest and highest R, A and S, as VTK gives bounds.

    Raises:
        InputRefused: the box lies outside the volume.
    """
    low, high = np.array(bounds_mm[0::2]), np.array(bounds_mm[1::2])
    corners = np.array([np.where(choice, high, low) for choice in np.ndindex(2, 2, 2)])
    voxels = volume.grid.to_voxel(corners)
    first = np.maximum(np.floor(voxels.min(axis=0) + 0.5), 0).astype(int)
    last = np.minimum(np.ceil(voxels.max(axis=0) - 0.5), np.array(volume.array.shape) - 1).astype(int)
    if np.any(last < first):
        raise InputRefused("The region of interest lies outside the volume; move it onto the image, or choose none.")
    box = tuple(slice(a, b + 1) for a, b in zip(first, last, strict=True))
    array = volume.array[box]
    i, j, k = (int(n) for n in first)
    return Volume(array, volume.grid.window((i, j, k), array.shape).affine)


def bounds_of_region(roi: slicer.vtkMRMLMarkupsROINode) -> tuple[float, float, float, float, float, float]:
    """Return the box in space that a region of interest fills, transforms included."""
    bounds = [0.0] * 6
    roi.GetRASBounds(bounds)
    return tuple(bounds)  # type: ignore[return-value]
