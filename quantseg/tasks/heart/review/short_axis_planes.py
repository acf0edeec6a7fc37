"""Where slice views must lie to show a heart as it was acquired: its short axis, and both long ones through it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from quantseg.tasks.heart.reading.cine import Cine
from quantseg.tasks.heart.view import short_axis_view

_COSINE_OF_A_DEGREE = float(np.cos(np.radians(1)))


@dataclass(frozen=True)
class ShortAxisPlanes:
    """4x4 matrices of slice views, from right, up and out of the plane to RAS in mm, as Slicer's ``SliceToRAS``.

    The third column points away from whoever looks, as Slicer's does. Each origin is the middle of the stack, which is
    the middle of an acquired slice.

    Attributes:
        short_axis: the acquired plane, as reports show it.
        along_rows: contains its rows; the base is at the top.
        along_columns: contains its columns; the base is at the top.
    """

    short_axis: np.ndarray
    along_rows: np.ndarray
    along_columns: np.ndarray


def short_axis_planes(cine: Cine) -> ShortAxisPlanes:
    """Return the planes for a stack."""
    columns = short_axis_view(cine).header_affine[:3, :3]
    rightwards, downwards, to_the_apex = (columns / np.linalg.norm(columns, axis=0)).T
    index = (np.array(cine.frames.shape[1:]) - 1) / 2
    index[cine.geometry.slice_axis] = np.floor(index[cine.geometry.slice_axis])
    middle = (cine.geometry.header_affine @ np.append(index, 1.0))[:3]
    return ShortAxisPlanes(
        _plane(rightwards, -downwards, middle),
        _plane(rightwards, -to_the_apex, middle),
        _plane(downwards, -to_the_apex, middle),
    )


def shows_short_axis(slice_to_ras: np.ndarray, planes: ShortAxisPlanes) -> bool:
    """Tell whether a slice view lies in the acquired plane, from whichever side, turned by whatever angle."""
    cosine = float(slice_to_ras[:3, 2] @ planes.short_axis[:3, 2])
    return abs(cosine) > _COSINE_OF_A_DEGREE


def _plane(right: np.ndarray, up: np.ndarray, middle: np.ndarray) -> np.ndarray:
    """Return the matrix of a view; ``up`` gives way where a stack's axes are not at right angles."""
    away = np.cross(up, right)
    away /= np.linalg.norm(away)
    matrix = np.eye(4)
    matrix[:3] = np.stack([right, np.cross(right, away), away, middle], axis=1)
    return matrix
