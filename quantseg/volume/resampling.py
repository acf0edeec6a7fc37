"""Values carried from one grid to another through space, by SimpleITK."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np

from quantseg.volume.geometry import Grid, Volume

if TYPE_CHECKING:
    import SimpleITK as sitk

_LPS_FROM_RAS = np.diag([-1.0, -1.0, 1.0, 1.0])
_AXIS_ALIGNED_TOLERANCE = 1e-4
# Reach of the smoothing before going to a coarser grid, and of the interpolation kernel.
_MARGIN_SPACINGS = 3
_MARGIN_VOXELS = 4
_INTERPOLATORS = {"linear": "sitkLinear", "nearest": "sitkNearestNeighbor", "cubic": "sitkBSpline3"}


def as_sitk(volume: Volume) -> sitk.Image:
    """Return the volume as a SimpleITK image (LPS, kji memory order); values are copied."""
    import SimpleITK as sitk

    image = sitk.GetImageFromArray(np.ascontiguousarray(volume.array.T))
    lps = _LPS_FROM_RAS @ volume.affine
    spacing_mm = np.array(volume.spacing_mm)
    image.SetSpacing([float(s) for s in spacing_mm])
    image.SetDirection((lps[:3, :3] / spacing_mm).ravel().tolist())
    image.SetOrigin(lps[:3, 3].tolist())
    return image


def from_sitk(image: sitk.Image) -> Volume:
    """Return a three-dimensional SimpleITK image as a volume in ijk order with a RAS affine."""
    import SimpleITK as sitk

    direction = np.array(image.GetDirection()).reshape(3, 3)
    lps = np.eye(4)
    lps[:3, :3] = direction * np.array(image.GetSpacing())
    lps[:3, 3] = image.GetOrigin()
    return Volume(np.ascontiguousarray(sitk.GetArrayFromImage(image).T), _LPS_FROM_RAS @ lps)


def is_axis_aligned(affine: np.ndarray) -> bool:
    """Tell whether each voxel axis runs along one axis of space."""
    directions = np.abs(affine[:3, :3] / np.linalg.norm(affine[:3, :3], axis=0))
    return bool(np.all(np.minimum(directions, 1 - directions) < _AXIS_ALIGNED_TOLERANCE))


def aligned_grid(grid: Grid, spacing_mm: float) -> Grid:
    """Return an isotropic grid along the axes of space that covers ``grid``.

    It is centred on the volume, so that a mirrored volume gets the mirrored grid. A canonical grid that already
    runs along the axes with that spacing is returned unchanged: nothing is interpolated that need not be.
    """
    if is_axis_aligned(grid.affine) and np.allclose(grid.spacing_mm, spacing_mm, atol=1e-3):
        return grid
    corners = grid.to_world(np.array(list(np.ndindex(2, 2, 2))) * (np.array(grid.shape) - 1))
    half_voxel_mm = np.abs(grid.affine[:3, :3]).sum(axis=1) / 2
    extent_mm = corners.max(axis=0) - corners.min(axis=0) + 2 * half_voxel_mm
    i, j, k = (max(1, int(n)) for n in np.ceil(extent_mm / spacing_mm - 1e-3))
    affine = np.diag([spacing_mm, spacing_mm, spacing_mm, 1.0])
    affine[:3, 3] = grid.centre_mm - (np.array([i, j, k]) - 1) / 2 * spacing_mm
    return Grid((i, j, k), affine)


def resample(
    volume: Volume,
    grid: Grid,
    interpolation: Literal["linear", "nearest", "cubic"] = "linear",
    fill: float = 0.0,
    antialias: bool = True,
) -> Volume:
    """Sample a volume at the voxel centres of another grid.

    Args:
        volume: values to carry over; integers become float32 unless ``interpolation`` is "nearest".
        grid: where to sample.
        interpolation: "nearest" for labels.
        fill: value outside the volume.
        antialias: smooth before going to a coarser grid (Gaussian whose SD is 0.42 of the coarser spacing, in
            the root-sum-of-squares sense), as a scanner of that resolution would.

    Returns:
        the values on ``grid``.
    """
    if volume.grid.same_as(grid):
        return Volume(volume.array.copy(), grid.affine)
    import SimpleITK as sitk

    source = part_around(volume, grid)
    if interpolation != "nearest":
        source = Volume(source.array.astype(np.float32, copy=False), source.affine)
    image = as_sitk(source)
    if antialias and interpolation != "nearest":
        image = _smooth_for(image, grid)
    lps = _LPS_FROM_RAS @ grid.affine
    spacing_mm = np.array(grid.spacing_mm)
    sampled = sitk.Resample(
        image,
        [int(n) for n in grid.shape],
        sitk.Transform(3, sitk.sitkIdentity),
        getattr(sitk, _INTERPOLATORS[interpolation]),
        lps[:3, 3].tolist(),
        [float(s) for s in spacing_mm],
        (lps[:3, :3] / spacing_mm).ravel().tolist(),
        float(fill),
    )
    return Volume(np.ascontiguousarray(sitk.GetArrayFromImage(sampled).T), grid.affine)


def part_around(volume: Volume, grid: Grid) -> Volume:
    """Return the part of a volume that sampling on ``grid`` can reach, so that cost follows the smaller of both."""
    corners_mm = grid.to_world(np.array(list(np.ndindex(2, 2, 2))) * (np.array(grid.shape) - 1))
    corners = volume.grid.to_voxel(corners_mm)
    margin = np.ceil(_MARGIN_SPACINGS * max(grid.spacing_mm) / np.array(volume.spacing_mm)) + _MARGIN_VOXELS
    shape = np.array(volume.array.shape)
    first = np.clip(np.floor(corners.min(axis=0) - margin), 0, shape - 1).astype(int)
    last = np.clip(np.ceil(corners.max(axis=0) + margin), first, shape - 1).astype(int)
    i, j, k = (int(n) for n in first)
    box = tuple(slice(a, b + 1) for a, b in zip(first, last, strict=True))
    part = volume.array[box]
    return Volume(part, volume.grid.window((i, j, k), part.shape).affine)


def _smooth_for(image: sitk.Image, grid: Grid) -> sitk.Image:
    import SimpleITK as sitk

    target_mm = float(np.max(grid.spacing_mm))
    source_mm = np.array(image.GetSpacing())
    # 0.42 of a spacing is the SD of a Gaussian whose full width at half maximum is that spacing.
    sigma_mm = 0.42 * np.sqrt(np.maximum(target_mm**2 - source_mm**2, 0.0))
    if not np.any(sigma_mm > 0.1 * source_mm):
        return image
    return sitk.DiscreteGaussian(image, (np.maximum(sigma_mm, 1e-3) ** 2).tolist(), 16, 0.01, True)


def resample_through(volume: Volume, grid: Grid, to_volume: np.ndarray, fill: float = 0.0) -> Volume:
    """Sample a volume, linearly, on a grid of another space.

    Args:
        volume: values to carry over, as float32.
        grid: where to sample, in its own space.
        to_volume: 4x4 matrix from RAS in mm of the grid's space to RAS in mm of the volume's; may scale and shear.
        fill: value outside the volume.
    """
    import SimpleITK as sitk

    matrix = _LPS_FROM_RAS @ to_volume @ _LPS_FROM_RAS
    transform = sitk.AffineTransform(matrix[:3, :3].ravel().tolist(), matrix[:3, 3].tolist())
    like = as_sitk(Volume(np.zeros(grid.shape, np.uint8), grid.affine))
    image = as_sitk(Volume(volume.array.astype(np.float32, copy=False), volume.affine))
    sampled = sitk.Resample(image, like, transform, sitk.sitkLinear, float(fill))
    return Volume(np.ascontiguousarray(sitk.GetArrayFromImage(sampled).T), grid.affine)
