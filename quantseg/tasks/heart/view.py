"""One way to hold a short-axis stack, however it was stored: network, measures and pictures all see this one."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product

import numpy as np
from nibabel import orientations

from quantseg.results.shown_planes import ShownPlanes
from quantseg.tasks.heart.anatomy import BASEWARDS_RAS
from quantseg.tasks.heart.reading.cine import Cine
from quantseg.volume import Reorientation

# What a reader expects to the right of a picture and at its bottom: the patient's left, or else the back; the feet, or
# else the back. The small third parts decide where the first two leave a tie.
_RIGHTWARDS_RAS = np.array([-1.0, -0.5, -0.1])
_DOWNWARDS_RAS = np.array([0.1, -0.5, -1.0])
# The same stack stored in another axis order has affines that differ in the last bits.
_DECIMALS = 6


@dataclass(frozen=True)
class ShortAxisView:
    """A stack's axes brought into one order: to the right in a picture, down, and from base to apex.

    Where the header knows how the heart lies, the picture is seen from the apex, as is the custom; where its axes are
    a placeholder, they are taken at their word, and neither hand nor end of the stack can be relied on.

    Attributes:
        affine: 4x4 matrix from the view's (i, j, k) to RAS in mm, with the spacing that holds.
        header_affine: the same with the header's own spacing.
        orientation_trusted: directions are those of the patient.
    """

    affine: np.ndarray
    header_affine: np.ndarray
    orientation_trusted: bool
    _stored: np.ndarray

    def show(self, frames: np.ndarray) -> np.ndarray:
        """Return frames of the file's axis order, shape (T, ...), in the view's; nothing but axes and flips changes."""
        return np.stack([orientations.apply_orientation(frame, self._stored) for frame in frames])

    def restore(self, frames: np.ndarray) -> np.ndarray:
        """Bring frames of the view's axis order, shape (T, I, J, K), back to the file's."""
        back = Reorientation(self._stored)
        return np.stack([back.undo(frame) for frame in frames])


def short_axis_view(cine: Cine) -> ShortAxisView:
    """Choose the view of a stack."""
    placed = cine.geometry
    columns = placed.header_affine[:3, :3]
    directions = np.round(columns / np.linalg.norm(columns, axis=0), _DECIMALS)
    slices = directions[:, placed.slice_axis]
    down_the_stack = -1 if slices @ BASEWARDS_RAS > 0 else 1
    in_plane = [axis for axis in range(3) if axis != placed.slice_axis]
    best, best_score = (in_plane[0], in_plane[1], 1, 1), -np.inf
    for (right, down), right_sign, down_sign in product((in_plane, in_plane[::-1]), (1, -1), (1, -1)):
        rightwards, downwards = right_sign * directions[:, right], down_sign * directions[:, down]
        seen_from_apex = np.cross(rightwards, downwards) @ slices * down_the_stack < 0
        score = rightwards @ _RIGHTWARDS_RAS + downwards @ _DOWNWARDS_RAS
        if score > best_score and (seen_from_apex or not placed.orientation_trusted):
            best, best_score = (right, down, right_sign, down_sign), score
    right, down, right_sign, down_sign = best
    stored = np.empty((3, 2))
    stored[right], stored[down], stored[placed.slice_axis] = (0, right_sign), (1, down_sign), (2, down_the_stack)
    to_file = orientations.inv_ornt_aff(stored, cine.grid.shape)
    affine, header_affine = (np.round(one @ to_file, _DECIMALS) for one in (placed.affine, placed.header_affine))
    return ShortAxisView(affine, header_affine, placed.orientation_trusted, stored)


def shown_planes(cine: Cine) -> ShownPlanes:
    """Return the planes in which a stack is looked at: its slices as the report shows them, and two across."""
    view = short_axis_view(cine)
    names = ("short axis", "cut by rows", "cut by columns")
    return ShownPlanes(names, view.header_affine, view.orientation_trusted)
