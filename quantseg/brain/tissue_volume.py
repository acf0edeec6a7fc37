"""What a network is shown of a standard brain: how much grey and white matter there is around every second voxel.

Tissues and not brightness, so that scanner and sequence matter less; smooth, since how sharp the borders of tissues are
tells more of the scanner than of the brain; no fluid, since how much of it lies around a brain is what a tool for
stripping left of it.
"""

from __future__ import annotations

import numpy as np

from quantseg.brain.atlas import Atlas
from quantseg.brain.tissue_mixture import CLASSES, TissueMixture, smoothed

TISSUES = ("grey", "white")
FULL_SHARE = 255
"""Stored value of a place where all is of one tissue."""
_SD_MM = 3.4
_EVERY = 2


def volume_places(atlas: Atlas) -> tuple[slice, slice, slice]:
    """Return which voxels of the atlas's grid a network is shown: every second one around the atlas's brain."""
    found = []
    for axis in range(3):
        filled = np.flatnonzero(atlas.mask.any(axis=tuple(other for other in range(3) if other != axis)))
        found.append(slice(int(filled[0]), int(filled[-1]) + 1, _EVERY))
    return found[0], found[1], found[2]


def tissue_volume(mixture: TissueMixture, atlas: Atlas) -> np.ndarray:
    """Return the shares of ``TISSUES`` as :func:`as_shown` has them, uint8, shape (2, I, J, K).

    Args:
        mixture: of a standard brain, on the grid of the atlas.
        atlas: whose brain decides what is shown.
    """
    return np.stack([as_shown(mixture.shares[CLASSES.index(tissue)], atlas) for tissue in TISSUES])


def as_shown(values: np.ndarray, atlas: Atlas) -> np.ndarray:
    """Return the means around every second voxel, in units of 1/255.

    Args:
        values: from 0 to 1, all others are cut off, on the grid of the atlas.
        atlas: whose brain decides what is shown.

    Returns:
        uint8, shape (I, J, K) of :func:`volume_places`.
    """
    around = smoothed(values, _SD_MM / atlas.grid.spacing_mm[0])[volume_places(atlas)]
    return np.asarray(np.rint(np.clip(around, 0, 1) * FULL_SHARE), np.uint8)
