"""A background brighter than the head, as masks of other tools leave it, taken for air.

The models know heads in dark air; one in bright surroundings loses most of its intracranial space.
"""

from __future__ import annotations

import numpy as np

from quantseg.measure.values import Check, Verdict
from quantseg.volume import Volume
from quantseg.volume.masks import components

_KEY = "background"
# The surroundings are one even brightness: so much of the picture's border lies within the tolerance around its
# median, which is the wider of a share of the picture's range and of so many robust SDs of the border.
_LEAST_EVEN_BORDER = 0.6
_TOLERANCE_SHARE, _TOLERANCE_SDS = 0.05, 4.0
_WIDEST_TOLERANCE_SHARE = 0.3
_ROBUST_PERCENTILES = (2.0, 98.0)
_AIR_PERCENTILE = 1.0
# The median absolute deviation of a normal distribution times this is its standard deviation.
_SD_PER_MAD = 1.4826


def with_dark_background(volume: Volume) -> tuple[Volume, tuple[Check, ...]]:
    """Set an even background that is brighter than the median of what it surrounds to the brightness of air.

    Args:
        volume: a head or a crop.

    Returns:
        the volume, the very same where the background is dark, and a check that says what was done.
    """
    background = _bright_background(volume.array)
    if background is None:
        return volume, ()
    # Air is zero in a magnitude image; a scale that has negative values, too, has its own.
    air = min(float(np.percentile(volume.array[~background], _AIR_PERCENTILE)), 0.0)
    reason = (
        f"{100 * background.mean():.0f} % of the picture is a background brighter than what it surrounds, expected "
        "dark air: it was darkened before the models saw it; look at every outline."
    )
    darkened = np.where(background, volume.array.dtype.type(air), volume.array)
    return volume.with_array(darkened), (Check(_KEY, Verdict.LOOK, reason),)


def _bright_background(image: np.ndarray) -> np.ndarray | None:
    """Return the mask of an even, bright background that reaches the border; None where there is none."""
    border = _border(image)
    level = float(np.median(border))
    # Where more is brighter than darker the background is dark, as nearly always: no more need be looked at.
    if np.count_nonzero(image < level) <= np.count_nonzero(image > level):
        return None
    low, high = (float(value) for value in np.percentile(image, _ROBUST_PERCENTILES))
    reach = high - low
    spread = _SD_PER_MAD * float(np.median(np.abs(border - level)))
    tolerance = max(_TOLERANCE_SHARE * reach, _TOLERANCE_SDS * spread)
    if not reach or tolerance > _WIDEST_TOLERANCE_SHARE * reach:
        return None
    if np.mean(np.abs(border - level) <= tolerance) < _LEAST_EVEN_BORDER:
        return None
    alike = np.abs(image - level) <= tolerance
    surrounded = image[~alike]
    if not surrounded.size or level <= np.median(surrounded):
        return None
    numbered = components(alike)
    reaching = np.unique(_border(numbered))
    return np.asarray(np.isin(numbered, reaching[reaching > 0]))


def _border(values: np.ndarray) -> np.ndarray:
    """Return the values of the six outermost planes."""
    return np.concatenate([np.moveaxis(values, axis, 0)[place].ravel() for axis in range(3) for place in (0, -1)])
