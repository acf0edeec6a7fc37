"""What all that uses a network knows of it, whichever library computes it."""

from __future__ import annotations

from typing import Protocol

import numpy as np

from quantseg.inference.device import Device


class Network(Protocol):
    """A trained network, ready to predict."""

    def __call__(self, batch: np.ndarray, device: Device) -> np.ndarray:
        """Return class probabilities, or the values that the network finds.

        Args:
            batch: normalised intensities, float32, shape (B, channels, I, J, K), or (B, channels, I, J) in 2D.
            device: where to compute, and at which precision; the network is brought there if it is elsewhere.

        Returns:
            softmax over the classes, or values where the bundle says so, float32, shape (B, C, ...).
        """
        ...
