"""How bright and how noisy a PET image is where there is activity: what the network is told beside the image."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import SimpleITK as sitk

from quantseg.measure.noise import noise_sd
from quantseg.volume.masks import largest_component

_SMOOTH_VOXELS = 3.0
_BRIGHT_PERCENT, _SHARE_OF_BRIGHT = 90.0, 0.45
_AXIAL = (2,)
_LEAST_NOISE = 0.005


@dataclass(frozen=True)
class Level:
    """What an image is measured against.

    Attributes:
        region: where there is most activity, in a head the brain; bool, shape (I, J, K).
        mean: of the image in it.
        noise: SD of the image's noise in it, relative to the mean, as slices tell it that lie two apart: a filter after
            the reconstruction makes neighbours alike.
        noise_of_neighbours: the same by slices that lie next to each other; how much less it is tells of the filter.
    """

    region: np.ndarray
    mean: float
    noise: float
    noise_of_neighbours: float


def level_of(image: np.ndarray) -> Level:
    """Return how bright and how noisy an image of voxels of 2 mm is.

    Args:
        image: at least six slices with activity, float32, shape (I, J, K), K along the body.

    Raises:
        ValueError: nothing is brighter than zero.
    """
    smooth = smoothed(image, _SMOOTH_VOXELS)
    positive = smooth[smooth > 0]
    if not positive.size:
        raise ValueError("The image shows no activity.")
    # Of what is brighter than the air around, whose share of the image says nothing. A hot lesion of a slab can be
    # more than some per cent of that, but hardly a tenth.
    bright = np.percentile(positive[positive > 0.1 * positive.max()], _BRIGHT_PERCENT)
    region = largest_component(smooth > _SHARE_OF_BRIGHT * bright)
    mean = float(image[region].mean(dtype=np.float64))
    near = noise_sd(image, region, _AXIAL)
    far = np.mean([noise_sd(image[:, :, first::2], region[:, :, first::2], _AXIAL) for first in (0, 1)])
    return Level(region, mean, max(float(far) / mean, _LEAST_NOISE), max(near / mean, _LEAST_NOISE))


def smoothed(image: np.ndarray, sd_voxels: float) -> np.ndarray:
    """Return an image, smoothed by a Gaussian, float32."""
    found = sitk.SmoothingRecursiveGaussian(sitk.GetImageFromArray(np.asarray(image, np.float32)), sd_voxels)
    return sitk.GetArrayFromImage(found)
