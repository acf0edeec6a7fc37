"""Where in the plane the heart lies, and which way round, from a coarse pass over every slice."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import SimpleITK as sitk

_LIKELY = 0.5
# With less of the heart than this called right ventricle, the way to it says nothing.
_LEAST_RIGHT_SHARE = 0.05


@dataclass(frozen=True)
class HeartRegion:
    """The rectangle that holds the heart in every slice.

    Attributes:
        centre_mm: its middle along i and j, from the outer corner of the first pixel.
        extent_mm: its sides; the first one runs along the way from the right ventricle to the left where that is known.
        turn: direction of the first side, in radians from i towards j; None where nothing tells right from left, and
            the sides run along i and j.
        found: whether the coarse pass showed a heart at all; the middle of the image stands in for it otherwise.
    """

    centre_mm: tuple[float, float]
    extent_mm: tuple[float, float]
    turn: float | None
    found: bool


def heart_region(
    heart_probability: np.ndarray, pixel_mm: tuple[float, float], right_probability: np.ndarray | None = None
) -> HeartRegion:
    """Return the rectangle around the one connected area that most slices agree is the heart.

    Args:
        heart_probability: of any structure of the heart, shape (K, I, J).
        pixel_mm: distance between pixels along i and j.
        right_probability: of the right ventricle's cavity, same shape; None where the model does not know it.

    Returns:
        the region. A false finding elsewhere in a few slices does not move it.
    """
    likely = heart_probability > _LIKELY
    if not likely.any():
        i, j = (n * mm / 2 for n, mm in zip(likely.shape[1:], pixel_mm, strict=True))
        return HeartRegion((i, j), (0.0, 0.0), None, found=False)
    evidence = np.where(likely, heart_probability, 0).sum(axis=0)
    components = sitk.GetArrayFromImage(
        sitk.ConnectedComponent(sitk.GetImageFromArray((evidence > 0).astype(np.uint8)))
    )
    chosen = components == np.bincount(components.ravel(), weights=evidence.ravel())[1:].argmax() + 1
    places_mm = (np.argwhere(chosen) + 0.5) * pixel_mm
    turn = None
    if right_probability is not None:
        inside = likely & chosen
        right = np.where(inside, right_probability, 0).sum(axis=0)[chosen]
        turn = _from_right_to_left(places_mm, right, evidence[chosen] - right)
    axes = turned_axes(turn or 0.0)
    along = places_mm @ axes
    first, last = along.min(axis=0), along.max(axis=0)
    centre_i, centre_j = axes @ (first + last) / 2
    sides = last - first + np.abs(axes.T) @ pixel_mm
    return HeartRegion((float(centre_i), float(centre_j)), (float(sides[0]), float(sides[1])), turn, found=True)


def turned_axes(angle: float) -> np.ndarray:
    """Return both axes turned by an angle in radians, from the first towards the second, as columns, shape (2, 2)."""
    cosine, sine = np.cos(angle), np.sin(angle)
    return np.array([[cosine, -sine], [sine, cosine]])


def _from_right_to_left(places_mm: np.ndarray, right: np.ndarray, left: np.ndarray) -> float | None:
    """Return the direction from the right to the left ventricle, whose weights lie at these places."""
    if right.sum() < _LEAST_RIGHT_SHARE * (right.sum() + left.sum()) or left.sum() <= 0:
        return None
    way = np.average(places_mm, axis=0, weights=left) - np.average(places_mm, axis=0, weights=right)
    # Whole milliradians: slices and frames in another order add up to the same sum but for its last digits.
    return round(float(np.arctan2(way[1], way[0])), 3)
