"""A small made-up label map of a head, in FreeSurfer values, left and right told apart by size."""

from pathlib import Path

import nibabel
import numpy as np

SKIN, FLUID, LEFT_WHITE, RIGHT_WHITE, CEREBELLUM = 511, 24, 2, 41, 8


def a_head_map(size: int = 80) -> np.ndarray:
    """A ball of a head in RAS order: skin, fluid, white matter, a long left and a short right hippocampus."""
    axes = np.meshgrid(*[np.arange(size) - (size - 1) / 2] * 3, indexing="ij")
    radius = np.sqrt(sum(axis**2 for axis in axes))
    values = np.zeros((size, size, size), np.int16)
    values[radius < 36] = SKIN
    values[radius < 30] = FLUID
    values[(radius < 26) & (axes[0] < 0)] = LEFT_WHITE
    values[(radius < 26) & (axes[0] >= 0)] = RIGHT_WHITE
    values[26:32, 32:50, 34:40] = 17
    values[50:54, 36:46, 34:40] = 53
    values[34:46, 20:30, 18:24] = CEREBELLUM
    # The spinal canal leaves the skull downwards; a speck of fluid lies by itself in the skin.
    values[38:42, 38:42, 5:12] = FLUID
    values[6:8, 40, 40] = FLUID
    return values


def save_head_map(values: np.ndarray, path: Path, axis_codes: str = "RAS", spacing_mm: float = 1.0) -> None:
    """Write a label map, stored in another axis order than RAS if asked for."""
    path.parent.mkdir(exist_ok=True)
    affine = np.diag([spacing_mm] * 3 + [1.0])
    image = nibabel.Nifti1Image(values, affine)
    wanted = nibabel.orientations.axcodes2ornt(axis_codes)
    nibabel.save(image.as_reoriented(nibabel.orientations.ornt_transform(nibabel.io_orientation(affine), wanted)), path)
