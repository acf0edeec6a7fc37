"""Image and labels sampled on the plane of a picture, whatever the axis order or obliquity of the scan."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

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
        if not mask.any():
            continue
        inside = resample(Volume(mask.astype(np.float32), part.affine), plane, "linear", antialias=False)
        picture = inside.array[:, :, 0].T >= 0.5
        if picture.any():
            pictures[value] = picture
    return pictures


def outline(mask: np.ndarray, thickness: int = 1) -> np.ndarray:
    """Return the pixels of a boolean picture within ``thickness`` pixels of its edge, inside it."""
    inner = mask
    for _ in range(thickness):
        padded = np.pad(inner, 1)
        inner = inner & padded[:-2, 1:-1] & padded[2:, 1:-1] & padded[1:-1, :-2] & padded[1:-1, 2:]
    return np.asarray(mask & ~inner)
