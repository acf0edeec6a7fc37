"""Areas of standard space as boxes: rough on purpose, for an affine transform puts no gyrus in its place."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from quantseg.volume import Grid

Range = tuple[float, float]


@dataclass(frozen=True)
class StandardBox:
    """A box of the atlas's space and its mirror image.

    Attributes:
        beside_mm: distance from the middle plane, to the left and to the right alike.
        ahead_mm: RAS coordinate from back to front.
        above_mm: RAS coordinate from below to above.
    """

    beside_mm: Range
    ahead_mm: Range
    above_mm: Range

    def mask(self, grid: Grid, side: str = "") -> np.ndarray:
        """Return which voxels lie in it, bool, shape of the grid.

        Args:
            grid: in the atlas's space.
            side: ``left`` or ``right``; both by default.
        """
        i, j, k = np.ogrid[tuple(slice(n) for n in grid.shape)]
        x, y, z = (row[0] * i + row[1] * j + row[2] * k + row[3] for row in grid.affine[:3])
        beside = {"left": -x, "right": x, "": np.abs(x)}[side]
        inside: np.ndarray = np.ones(grid.shape, bool)
        for along, (low, high) in zip((beside, y, z), (self.beside_mm, self.ahead_mm, self.above_mm), strict=True):
            inside &= (along >= low) & (along <= high)
        # The middle plane belongs to neither side.
        return inside & (beside > 0) if side else inside
