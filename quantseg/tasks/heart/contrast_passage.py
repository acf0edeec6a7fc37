"""How much the heart's brightness changes over the frames: hardly in a cine, many times where contrast agent passes."""

from __future__ import annotations

import numpy as np

from quantseg.volume.masks import grown

LARGEST_BRIGHTENING = 2.2
"""Between frames of a cine. In 80 patients of ACDC and 45 of Sunnybrook, end-diastole against end-systole, it is at
most 1.62 and 1.88 (Testing/benchmarks/heart_motion.py); a first pass brightens blood three to ten times."""

_OUTSIDE_MARGIN_MM = 12.0
_BRIGHT_PERCENTILE = 95
"""Of the heart's pixels, which blood holds at any time of a beat."""
_FEWEST_SMOOTHED = 5
"""From so many frames on a single one that differs, such as the first before a steady state, does not count."""


def heart_brightening(frames: np.ndarray, heart: np.ndarray, pixel_mm: tuple[float, float]) -> float | None:
    """Return how many times as bright the heart is in its brightest frame as in its darkest, against its surroundings.

    Of its mean and of its brightest pixels the smaller change counts: motion alone changes the mean, flow the latter.

    Args:
        frames: raw intensities, shape (T, I, J, K).
        heart: whatever any frame shows of it, bool, shape (I, J, K).
        pixel_mm: distance between pixels along i and j.

    Returns:
        the ratio; None where heart or surroundings have no brightness to compare.
    """
    radii = (round(_OUTSIDE_MARGIN_MM / pixel_mm[0]), round(_OUTSIDE_MARGIN_MM / pixel_mm[1]), 0)
    around = ~grown(heart, radii) & heart.any(axis=(0, 1))
    if not heart.any() or not around.any():
        return None
    outside = np.array([frame[around].mean() for frame in frames])
    mean = np.array([frame[heart].mean() for frame in frames])
    bright = np.array([np.percentile(frame[heart], _BRIGHT_PERCENTILE) for frame in frames])
    if min(outside.min(), mean.min(), bright.min()) <= 0:
        return None
    ratios = []
    for curve in (mean / outside, bright / outside):
        smooth = _running_median(curve) if len(curve) >= _FEWEST_SMOOTHED else curve
        ratios.append(float(smooth.max() / smooth.min()))
    return min(ratios)


def _running_median(curve: np.ndarray) -> np.ndarray:
    found: np.ndarray = np.median(np.lib.stride_tricks.sliding_window_view(curve, 3), axis=-1)
    return found
