"""Where a picture ends: at the edge of the scan, or where a blanked part of it begins."""

from __future__ import annotations

import numpy as np

# Values that differ by this share of an image's range are the same, but for the rounding of a resampling.
_SINGLE_VALUE = 1e-4


def with_content(image: np.ndarray, in_view: np.ndarray) -> np.ndarray:
    """Return what is in view without the slabs at its faces that hold a single value: padding, or a blanked part.

    The plane next to such a slab goes too: resampling has mixed it with what is blank.

    Args:
        image: intensities, shape (I, J, K).
        in_view: which voxels lie inside the scan, same shape.
    """
    content = in_view.copy()
    rounding = _SINGLE_VALUE * float(np.ptp(image))
    for axis in range(3):
        planes = np.moveaxis(image, axis, 0).reshape(image.shape[axis], -1)
        filled = np.flatnonzero(np.ptp(planes, axis=1) > rounding)
        if len(filled):
            first, last = int(filled[0]), int(filled[-1])
            along = np.moveaxis(content, axis, 0)
            along[: first + 1 if first else 0] = False
            along[last if last + 1 < len(planes) else last + 1 :] = False
    return content
