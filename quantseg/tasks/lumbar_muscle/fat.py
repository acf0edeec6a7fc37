"""How much of each pixel is fat: from water and fat, or by a threshold between two classes of one image."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum

import numpy as np

from quantseg.tasks.lumbar_muscle.body import fat_under_skin
from quantseg.volume.masks import distance_mm

FAT_MAP = "fat_fraction"
"""Name of the map that a result has beside its labels."""
# Of the brightest pixels: below it there is as much noise as signal, and no fraction.
_LEAST_SIGNAL = 0.03
_BRIGHTEST_PERCENT = 99.5
# Fat beside muscles, by which they are compared: as near as this, so that the coils' shading is alike.
_BESIDE_MM = 8.0
_FAT_PERCENT, _LEAN_PERCENT = 85, 35
_LEAST_CONTRAST = 1.35
# Shown as 0; in a file 0 itself stands for unknown.
_LEAST_KNOWN_PERCENT = 1e-6


class FatSource(Enum):
    """How a share of fat was found."""

    DIXON = "dixon"
    THRESHOLD = "threshold"
    NONE = "none"


@dataclass(frozen=True)
class PlaneFat:
    """The fat of a plane.

    Attributes:
        percent: of each pixel, float32, shape (I, J); not-a-number where it is unknown.
        source: how it was found.
    """

    percent: np.ndarray
    source: FatSource


def fraction(water: np.ndarray, fat: np.ndarray) -> np.ndarray:
    """Return fat / (water + fat) in per cent, float32; not-a-number where there is hardly a signal.

    Noise about zero makes it neither less than 0 nor more than 100.
    """
    total = water + fat
    least = _LEAST_SIGNAL * float(np.percentile(total, _BRIGHTEST_PERCENT))
    with np.errstate(divide="ignore", invalid="ignore"):
        percent = np.clip(100 * fat / total, 0, 100)
    return np.where(total > max(least, 0), percent, np.nan).astype(np.float32)


def fat_of_plane(pictures: np.ndarray, labels: np.ndarray, pixel_mm: tuple[float, float]) -> PlaneFat:
    """Return the fat of a plane whose muscles are outlined.

    Args:
        pictures: water and fat, in this order, or one image alone, float32, shape (2 or 1, I, J).
        labels: of the muscles.
        pixel_mm: size of a pixel.
    """
    if len(pictures) == 1:
        return fat_by_threshold(pictures[0], labels, pixel_mm)
    return PlaneFat(fraction(pictures[0], pictures[1]), FatSource.DIXON)


def put_right(pictures: np.ndarray, labels: np.ndarray, pixel_mm: tuple[float, float]) -> np.ndarray:
    """Return water and fat in this order, whichever came first, or one image as it is; as :func:`fat_of_plane`."""
    exchanged = len(pictures) == 2 and is_swapped(pictures[0], pictures[1], labels, pixel_mm)
    return pictures[::-1] if exchanged else pictures


def source_of(planes: Iterable[PlaneFat]) -> FatSource:
    """Return how the fat of a case was found: as in those of its planes of which there is any known."""
    return next((one.source for one in planes if one.source is not FatSource.NONE), FatSource.NONE)


def as_map(percent: np.ndarray) -> np.ndarray:
    """Return shares of fat as files and scenes keep them: 0 where unknown, and so no known share is quite 0."""
    known = np.isfinite(percent)
    return np.where(known, np.maximum(percent, _LEAST_KNOWN_PERCENT), 0).astype(np.float32)


def from_map(kept: np.ndarray) -> np.ndarray:
    """Return what :func:`as_map` was given, not-a-number where it is unknown."""
    return np.where(kept > 0, kept, np.nan).astype(np.float32)


def is_swapped(water: np.ndarray, fat: np.ndarray, labels: np.ndarray, pixel_mm: tuple[float, float]) -> bool:
    """Tell whether water and fat are exchanged: the layer under the skin shows less "fat" than the muscles do.

    Args:
        water: what is called so, shape (I, J).
        fat: what is called so.
        labels: of the muscles.
        pixel_mm: size of a pixel.
    """
    percent = fraction(water, fat)
    ring, muscles = fat_under_skin(water + fat, pixel_mm), labels > 0
    under_skin, within = (percent[mask & np.isfinite(percent)] for mask in (ring, muscles))
    if not under_skin.size or not within.size:
        return False
    return bool(np.median(under_skin) < 50 and np.median(under_skin) < np.median(within))


def fat_by_threshold(picture: np.ndarray, labels: np.ndarray, pixel_mm: tuple[float, float]) -> PlaneFat:
    """Call each pixel fat that is nearer to the fat beside the muscles than to lean muscle.

    Args:
        picture: one image in which fat is bright, such as T1.
        labels: of the muscles.
        pixel_mm: size of a pixel.

    Returns:
        0 or 100 in each pixel; no fraction where fat is not clearly brighter than muscle.
    """
    unknown = PlaneFat(np.full(picture.shape, np.nan, np.float32), FatSource.NONE)
    muscles = labels > 0
    if not muscles.any():
        return unknown
    far = distance_mm(muscles[:, :, None], (*pixel_mm, min(pixel_mm)))[:, :, 0]
    beside = (far > 0) & (far <= _BESIDE_MM)
    lean = float(np.percentile(picture[muscles], _LEAN_PERCENT))
    fat = float(np.percentile(picture[beside], _FAT_PERCENT))
    if lean <= 0 or fat < _LEAST_CONTRAST * lean:
        return unknown
    return PlaneFat(np.where(picture > (lean + fat) / 2, 100, 0).astype(np.float32), FatSource.THRESHOLD)
