"""How noisy an image is, from the image alone."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np


def noise_sd(image: np.ndarray, in_view: np.ndarray, axes: Collection[int] = (0, 1, 2)) -> float:
    """Estimate the noise's SD from second differences, which anatomy at 1 mm hardly contributes to.

    For white noise of SD s the second difference x[i-1] - 2 x[i] + x[i+1] has SD s * sqrt(6); the median absolute
    deviation keeps edges out (Immerkaer 1996, in one dimension and robust).

    Args:
        image: of three dimensions, in any unit.
        in_view: where it shows anything, bool, same shape.
        axes: along which to look; the smallest estimate holds.
    """
    estimates = []
    for axis in axes:
        seen = np.moveaxis(in_view, axis, 0)
        along = np.moveaxis(image, axis, 0)
        second = (along[2:] - 2 * along[1:-1] + along[:-2])[seen[2:] & seen[1:-1] & seen[:-2]]
        if second.size:
            estimates.append(1.4826 * float(np.median(np.abs(second))) / np.sqrt(6))
    return float(min(estimates)) if estimates else 0.0
