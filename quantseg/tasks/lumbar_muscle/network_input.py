"""Images as the network takes them: two channels, the second of which is empty where there is one image alone."""

from __future__ import annotations

import numpy as np

from quantseg.models.intensity import Intensity


def as_channels(images: np.ndarray, intensity: Intensity) -> np.ndarray:
    """Return normalised channels.

    Args:
        images: raw intensities of one image, or of water and fat, shape (1 or 2, I, J).
        intensity: brings an image to the network's scale; each is brought there by itself, since what a scanner calls
            one unit may differ between the two.

    Returns:
        float32, shape (2, I, J).
    """
    channels = np.zeros((2, *images.shape[1:]), np.float32)
    for number, image in enumerate(images):
        channels[number] = intensity(np.ascontiguousarray(image, dtype=np.float32))
    return channels
