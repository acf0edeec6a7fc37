"""How a reader looks at a scan along its own voxels: which axis runs to the right, which down, which into depth."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from nibabel import orientations

from quantseg.results.planes import EdgeLetters, Plane, oblique_letters

BODY_PLANES = ("axial", "coronal", "sagittal")
_UNPLACED = "Orientation unknown: the header's directions are a placeholder, left and right may be exchanged."
# Axes of one scan in two orders differ in the last bits.
_SAME_DIRECTION = 0.999


@dataclass(frozen=True)
class ShownAxis:
    """An axis of the stored array as a direction of the picture.

    Attributes:
        stored: index of the axis, 0 to 2.
        sign: 1 where indices grow in the picture's direction, -1 where they shrink.
    """

    stored: int
    sign: int


@dataclass(frozen=True)
class ShownPlanes:
    """Three planes through a scan, cut along its voxels.

    The first is spanned by the axes that run to the right and down; the second by the one to the right and the one into
    depth, which there runs down; the third by the second and the third.

    Attributes:
        names: of the three planes.
        affine: 4x4 matrix from (right, down, depth) indices to RAS in mm.
        orientation_trusted: whether directions are those of the patient, so that letters may be shown.
    """

    names: tuple[str, str, str]
    affine: np.ndarray
    orientation_trusted: bool = True

    @property
    def letters(self) -> tuple[EdgeLetters, EdgeLetters, EdgeLetters] | None:
        """Letters of the planes' edges; None where the header does not know them."""
        if not self.orientation_trusted:
            return None
        right, down, depth = _directions(self.affine)
        return oblique_letters(right, down), oblique_letters(right, depth), oblique_letters(down, depth)

    @property
    def note(self) -> str:
        """What a reader has to know of the orientation; empty for nothing."""
        return "" if self.orientation_trusted else _UNPLACED

    def axes_of(self, stored_affine: np.ndarray) -> tuple[ShownAxis, ShownAxis, ShownAxis]:
        """Return which axes of an array these planes show, to the right, down and into depth.

        Args:
            stored_affine: 4x4 matrix from the array's indices to RAS in mm.

        Raises:
            ValueError: the planes are of another scan.
        """
        cosines = _directions(self.affine) @ _directions(stored_affine).T
        if not (np.abs(cosines).max(axis=1) > _SAME_DIRECTION).all():
            raise ValueError("The planes do not run along the voxels of this scan.")
        right, down, depth = (
            ShownAxis(int(stored), int(np.sign(row[stored])))
            for row, stored in zip(cosines, np.abs(cosines).argmax(axis=1), strict=True)
        )
        return right, down, depth


def planes_of_the_body(affine: np.ndarray, shape: tuple[int, ...]) -> ShownPlanes:
    """Return the planes of a scan that are nearest to the body's own, in radiological convention.

    Args:
        affine: 4x4 matrix from the array's indices to RAS in mm.
        shape: of the array.
    """
    axial, coronal = Plane.AXIAL, Plane.CORONAL
    wanted = np.stack([axial.rightwards, axial.downwards, coronal.downwards])
    stored = orientations.io_orientation(affine)
    turned = np.empty((3, 2))
    for axis, (body, sign) in enumerate(stored):
        turned[axis] = body, sign * wanted[int(body), int(body)]
    return ShownPlanes(BODY_PLANES, affine @ orientations.inv_ornt_aff(turned, shape[:3]))


def _directions(affine: np.ndarray) -> np.ndarray:
    """Return the unit vectors of an affine's axes, one a row."""
    columns = affine[:3, :3]
    directions: np.ndarray = (columns / np.linalg.norm(columns, axis=0)).T
    return directions
