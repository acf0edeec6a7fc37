"""Where in the plane the heart lies, from a first coarse look at every slice."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import SimpleITK as sitk

_LIKELY = 0.5


@dataclass(frozen=True)
class HeartRegion:
    """The rectangle that holds the heart in every slice, as shares of the field of view from 0 to 1.

    Attributes:
        first: its lower corner along i and j.
        last: its upper corner.
        found: whether the look showed a heart at all; the middle of the image stands in for it otherwise.
    """

    first: tuple[float, float]
    last: tuple[float, float]
    found: bool


def heart_region(heart_probability: np.ndarray) -> HeartRegion:
    """Return the rectangle around the one connected area that most slices agree is the heart.

    Args:
        heart_probability: of any structure of the heart, shape (K, I, J).

    Returns:
        the region. A false finding elsewhere in a few slices does not move it.
    """
    likely = heart_probability > _LIKELY
    if not likely.any():
        return HeartRegion((0.5, 0.5), (0.5, 0.5), found=False)
    evidence = np.where(likely, heart_probability, 0).sum(axis=0)
    components = sitk.GetArrayFromImage(
        sitk.ConnectedComponent(sitk.GetImageFromArray((evidence > 0).astype(np.uint8)))
    )
    chosen = components == np.bincount(components.ravel(), weights=evidence.ravel())[1:].argmax() + 1
    corners = []
    for axis in (0, 1):
        used = np.flatnonzero(chosen.any(axis=1 - axis))
        corners.append((used[0] / chosen.shape[axis], (used[-1] + 1) / chosen.shape[axis]))
    (first_i, last_i), (first_j, last_j) = corners
    return HeartRegion((first_i, first_j), (last_i, last_j), found=True)


def window_around(
    region: HeartRegion, size: tuple[int, int], least: tuple[int, int], margin: int, multiple: int
) -> tuple[tuple[int, int], tuple[int, int]]:
    """Return the window of pixels in which the heart is looked at closely.

    Args:
        region: from :func:`heart_region`.
        size: pixels of the field of view along i and j.
        least: smallest window.
        margin: pixels that must lie on each side of the region.
        multiple: what the network's strides divide by.

    Returns:
        first pixel (it may be negative: the window may stick out) and size, along i and j.
    """
    starts, sizes = [], []
    for axis in (0, 1):
        first, last = region.first[axis] * size[axis], region.last[axis] * size[axis]
        wanted = -(-int(np.ceil(last - first + 2 * margin)) // multiple) * multiple
        length = max(least[axis], wanted)
        starts.append(round((first + last - length) / 2))
        sizes.append(length)
    return (starts[0], starts[1]), (sizes[0], sizes[1])
