"""Made PET scans of a brain, and of things that are none."""

import nibabel
import numpy as np
from scipy import ndimage

VOXEL_MM = 2.0
SHAPE = (84, 100, 40)
CORTEX, WHITE, FLUID = 8.0, 2.2, 0.4


def made_brain():
    """Return a brain of ellipsoids without noise: cortex, white matter, two ventricles, uptake values, float32."""
    i, j, k = (np.indices(SHAPE) - (np.array(SHAPE) - 1).reshape(3, 1, 1, 1) / 2) * VOXEL_MM
    outer = np.sqrt((i / 66) ** 2 + (j / 82) ** 2 + (k / 60) ** 2)
    folds = 0.06 * np.sin(np.arctan2(j, np.abs(i) + 1) * 14) * np.cos(k / 9)
    image = np.where(outer < 1, CORTEX, 0.0)
    image[outer + folds < 0.8] = WHITE
    image[(np.abs(np.abs(i) - 10) < 5) & (np.abs(j) < 25) & (np.abs(k) < 16)] = FLUID
    image[(np.abs(np.abs(i) - 26) < 7) & (np.abs(j - 8) < 18) & (np.abs(k) < 14)] = CORTEX
    return ndimage.gaussian_filter(image, 1.2).astype(np.float32)


def with_noise(image, share, seed=0):
    """Return an image with noise of neighbours alike, its SD a share of the brain's mean where there is that much."""
    noise = ndimage.gaussian_filter(np.random.default_rng(seed).normal(size=image.shape), 0.7)
    mean = float(image[image > 1].mean())
    sd = share * mean * np.sqrt(np.maximum(image, 0.02 * mean) / mean)
    return np.maximum(image + sd * noise / noise.std(), 0).astype(np.float32)


def save(array, path, affine=None):
    """Write an image as a NIfTI and return its path."""
    nibabel.save(nibabel.Nifti1Image(array, np.diag([VOXEL_MM] * 3 + [1.0]) if affine is None else affine), path)
    return path


def made_phantom():
    """Return a body phantom: a warm cylinder as wide as a trunk with six hot spheres, as NEMA's, float32."""
    shape = (160, 120, 40)
    i, j, k = (np.indices(shape) - (np.array(shape) - 1).reshape(3, 1, 1, 1) / 2) * VOXEL_MM
    image = np.where((i / 150) ** 2 + (j / 110) ** 2 < 1, 1.0, 0.0)
    for number, diameter in enumerate((10, 13, 17, 22, 28, 37)):
        x, y = 57 * np.cos(number * np.pi / 3), 57 * np.sin(number * np.pi / 3)
        image[(i - x) ** 2 + (j - y) ** 2 + k**2 < (diameter / 2) ** 2] = 4.0
    return ndimage.gaussian_filter(image, 1.2).astype(np.float32)
