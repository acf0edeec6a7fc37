"""The planes of a picture in radiological convention: what points where, and where a position in space appears."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

import numpy as np

from quantseg.volume import Grid

_LETTERS = (("R", "L"), ("A", "P"), ("S", "I"))
_COORDINATES = "xyz"
# Below this share of a direction an axis of the patient is not worth a letter.
_LEAST_COSINE = 0.35


@dataclass(frozen=True)
class EdgeLetters:
    """Which way of the patient each edge of a picture lies: one of R, L, A, P, S, I."""

    left: str
    right: str
    top: str
    bottom: str


class Plane(Enum):
    """A plane through the patient, looked at as radiologists do: the patient's right on the left, front or head up.

    Values are the unit vectors, in RAS, that run to the right and down in the picture.
    """

    AXIAL = ((-1, 0, 0), (0, -1, 0))
    CORONAL = ((-1, 0, 0), (0, 0, -1))
    SAGITTAL = ((0, -1, 0), (0, 0, -1))

    @property
    def rightwards(self) -> np.ndarray:
        """Unit vector in RAS that runs to the right in the picture."""
        return np.array(self.value[0], dtype=float)

    @property
    def downwards(self) -> np.ndarray:
        """Unit vector in RAS that runs down in the picture."""
        return np.array(self.value[1], dtype=float)

    @property
    def normal_axis(self) -> int:
        """Index of the RAS coordinate that is constant in the plane."""
        return int(np.flatnonzero(np.cross(self.rightwards, self.downwards))[0])

    @property
    def edge_letters(self) -> EdgeLetters:
        """Letters for the edges of the picture, from the very vectors by which it is sampled."""
        right, down = self.rightwards, self.downwards
        return EdgeLetters(left=_letter(-right), right=_letter(right), top=_letter(-down), bottom=_letter(down))


@dataclass(frozen=True)
class Panel:
    """One square picture of a plane.

    Attributes:
        plane: which plane.
        centre_mm: RAS position in the middle of the picture, shape (3,).
        field_mm: width and height of what is shown.
        pixels: width and height of the picture.
    """

    plane: Plane
    centre_mm: np.ndarray
    field_mm: float
    pixels: int

    @property
    def pixel_mm(self) -> float:
        """Size of a pixel in space."""
        return self.field_mm / self.pixels

    @property
    def grid(self) -> Grid:
        """Lattice of the pixel centres: i runs to the right in the picture, j down, and k has one voxel."""
        right, down = self.plane.rightwards, self.plane.downwards
        affine = np.eye(4)
        affine[:3, :3] = np.column_stack([right, down, np.cross(right, down)]) * self.pixel_mm
        affine[:3, 3] = self.centre_mm - (self.pixels - 1) / 2 * self.pixel_mm * (right + down)
        return Grid((self.pixels, self.pixels, 1), affine)

    @property
    def title(self) -> str:
        """Plane and position, such as "axial, z = -12 mm"."""
        axis = self.plane.normal_axis
        position_mm = round(float(self.centre_mm[axis]))
        return f"{self.plane.name.lower()}, {_COORDINATES[axis]} = {position_mm} mm"

    def pixel_of(self, position_mm: np.ndarray) -> tuple[float, float]:
        """Return where a RAS position appears, projected onto the plane: pixels from the left and from the top."""
        x, y, _ = self.grid.to_voxel(position_mm)
        return float(x), float(y)


def oblique_letters(rightwards: np.ndarray, downwards: np.ndarray) -> EdgeLetters:
    """Return the letters of a picture that stands askew in the patient, up to two an edge, the stronger one first.

    Args:
        rightwards: unit vector in RAS that runs to the right in the picture.
        downwards: the one that runs down.
    """
    right, down = rightwards, downwards
    return EdgeLetters(_letters(-right), _letters(right), _letters(-down), _letters(down))


def _letters(direction: np.ndarray) -> str:
    by_size = np.argsort(-np.abs(direction), kind="stable")[:2]
    shown = [axis for axis in by_size if abs(direction[axis]) >= _LEAST_COSINE]
    return "".join(_LETTERS[axis][0 if direction[axis] > 0 else 1] for axis in shown)


def _letter(direction: np.ndarray) -> str:
    axis = int(np.argmax(np.abs(direction)))
    towards, away = _LETTERS[axis]
    return towards if direction[axis] > 0 else away
