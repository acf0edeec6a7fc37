"""Where the object in an image is: the box around what is brighter than air."""

from __future__ import annotations

import numpy as np
import SimpleITK as sitk

from quantseg.volume.masks import components


def box_of_object(image: np.ndarray, margin_voxels: int, least_share: float = 1.0) -> tuple[slice, slice, slice]:
    """Return the box around what is brighter than air, with a little air about it.

    A network normalises by all it is shown: much air, as around an obliquely stored head, would change the greys.

    Args:
        image: intensities, float32, shape (I, J, K).
        margin_voxels: of air on each side, as far as the image goes.
        least_share: how large a connected thing must be, as a share of the largest, to be an object and no speck; with
            1 only the largest is one.

    Returns:
        the box; the whole image where nothing stands out.
    """
    bright = sitk.GetArrayFromImage(sitk.OtsuThreshold(sitk.GetImageFromArray(image), 0, 1)) > 0
    numbered = components(bright)
    sizes = np.bincount(numbered.ravel())
    sizes[0] = 0
    if not sizes.any():
        return slice(None), slice(None), slice(None)
    voxels = np.argwhere((sizes >= least_share * sizes.max())[numbered])
    first = np.maximum(voxels.min(axis=0) - margin_voxels, 0)
    last = np.minimum(voxels.max(axis=0) + margin_voxels, np.array(image.shape) - 1)
    i, j, k = (slice(int(a), int(b) + 1) for a, b in zip(first, last, strict=True))
    return i, j, k
