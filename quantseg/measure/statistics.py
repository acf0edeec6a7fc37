"""What a mask measures: volume, surface, length and the intensities under it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from quantseg.measure.surface import surface_area_mm2
from quantseg.volume import Grid, Volume


@dataclass(frozen=True)
class MaskStatistics:
    """Numbers of one mask; None where an empty mask (or one voxel, for the SD) has none.

    Attributes:
        voxel_count: number of voxels.
        volume_mm3: voxel count x voxel volume, the latter from the affine's determinant.
        surface_mm2: area of the closed surface, see :func:`quantseg.measure.surface.surface_area_mm2`.
        length_mm: extent along the long axis, each voxel counted with its width.
        mean_intensity: mean of the finite intensities, in the image's own unit.
        sd_intensity: their sample standard deviation (n - 1), as Slicer's Segment Statistics (vtkImageAccumulate).
    """

    voxel_count: int
    volume_mm3: float
    surface_mm2: float | None = None
    length_mm: float | None = None
    mean_intensity: float | None = None
    sd_intensity: float | None = None


def bounding_box(mask: np.ndarray) -> tuple[slice, slice, slice] | None:
    """Return the smallest box that holds every true (non-zero) voxel of a 3D array; None if there is none."""
    box = []
    for axis in range(3):
        others = tuple(other for other in range(3) if other != axis)
        occupied = np.flatnonzero(mask.any(axis=others))
        if not len(occupied):
            return None
        box.append(slice(int(occupied[0]), int(occupied[-1]) + 1))
    return box[0], box[1], box[2]


def crop(volume: Volume, box: tuple[slice, slice, slice]) -> Volume:
    """Return the part of a volume inside a box of voxels, at its place in space."""
    array = volume.array[box]
    start = (box[0].start, box[1].start, box[2].start)
    return Volume(array, volume.grid.window(start, array.shape).affine)


def measure_mask(mask: np.ndarray, image: Volume, axis: np.ndarray | None = None) -> MaskStatistics:
    """Measure one mask.

    Args:
        mask: boolean, on the image's grid, ijk order.
        image: intensities.
        axis: unit vector in RAS along which the length is taken; by default the mask's own long axis. A part is
            best measured along the long axis of the whole that it belongs to.

    Returns:
        the numbers; an empty mask has a volume of 0 and no others.
    """
    box = bounding_box(mask)
    if box is None:
        return MaskStatistics(voxel_count=0, volume_mm3=0.0)
    cropped, mask = crop(image, box), mask[box]
    count = int(np.count_nonzero(mask))
    intensities = cropped.array[mask].astype(float)
    intensities = intensities[np.isfinite(intensities)]
    return MaskStatistics(
        voxel_count=count,
        volume_mm3=count * cropped.voxel_volume_mm3,
        surface_mm2=surface_area_mm2(mask, cropped.affine),
        length_mm=_extent_mm(mask, cropped.grid, long_axis(mask, cropped.grid) if axis is None else axis),
        mean_intensity=float(intensities.mean()) if len(intensities) else None,
        sd_intensity=float(intensities.std(ddof=1)) if len(intensities) > 1 else None,
    )


def long_axis(mask: np.ndarray, grid: Grid) -> np.ndarray:
    """Return the direction in which a mask is longest: the first principal axis of its voxels.

    Args:
        mask: boolean, not empty, ijk order.
        grid: where its voxels lie.

    Returns:
        unit vector in RAS, shape (3,); its sign is arbitrary.
    """
    positions_mm = grid.to_world(np.argwhere(mask))
    centred = positions_mm - positions_mm.mean(axis=0)
    return np.linalg.eigh(centred.T @ centred)[1][:, -1]


def _extent_mm(mask: np.ndarray, grid: Grid, axis: np.ndarray) -> float:
    along_mm = grid.to_world(np.argwhere(mask)) @ axis
    # The outermost voxels count with half their width each; a voxel's width along a direction is taken as the
    # length of its edges' projections in the root-sum-of-squares sense: exact along an edge, and for cubes the
    # same in every direction.
    voxel_width_mm = float(np.linalg.norm(axis @ grid.affine[:3, :3]))
    return float(along_mm.max() - along_mm.min()) + voxel_width_mm
