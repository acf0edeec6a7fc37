"""Masks in three dimensions: their connected structures, grown and shrunk, and how far they are."""

from __future__ import annotations

import numpy as np
import SimpleITK as sitk


def components(mask: np.ndarray) -> np.ndarray:
    """Number the connected structures of a mask; voxels that share a corner are connected."""
    return sitk.GetArrayFromImage(sitk.ConnectedComponent(sitk.GetImageFromArray(mask.astype(np.uint8)), True))


def largest_component(mask: np.ndarray) -> np.ndarray:
    """Return the largest connected structure of a mask; an empty one for an empty mask."""
    numbered = components(mask)
    sizes = np.bincount(numbered.ravel())
    sizes[0] = 0
    return np.asarray((numbered == sizes.argmax()) & mask)


def grown(mask: np.ndarray, voxels: int | tuple[int, int, int]) -> np.ndarray:
    """Add all voxels within a distance, the same along every axis or one for each of i, j and k."""
    radii = (voxels,) * 3 if isinstance(voxels, int) else voxels
    image = sitk.GetImageFromArray(mask.astype(np.uint8))
    # SimpleITK counts axes the other way round.
    return sitk.GetArrayFromImage(sitk.BinaryDilate(image, radii[::-1], sitk.sitkBall)) > 0


def shrunk(mask: np.ndarray, corners: bool = True) -> np.ndarray:
    """Take one voxel off a mask, also where it ends with the array.

    Args:
        mask: shape (I, J, K).
        corners: whether a neighbour that shares only an edge or a corner counts, beside those that share a face.
    """
    padded = sitk.GetImageFromArray(np.pad(mask.astype(np.uint8), 1))
    kernel = sitk.sitkBox if corners else sitk.sitkCross
    return sitk.GetArrayFromImage(sitk.BinaryErode(padded, [1] * 3, kernel))[1:-1, 1:-1, 1:-1] > 0


def distance_mm(mask: np.ndarray, spacing_mm: tuple[float, float, float]) -> np.ndarray:
    """Return how far each voxel's centre lies from the nearest one of a mask.

    Args:
        mask: shape (I, J, K).
        spacing_mm: between neighbouring voxels along i, j and k, which stand at right angles.

    Returns:
        0 in the mask, infinite everywhere where it is empty; in mm, same shape.
    """
    if not mask.any():
        return np.full(mask.shape, np.inf)
    image = sitk.GetImageFromArray(mask.astype(np.uint8))
    image.SetSpacing(spacing_mm[::-1])
    signed = sitk.SignedMaurerDistanceMap(image, insideIsPositive=False, squaredDistance=False, useImageSpacing=True)
    return np.where(mask, 0.0, sitk.GetArrayFromImage(signed))
