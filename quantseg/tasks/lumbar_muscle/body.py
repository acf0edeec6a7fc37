"""The body in a plane, and the fat under its skin."""

from __future__ import annotations

import numpy as np
import SimpleITK as sitk

from quantseg.volume.masks import distance_mm, largest_component

# Below the skin, in which a thin person still has fat nearly everywhere but in few places.
_UNDER_SKIN_MM = (2.5, 7.0)
_EDGE_MM = 10.0
_LEAST_PIXELS = 100
_BRIGHTEST_PERCENT, _AIR = 99.0, 0.01


def compressed(picture: np.ndarray) -> np.ndarray:
    """Return a picture in which shading by a coil at the back is no contrast: the logarithm, air cut off, float32."""
    bright = max(float(np.percentile(picture, _BRIGHTEST_PERCENT)), 1e-12)
    return np.asarray(np.log(np.maximum(picture, 0) / bright + _AIR), np.float32)


def body_mask(picture: np.ndarray) -> np.ndarray:
    """Return where a plane shows the body, holes filled, bool, shape (I, J)."""
    image = sitk.GetImageFromArray(compressed(picture))
    bright = sitk.GetArrayFromImage(sitk.OtsuThreshold(image, 0, 1)) > 0
    largest = largest_component(bright[:, :, None])[:, :, 0]
    filled = sitk.BinaryFillhole(sitk.GetImageFromArray(largest.astype(np.uint8)))
    return np.asarray(sitk.GetArrayFromImage(filled) > 0)


def fat_under_skin(picture: np.ndarray, pixel_mm: tuple[float, float]) -> np.ndarray:
    """Return where the fat under the skin is to be expected, bool, shape (I, J); nowhere if it is not shown.

    Args:
        picture: the sum of water and fat, or a single image.
        pixel_mm: size of a pixel.
    """
    outside = ~body_mask(picture)
    depth = distance_mm(outside[:, :, None], (*pixel_mm, min(pixel_mm)))[:, :, 0]
    ring = (depth > _UNDER_SKIN_MM[0]) & (depth <= _UNDER_SKIN_MM[1])
    for axis, mm in enumerate(pixel_mm):
        edge = max(1, round(_EDGE_MM / mm))
        # Where the picture ends, so does not the body.
        index: list[slice] = [slice(None)] * 2
        for index[axis] in (slice(0, edge), slice(-edge, None)):
            ring[tuple(index)] = False
    return ring if np.count_nonzero(ring) >= _LEAST_PIXELS else np.zeros_like(ring)
