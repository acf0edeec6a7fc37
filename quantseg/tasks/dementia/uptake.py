"""FDG uptake in standard space: relative to a region that dementia spares, beside the mean of healthy adults."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

import numpy as np

from quantseg.brain.atlas import Atlas
from quantseg.brain.standard_boxes import StandardBox
from quantseg.brain.tissue_mixture import CLASSES, smoothed
from quantseg.errors import InputRefused
from quantseg.volume import Volume, resample_through

_MOSTLY_GREY = 0.4
# A region that the picture shows less of has no value.
_LEAST_IN_VIEW = 0.9
# Below this share of its own 95th percentile the mean says nothing of a place: fluid, the rim, outside.
_LEAST_MEAN = 0.25
# The mean of many is smooth; one person's PET is smoothed before it is compared.
_COMPARED_SD_MM = 2.5


class Reference(Enum):
    """What uptake is related to."""

    CEREBELLUM = "cerebellum"
    PONS = "pons"


_REFERENCE_BOXES = {
    Reference.CEREBELLUM: StandardBox((10, 42), (-78, -48), (-46, -22)),
    Reference.PONS: StandardBox((0, 8), (-34, -18), (-44, -24)),
}
REGIONS = {
    "posterior_cingulate": StandardBox((0, 14), (-62, -36), (14, 42)),
    "temporoparietal": StandardBox((34, 62), (-74, -38), (8, 50)),
    "lateral_temporal": StandardBox((44, 70), (-45, 5), (-30, 2)),
    "medial_temporal": StandardBox((16, 36), (-40, -2), (-34, -8)),
    "frontal": StandardBox((0, 50), (20, 70), (-5, 55)),
    "sensorimotor": StandardBox((20, 58), (-38, -6), (42, 72)),
    "occipital": StandardBox((0, 40), (-104, -76), (-12, 30)),
    "striatum": StandardBox((10, 32), (-12, 20), (-8, 14)),
}
"""Areas whose grey matter is told singly; those that dementia changes first come first."""
SIDES = ("left", "right")


@dataclass(frozen=True)
class HealthyUptake:
    """Uptake of healthy adults on the atlas's grid.

    Attributes:
        mean: in any unit, float32.
        sd: standard deviation of the ratio to the reference; None where nobody supplied it.
        source: whose it is, in words.
    """

    mean: np.ndarray
    sd: np.ndarray | None
    source: str


@dataclass(frozen=True)
class StandardUptake:
    """One person's uptake on the atlas's grid.

    Attributes:
        ratio: to the mean of the reference region, float32, shape (I, J, K); 0 where the picture ends.
        difference_percent: to the healthy mean, float32; 0 where the mean says nothing.
        ratios: mean ratio of each region of a side, such as ``left_frontal``; None where the picture shows too little.
        differences_percent: the same of the difference to the healthy mean.
        z_scores: the same of the difference in standard deviations; empty where none are known.
        reference: what the ratio relates to.
    """

    ratio: np.ndarray
    difference_percent: np.ndarray
    ratios: Mapping[str, float | None]
    differences_percent: Mapping[str, float | None]
    z_scores: Mapping[str, float | None]
    reference: Reference


def measure_uptake(
    pet: Volume, to_pet: np.ndarray, atlas: Atlas, healthy: HealthyUptake, reference: Reference
) -> StandardUptake:
    """Relate a PET to a reference region and to healthy adults.

    Args:
        pet: in canonical order, in any unit that is proportional to activity.
        to_pet: 4x4 matrix from RAS in mm of the atlas to RAS in mm of the PET.
        atlas: where regions lie.
        healthy: what to compare with.
        reference: what to relate to.

    Raises:
        InputRefused: the reference region is out of view, or takes up nothing.
    """
    seen = resample_through(pet, atlas.grid, to_pet).array
    in_view = resample_through(pet.with_array(np.ones(pet.array.shape, np.uint8)), atlas.grid, to_pet).array > 0.5
    place = _REFERENCE_BOXES[reference].mask(atlas.grid) & atlas.mask
    shown = float(in_view[place].mean())
    if shown < _LEAST_IN_VIEW:
        raise InputRefused(
            f"The PET shows {100 * shown:.0f} % of the {reference.value}, expected {100 * _LEAST_IN_VIEW:.0f} % or "
            "more of what uptake is related to; give another scan, or another --reference."
        )
    level = float(seen[place].mean())
    if not level > 0:
        raise InputRefused(
            f"The mean uptake of the {reference.value} is {level:g}, expected one above 0; give a PET of FDG."
        )
    ratio = np.where(in_view, seen / level, 0).astype(np.float32)
    healthy_ratio = healthy.mean / float(healthy.mean[place].mean())
    known = in_view & atlas.mask & (healthy_ratio > _LEAST_MEAN * np.percentile(healthy_ratio[atlas.mask], 95))
    smooth = smoothed(ratio, _COMPARED_SD_MM / atlas.grid.spacing_mm[0])
    apart = np.where(known, smooth - healthy_ratio, 0)
    percent = np.where(known, 100 * apart / np.where(known, healthy_ratio, 1), 0).astype(np.float32)
    places = _region_masks(atlas)
    healthy_means = _means(healthy_ratio, places, in_view)
    ratios = _means(ratio, places, in_view)
    differences = {name: _relative(ratios[name], healthy_means[name]) for name in places}
    z_scores: dict[str, float | None] = {}
    if healthy.sd is not None:
        sds = np.maximum(healthy.sd, 1e-6)
        z_scores = _means(apart / sds, {name: mask & known for name, mask in places.items()}, in_view)
    return StandardUptake(ratio, percent, ratios, differences, z_scores, reference)


def asymmetries_percent(ratios: Mapping[str, float | None]) -> dict[str, float]:
    """Return left less right over their mean in % of each region that both sides have a value of."""
    found = {}
    for region in REGIONS:
        left, right = (ratios.get(f"{side}_{region}") for side in SIDES)
        if left is not None and right is not None and left + right > 0:
            found[region] = 200 * (left - right) / (left + right)
    return found


def _region_masks(atlas: Atlas) -> dict[str, np.ndarray]:
    grey = atlas.mask & (atlas.expected[CLASSES.index("grey")] > _MOSTLY_GREY)
    return {f"{side}_{name}": box.mask(atlas.grid, side) & grey for name, box in REGIONS.items() for side in SIDES}


def _means(values: np.ndarray, places: Mapping[str, np.ndarray], in_view: np.ndarray) -> dict[str, float | None]:
    return {
        name: float(values[mask & in_view].mean()) if mask.any() and in_view[mask].mean() >= _LEAST_IN_VIEW else None
        for name, mask in places.items()
    }


def _relative(value: float | None, mean: float | None) -> float | None:
    return None if value is None or not mean else 100 * (value / mean - 1)
