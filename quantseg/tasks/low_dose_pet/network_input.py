"""What the network is shown of a slice, and what its answer means."""

from __future__ import annotations

import numpy as np

NEIGHBOURS = 4
"""Slices on each side that are shown beside the one to be estimated."""
SMOOTH_VOXELS = (1.0, 2.0, 4.0)
"""SDs of Gaussians in three dimensions whose work the network is shown: they reach farther than its slices."""
CHANNELS = 2 * NEIGHBOURS + 3 + len(SMOOTH_VOXELS)
"""Slices, noise level, dose fraction, what each Gaussian would change."""
_LOG_VARIANCE = (-8.0, 6.0)


def slices_around(k: int, count: int) -> list[int]:
    """Return the slices that are shown for slice ``k`` of ``count``; at the ends the nearest ones once more."""
    return [min(max(k + step, 0), count - 1) for step in range(-NEIGHBOURS, NEIGHBOURS + 1)]


def as_channels(slices: np.ndarray, smooth: np.ndarray, noise: float, fraction: float) -> np.ndarray:
    """Return the channels of one sample.

    Args:
        slices: divided by the image's mean (``Level.mean``), shape (9, I, J).
        smooth: the middle slice of the image smoothed by each of ``SMOOTH_VOXELS``, divided likewise, shape (3, I, J).
        noise: relative SD (``Level.noise``).
        fraction: share of the counts.

    Returns:
        float32, shape (14, I, J): slices, logarithm of the noise, logarithm of the fraction, changes by smoothing in
        units of the noise.
    """
    channels = np.empty((CHANNELS, *slices.shape[1:]), np.float32)
    shown = len(slices)
    channels[:shown] = slices
    channels[shown] = np.log10(noise) + 1
    channels[shown + 1] = np.log10(fraction)
    channels[shown + 2 :] = (smooth - slices[NEIGHBOURS]) / noise
    return channels


def estimated(answer: np.ndarray, shown: np.ndarray, noise: float) -> tuple[np.ndarray, np.ndarray]:
    """Return the estimate of the scan with all counts, and its SD.

    Args:
        answer: of the network, shape (..., 2, I, J): what is to be added in units of the noise, and the logarithm of
            the variance in such units.
        shown: the middle slice, shape (..., I, J).
        noise: relative SD that the network was told.

    Returns:
        both in the unit of ``shown``, float32.
    """
    estimate = np.maximum(shown + noise * answer[..., 0, :, :], 0)
    sd = noise * np.exp(0.5 * np.clip(answer[..., 1, :, :], *_LOG_VARIANCE))
    return estimate.astype(np.float32), sd.astype(np.float32)
