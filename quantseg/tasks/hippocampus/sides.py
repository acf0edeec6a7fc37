"""Left and right: every hippocampus is worked on as a left one, a right one in the mirrored volume."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from quantseg.volume import Volume, to_canonical

MIRROR_X = np.diag([-1.0, 1.0, 1.0, 1.0])
"""The plane x = 0 as a mirror, for RAS positions."""


def mirror(volume: Volume) -> tuple[Volume, Callable[[np.ndarray], np.ndarray]]:
    """Mirror a canonical volume in the plane x = 0, so that its right hippocampus becomes a left one.

    Returns:
        the mirrored volume in canonical order, and the way back for arrays of its shape.
    """
    mirrored, reorientation = to_canonical(Volume(volume.array, MIRROR_X @ volume.affine))
    return mirrored, reorientation.undo


def mirrored_position(position_mm: np.ndarray) -> np.ndarray:
    """Return where a RAS position lies in the mirrored volume."""
    return np.asarray(position_mm * np.array([-1.0, 1.0, 1.0]))
