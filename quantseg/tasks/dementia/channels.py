"""What a network is shown of a case: tissues of the MRI, uptake of the PET, or both, as channels of one volume."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from quantseg.brain.atlas import Atlas
from quantseg.brain.tissue_volume import TISSUES, as_shown

UPTAKE_CHANNEL = "uptake"
_HIGHEST_RATIO = 2.5
"""Uptake relative to the cerebellum that is the largest stored; healthy cortex has up to about 1.5."""


def channel_names(roles: Sequence[str]) -> tuple[str, ...]:
    """Return the channels of a case that has images of these roles, in their order."""
    return (*(TISSUES if "mri" in roles else ()), *((UPTAKE_CHANNEL,) if "pet" in roles else ()))


def uptake_volume(ratio: np.ndarray, atlas: Atlas) -> np.ndarray:
    """Return uptake as a channel.

    Args:
        ratio: to the reference region, on the atlas's grid.
        atlas: whose brain decides what is shown.

    Returns:
        uint8, shape (1, I, J, K) of :func:`quantseg.brain.tissue_volume.volume_places`.
    """
    return as_shown(np.where(atlas.mask, ratio / _HIGHEST_RATIO, 0), atlas)[None]
