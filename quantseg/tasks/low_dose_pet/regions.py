"""Regions in which an estimate is compared with its scan: boxes of the brain, and its brighter and darker half.

There are no labels: where the cortex ends nobody knows. The boxes are halves and thirds of what is active.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

WHOLE = "whole"
_SIDES, _DEPTHS = ("left", "right"), ("posterior", "middle", "anterior")
NAMES = {
    WHOLE: "Brain",
    "brighter": "Brighter half",
    "darker": "Darker half",
    **{f"{side}_{depth}": f"{side.capitalize()} {depth} third" for depth in _DEPTHS[::-1] for side in _SIDES},
}
"""Titles of the regions, by key."""
BOXES = tuple(key for key in NAMES if key not in (WHOLE, "brighter", "darker"))


@dataclass(frozen=True)
class RegionValues:
    """What both images show in a region.

    Attributes:
        key: among ``NAMES``.
        before: mean of the scan.
        after: mean of the estimate.
        cov_before: SD over mean of the scan, per cent: noise and anatomy together.
        cov_after: the same of the estimate.
        voxels: in it.
    """

    key: str
    before: float
    after: float
    cov_before: float
    cov_after: float
    voxels: int

    @property
    def bias_percent(self) -> float:
        """By how much the estimate's mean lies above the scan's."""
        return 100 * (self.after / self.before - 1)


def region_values(region: np.ndarray, low: np.ndarray, estimate: np.ndarray) -> tuple[RegionValues, ...]:
    """Return the values of each region that holds anything: a mean that is not above zero has nothing to be shares of.

    Args:
        region: what is active, bool, canonical order, shape (I, J, K).
        low: the scan.
        estimate: of the scan with all counts.
    """
    masks = {WHOLE: region} | _by_brightness(region, estimate) | _boxes(region)
    found = []
    for key in NAMES:
        mask = masks[key]
        if not mask.any():
            continue
        both = [image[mask].astype(np.float64) for image in (low, estimate)]
        means = [float(values.mean()) for values in both]
        if min(means) <= 0:
            continue
        covs = [100 * float(values.std()) / mean for values, mean in zip(both, means, strict=True)]
        found.append(RegionValues(key, means[0], means[1], covs[0], covs[1], int(np.count_nonzero(mask))))
    return tuple(found)


def _by_brightness(region: np.ndarray, estimate: np.ndarray) -> dict[str, np.ndarray]:
    """Part the region by the estimate's median, which hardly knows the scan's noise."""
    middle = float(np.median(estimate[region]))
    return {"brighter": region & (estimate > middle), "darker": region & (estimate <= middle)}


def _boxes(region: np.ndarray) -> dict[str, np.ndarray]:
    i, j, _ = (np.flatnonzero(region.any(axis=tuple({0, 1, 2} - {axis}))) for axis in range(3))
    middle = (i[0] + i[-1] + 1) / 2
    thirds = np.linspace(j[0], j[-1] + 1, len(_DEPTHS) + 1).round().astype(int)
    found = {}
    for side, columns in zip(_SIDES, (slice(0, int(middle)), slice(int(middle), None)), strict=True):
        for number, depth in enumerate(_DEPTHS):
            mask = np.zeros_like(region)
            box = columns, slice(thirds[number], thirds[number + 1])
            mask[box] = region[box]
            found[f"{side}_{depth}"] = mask
    return found
