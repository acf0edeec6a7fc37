"""What networks that are shown a standard brain's tissues say of it: a few values."""

from __future__ import annotations

from typing import Protocol

import numpy as np

from quantseg.brain.tissue_volume import FULL_SHARE

_LEFT_RIGHT_AXIS = 2


class SaysValues(Protocol):
    """Networks ready to predict, such as :class:`quantseg.inference.ensemble.Ensemble`."""

    def predict_samples(self, samples: np.ndarray) -> np.ndarray:
        """Return the values of samples, float32, shape (networks, N, values)."""
        ...


def values_of_brains(networks: SaysValues, volumes: np.ndarray) -> np.ndarray:
    """Return the mean of what networks say of each brain and of its mirror image.

    Args:
        networks: whose mean is taken.
        volumes: uint8, shape (N, channels, I, J, K), as :func:`quantseg.brain.tissue_volume.tissue_volume` makes them.

    Returns:
        float64, shape (N, values).
    """
    found = []
    for volume in volumes:
        shown = volume.astype(np.float32)[None] / FULL_SHARE
        both = np.concatenate([shown, np.flip(shown, _LEFT_RIGHT_AXIS)])
        found.append(networks.predict_samples(both).mean(axis=(0, 1), dtype=np.float64))
    return np.array(found)
