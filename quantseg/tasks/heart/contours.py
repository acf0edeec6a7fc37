"""Inner and outer contour of the left ventricular wall in one slice, finer than its pixels, and the wall between."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from quantseg.tasks.heart.anatomy import HeartLabel

ANGLE_COUNT = 120
ANGLES = (np.arange(ANGLE_COUNT) + 0.5) * (2 * np.pi / ANGLE_COUNT)
"""Directions of a contour's points: middles of equal wedges around the cavity, in radians from i towards j."""

# Each pixel is cut into this many parts along i and j, so that a wedge takes its share of it.
_PARTS = 4
# Waves around the circumference that a contour keeps: more would follow the pixels' corners.
_HARMONICS = 6
_SMALLEST_CAVITY_PIXELS = 6
_NEWTON_STEPS = 12
# A chord is at most about as long as the wall along the radius; beside a cavity of a few pixels, the search for its
# end would run past the centre.
_LONGEST_PER_RADIAL = 1.2
# Share of the circumference on which muscle must lie between cavity and outside for the wall to be measured.
_LEAST_CLOSED_SHARE = 0.9


@dataclass(frozen=True)
class WallContours:
    """Both contours of one slice as distances from the cavity's centre.

    Attributes:
        centre_mm: centre of the cavity in plane: index x pixel size along i and j, shape (2,).
        inner_mm: distance of the inner contour in the directions ``ANGLES``, shape (A,).
        outer_mm: distance of the outer contour, same shape.
    """

    centre_mm: np.ndarray
    inner_mm: np.ndarray
    outer_mm: np.ndarray


def wall_contours(labels: np.ndarray, pixel_mm: tuple[float, float]) -> WallContours | None:
    """Find both contours from the areas that they enclose in each wedge.

    The distance r of a wedge of angle w and area A is sqrt(2 A / w): no pixel's corner moves it, and the contours
    enclose just the labelled areas.

    Args:
        labels: one slice, shape (I, J).
        pixel_mm: distance between pixels along i and j.

    Returns:
        the contours; None where the cavity is tiny or the muscle does not surround it.
    """
    cavity = labels == HeartLabel.LV_CAVITY
    if np.count_nonzero(cavity) < _SMALLEST_CAVITY_PIXELS:
        return None
    wall = labels == HeartLabel.LV_MYOCARDIUM
    centre_mm = np.argwhere(cavity).mean(axis=0) * pixel_mm
    wall_mm2 = _wedge_areas_mm2(wall, centre_mm, pixel_mm)
    # Half a pixel of muscle in a wedge at the cavity's edge is the least that can be told from none.
    cavity_mm2 = _wedge_areas_mm2(cavity, centre_mm, pixel_mm)
    wedge = 2 * np.pi / ANGLE_COUNT
    edge_mm = wedge * np.sqrt(2 * cavity_mm2 / wedge)
    if np.mean(wall_mm2 > 0.5 * min(pixel_mm) * edge_mm) < _LEAST_CLOSED_SHARE:
        return None
    inner_mm = _radii_mm(cavity_mm2)
    outer_mm = _radii_mm(cavity_mm2 + wall_mm2)
    return WallContours(centre_mm, inner_mm, np.maximum(outer_mm, inner_mm))


def wall_thickness_mm(contours: WallContours) -> np.ndarray:
    """Return the wall's thickness around the circumference by the centre-line method.

    Chords stand at right angles on the line midway between both contours and reach from one to the other (Sheehan et
    al., Circulation 1986;74:293), so that a wall that runs askew to the radius is not taken for a thick one.

    Returns:
        length of the chord whose middle lies in each direction of ``ANGLES``, in mm, shape (A,).
    """
    middle_mm = (contours.inner_mm + contours.outer_mm) / 2
    points_mm = middle_mm[:, None] * _directions(ANGLES)
    tangents = np.roll(points_mm, -1, axis=0) - np.roll(points_mm, 1, axis=0)
    normals = np.column_stack([tangents[:, 1], -tangents[:, 0]])
    normals /= np.linalg.norm(normals, axis=1, keepdims=True)
    reach_mm = _LONGEST_PER_RADIAL * (contours.outer_mm - contours.inner_mm) / 2
    inner, outer = (
        _along_normals(points_mm, normals, radii, reach_mm) for radii in (contours.inner_mm, contours.outer_mm)
    )
    return np.asarray(np.maximum(outer - inner, 0.0))


def _wedge_areas_mm2(mask: np.ndarray, centre_mm: np.ndarray, pixel_mm: tuple[float, float]) -> np.ndarray:
    offsets = (np.arange(_PARTS) + 0.5) / _PARTS - 0.5
    parts = np.argwhere(mask)[:, None, None, :] + np.stack(np.meshgrid(offsets, offsets, indexing="ij"), axis=-1)
    from_centre_mm = parts.reshape(-1, 2) * pixel_mm - centre_mm
    angles = np.arctan2(from_centre_mm[:, 1], from_centre_mm[:, 0]) % (2 * np.pi)
    wedges = np.minimum((angles / (2 * np.pi) * ANGLE_COUNT).astype(int), ANGLE_COUNT - 1)
    return np.bincount(wedges, minlength=ANGLE_COUNT) * (pixel_mm[0] * pixel_mm[1] / _PARTS**2)


def _radii_mm(wedge_areas_mm2: np.ndarray) -> np.ndarray:
    waves = np.fft.rfft(wedge_areas_mm2)
    waves[_HARMONICS + 1 :] = 0
    smooth_mm2 = np.maximum(np.fft.irfft(waves, ANGLE_COUNT), 0)
    return np.sqrt(2 * smooth_mm2 * ANGLE_COUNT / (2 * np.pi))


def _directions(angles: np.ndarray) -> np.ndarray:
    return np.column_stack([np.cos(angles), np.sin(angles)])


def _along_normals(
    points_mm: np.ndarray, normals: np.ndarray, radii_mm: np.ndarray, reach_mm: np.ndarray
) -> np.ndarray:
    """Return how far along its normal each point meets a contour, by Newton's steps on the distance still missing."""
    reached_mm = np.zeros(len(points_mm))
    for _ in range(_NEWTON_STEPS):
        here_mm = points_mm + reached_mm[:, None] * normals
        distance_mm = np.maximum(np.linalg.norm(here_mm, axis=1), 1e-6)
        wanted_mm = np.interp(np.arctan2(here_mm[:, 1], here_mm[:, 0]), ANGLES, radii_mm, period=2 * np.pi)
        outwards = np.maximum((normals * here_mm).sum(axis=1) / distance_mm, 0.3)
        reached_mm = np.clip(reached_mm + (wanted_mm - distance_mm) / outwards, -reach_mm, reach_mm)
    return reached_mm
