"""Outlines in a plane: ellipses, smooth polygons, and the ways in which they are bent.

Coordinates are in mm, x towards the person's right and y towards the front, from the middle of the back wall of the
vertebral body.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

Points = np.ndarray
"""A closed outline, float64, shape (N, 2)."""
_CORNERS_CUT = 3
_CURVE_POINTS = 25
_WAVES = 6
_ANGLES = np.linspace(0, 2 * np.pi, 40, endpoint=False)
_CIRCLE = np.stack([np.cos(_ANGLES), np.sin(_ANGLES)], axis=1)
_WOBBLES = np.arange(2, 6)


def ellipse(
    x: float, y: float, half_width: float, half_depth: float, turn_deg: float = 0.0, power: float = 2.0
) -> Points:
    """Return an ellipse, or with a higher power a box with round corners.

    Args:
        x: of the middle.
        y: of the middle.
        half_width: along x before it is turned.
        half_depth: along y before it is turned.
        turn_deg: from x towards y.
        power: of the superellipse.
    """
    points = _CIRCLE if power == 2 else np.sign(_CIRCLE) * np.abs(_CIRCLE) ** (2 / power)
    cosine, sine = math.cos(math.radians(turn_deg)), math.sin(math.radians(turn_deg))
    axes = np.array([[half_width * cosine, half_width * sine], [-half_depth * sine, half_depth * cosine]])
    return np.asarray(points @ axes + (x, y))


def smooth(corners: Sequence[tuple[float, float]]) -> Points:
    """Return a closed outline through the middles of a polygon's sides, its corners cut (Chaikin 1974)."""
    points = np.asarray(corners, float)
    for _ in range(_CORNERS_CUT):
        following = np.roll(points, -1, axis=0)
        points = np.stack([0.75 * points + 0.25 * following, 0.25 * points + 0.75 * following], axis=1).reshape(-1, 2)
    return points


def curve(start: tuple[float, float], middle: tuple[float, float], end: tuple[float, float]) -> Points:
    """Return an open line from one place to another, halfway through a third (a quadratic Bezier curve)."""
    first, through, last = (np.asarray(place, float) for place in (start, middle, end))
    turning = 2 * through - (first + last) / 2
    t = np.linspace(0, 1, _CURVE_POINTS)[:, None]
    return np.asarray((1 - t) ** 2 * first + 2 * t * (1 - t) * turning + t**2 * last)


def band(line: Points, *widths_mm: float) -> Points:
    """Return the outline of a band along an open line, its width between those given at equal steps along it."""
    along = np.gradient(line, axis=0)
    across = np.stack([-along[:, 1], along[:, 0]], axis=1) / np.linalg.norm(along, axis=1, keepdims=True)
    steps = np.linspace(0, 1, len(line))
    half = np.interp(steps, np.linspace(0, 1, len(widths_mm)), widths_mm)[:, None] / 2
    return np.concatenate([line + half * across, (line - half * across)[::-1]])


def mirrored(points: Points, side: int) -> Points:
    """Return an outline of the right side as it is (1), or on the left (-1)."""
    return points * (side, 1)


def scaled(points: Points, factor: float, about: tuple[float, float]) -> Points:
    """Return an outline larger or smaller about a place."""
    return np.asarray(np.asarray(about) + factor * (points - about))


def inset(points: Points, thickness_mm: float) -> Points:
    """Return a roughly round outline drawn in by a thickness, towards its middle."""
    middle = points.mean(axis=0)
    arms = points - middle
    lengths = np.linalg.norm(arms, axis=1, keepdims=True)
    return np.asarray(middle + arms * np.maximum(1 - thickness_mm / np.maximum(lengths, 1e-6), 0.05))


def wobbled(points: Points, amount: float, random: np.random.Generator) -> Points:
    """Return an outline whose distance from its middle varies smoothly.

    Args:
        points: an outline.
        amount: SD of each wave, relative to that distance.
        random: source of the randomness.
    """
    middle = points.mean(axis=0)
    arms = points - middle
    angles = np.arctan2(arms[:, 1], arms[:, 0])
    phases = random.uniform(0, 2 * np.pi, len(_WOBBLES))
    waves = np.cos(np.multiply.outer(angles, _WOBBLES) + phases) @ random.normal(0, amount, len(_WOBBLES))
    return np.asarray(middle + arms * np.clip(1 + waves, 0.6, 1.4)[:, None])


class Bend:
    """One smooth deformation of the plane, which all outlines of a slice follow together.

    Args:
        rotation_deg: largest rotation.
        scale: largest relative change of length along each axis.
        shear: largest shear.
        wave_mm: largest amplitude of all waves together.
        random: source of the randomness.
    """

    def __init__(
        self, rotation_deg: float, scale: float, shear: float, wave_mm: float, random: np.random.Generator
    ) -> None:
        turn = math.radians(rotation_deg) * random.uniform(-1, 1)
        rotation = np.array([[math.cos(turn), -math.sin(turn)], [math.sin(turn), math.cos(turn)]])
        change = np.diag(1 + scale * random.uniform(-1, 1, 2))
        change[0, 1] = shear * random.uniform(-1, 1)
        self._matrix = rotation @ change
        lengths_mm = random.uniform(60, 240, _WAVES)
        directions = random.uniform(0, 2 * np.pi, _WAVES)
        self._waves = 2 * np.pi / lengths_mm * np.stack([np.cos(directions), np.sin(directions)])
        self._phases = random.uniform(0, 2 * np.pi, _WAVES)
        size = wave_mm * random.uniform() / math.sqrt(_WAVES)
        self._amplitudes = random.normal(0, size, (_WAVES, 2))

    def __call__(self, points: Points) -> Points:
        """Return where the points of an outline come to lie."""
        return np.asarray((points + np.sin(points @ self._waves + self._phases) @ self._amplitudes) @ self._matrix.T)
