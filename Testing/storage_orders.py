"""The 48 ways to store the same volume: axes permuted and flipped, the affine following."""

from itertools import permutations, product

import numpy as np
from nibabel import orientations

from quantseg.volume import Volume

ALL_48_ORDERS = [
    np.array([[axis, flip] for axis, flip in zip(order, flips, strict=True)], dtype=float)
    for order in permutations(range(3))
    for flips in product([1, -1], repeat=3)
]


def stored_in_order(volume: Volume, order: np.ndarray) -> Volume:
    """Store a volume in another axis order, its affine following."""
    affine = volume.affine @ orientations.inv_ornt_aff(order, volume.array.shape)
    return Volume(orientations.apply_orientation(volume.array, order), affine)
