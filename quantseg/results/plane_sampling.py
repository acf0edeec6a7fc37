"""Image and labels sampled on the plane of a picture, whatever the axis order or obliquity of the scan."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product

import numpy as np

from quantseg.measure.statistics import bounding_box
from quantseg.volume import Grid, Volume, resample
from quantseg.volume.resampling import part_around


def sample_image(volume: Volume, plane: Grid) -> np.ndarray:
    """Sample intensities on a plane by cubic interpolation.

    Args:
        volume: intensities.
        plane: grid with one voxel along k.

    Returns:
        float32, shape (rows, columns) as pictures are stored; not-a-number outside the scan.
    """
    part = part_around(volume, plane)
    values = np.nan_to_num(part.array.astype(np.float32, copy=False))
    sampled = resample(Volume(values, part.affine), plane, "cubic", fill=np.nan, antialias=False)
    return sampled.array[:, :, 0].T


def sample_labels(labels: Volume, plane: Grid, values: Sequence[int]) -> dict[int, np.ndarray]:
    """Sample each label on a plane; its edge lies where linear interpolation passes one half.

    Args:
        labels: label map.
        plane: grid with one voxel along k.
        values: label values to look for.

    Returns:
        a boolean picture of shape (rows, columns) for each value that lies on the plane.
    """
    part = part_around(labels, plane)
    pictures = {}
    for value in values:
        mask = part.array == value
        box = bounding_box(mask)
        window = None if box is None else _window_over(box, part.grid, plane)
        if window is None:
            continue
        shown = plane.window((window[0].start, window[1].start, 0), (*(side.stop - side.start for side in window), 1))
        inside = resample(Volume(mask.astype(np.float32), part.affine), shown, "linear", antialias=False)
        picture = np.zeros(plane.shape[1::-1], bool)
        picture[window[::-1]] = inside.array[:, :, 0].T >= 0.5
        if picture.any():
            pictures[value] = picture
    return pictures


def _window_over(box: tuple[slice, slice, slice], grid: Grid, plane: Grid) -> tuple[slice, slice] | None:
    """Return the part of a plane onto which a box of voxels, half a voxel larger, falls; None where they do not meet.

    Args:
        box: of voxels of ``grid``.
        grid: in the same space as the plane.
        plane: grid with one voxel along k.
    """
    ends = np.array([(side.start - 1, side.stop) for side in box])
    corners = np.array(list(product(*ends)))
    places = plane.to_voxel(grid.to_world(corners))[:, :2]
    first = np.maximum(np.floor(places.min(axis=0)), 0).astype(int)
    last = np.minimum(np.ceil(places.max(axis=0)), np.array(plane.shape[:2]) - 1).astype(int)
    if np.any(last < first):
        return None
    return slice(int(first[0]), int(last[0]) + 1), slice(int(first[1]), int(last[1]) + 1)


def outline(mask: np.ndarray, thickness: int = 1) -> np.ndarray:
    """Return the pixels of a boolean picture within ``thickness`` pixels of its edge, inside it."""
    inner = mask
    for _ in range(thickness):
        padded = np.pad(inner, 1)
        inner = inner & padded[:-2, 1:-1] & padded[2:, 1:-1] & padded[1:-1, :-2] & padded[1:-1, 2:]
    return np.asarray(mask & ~inner)
