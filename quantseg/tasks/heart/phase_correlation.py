"""Whether two frames of a cine show the same slices: what lies outside the heart hardly moves."""

from __future__ import annotations

import numpy as np

from quantseg.volume.masks import grown

# Coarse enough to be blind to noise and to the pulse of vessels, fine enough to tell one thorax from another.
_BLOCK_MM = 6.0
_HEART_MARGIN_MM = 12.0
_FEWEST_BLOCKS = 40


def phase_correlation(
    first: np.ndarray, second: np.ndarray, heart: np.ndarray, pixel_mm: tuple[float, float]
) -> float | None:
    """Return the median over the slices of the correlation of two frames outside the heart.

    Args:
        first: raw intensities, shape (I, J, K).
        second: raw intensities, same shape.
        heart: whatever either frame shows of it, bool, same shape.
        pixel_mm: distance between pixels along i and j.

    Returns:
        1 for frames that are the same outside; None where too little is shown there.
    """
    i_mm, j_mm = pixel_mm
    steps = (max(1, round(_BLOCK_MM / i_mm)), max(1, round(_BLOCK_MM / j_mm)))
    outside = ~grown(heart, (round(_HEART_MARGIN_MM / i_mm), round(_HEART_MARGIN_MM / j_mm), 0))
    found = []
    for k in range(first.shape[2]):
        weight = _block_sums(outside[..., k].astype(float), steps)
        seen = weight >= weight.max() / 2 if weight.any() else np.zeros(weight.shape, bool)
        if np.count_nonzero(seen) < _FEWEST_BLOCKS:
            continue
        pair = [_block_sums(frame[..., k] * outside[..., k], steps)[seen] / weight[seen] for frame in (first, second)]
        if all(np.ptp(values) for values in pair):
            found.append(float(np.corrcoef(*pair)[0, 1]))
    return float(np.median(found)) if found else None


def _block_sums(values: np.ndarray, steps: tuple[int, int]) -> np.ndarray:
    for axis, step in enumerate(steps):
        values = np.add.reduceat(values, np.arange(0, values.shape[axis], step), axis=axis)
    return values
