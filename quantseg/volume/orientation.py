"""Axis order: every volume is worked on in the RAS order nearest to its own, and labels go back exactly."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from quantseg.volume.geometry import Volume

# The same image stored in another axis order arrives with affines that differ in the last bits; rounded, they and
# all that is computed from them are equal to the bit, so that labels are, too.
_AFFINE_DECIMALS = 6


@dataclass(frozen=True)
class Reorientation:
    """The permutation and flips that brought an array to canonical order.

    Attributes:
        stored: nibabel orientation of the array as it was stored, shape (3, 2).
    """

    stored: np.ndarray

    def undo(self, canonical_array: np.ndarray) -> np.ndarray:
        """Bring an array of canonical order back to the stored order, without touching a value."""
        from nibabel import orientations

        canonical = orientations.axcodes2ornt("RAS")
        back = orientations.ornt_transform(canonical, self.stored)
        return np.ascontiguousarray(orientations.apply_orientation(canonical_array, back))


def to_canonical(volume: Volume) -> tuple[Volume, Reorientation]:
    """Permute and flip a volume to the axis order closest to RAS; positions in space do not change.

    Returns:
        the volume in canonical order, and the way back.
    """
    from nibabel import orientations

    stored = orientations.io_orientation(volume.affine)
    array = np.ascontiguousarray(orientations.apply_orientation(volume.array, stored))
    affine = volume.affine @ orientations.inv_ornt_aff(stored, volume.array.shape)
    return Volume(array, np.round(affine, _AFFINE_DECIMALS)), Reorientation(stored)
