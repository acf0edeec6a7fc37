"""The numbers of lumbar muscles: of each plane, and of all measured planes together."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from quantseg.measure.values import Measurement
from quantseg.tasks.lumbar_muscle.anatomy import SEGMENTS
from quantseg.tasks.lumbar_muscle.channels import Muscle, Side
from quantseg.tasks.lumbar_muscle.fat import FatSource

AREA, FAT_FRACTION, LEAN_AREA, ASYMMETRY, INDEX = (
    "area",
    "fat_fraction",
    "lean_area",
    "area_asymmetry",
    "muscle_index",
)
PERCENTILES = {10: "fat_fraction_p10", 50: "fat_fraction_median", 90: "fat_fraction_p90"}
"""Keys of the distribution of fat over a muscle's pixels."""
HEIGHT, SLICES_MEASURED, SLICES_RUN, FAT_SOURCE = "height_m", "slices_measured", "slices_run", "fat_source"
"""Names of facts of a case by which it is measured again after a correction."""
PARASPINAL = "paraspinal"
INDEX_UNIT = "cm2/m2"
_MM2_PER_CM2 = 100.0
_OF_INDEX = (Muscle.PSOAS, Muscle.ERECTOR_SPINAE, Muscle.MULTIFIDUS)
_AREA_PROTOCOL = "number of labelled pixels x pixel area, fat within the outline included"
_FAT_PROTOCOLS = {
    FatSource.DIXON: "mean of fat / (water + fat) over the labelled pixels of the Dixon images, not corrected for T1, "
    "T2* or noise",
    FatSource.THRESHOLD: "share of labelled pixels nearer in brightness to the fat beside the muscles than to lean "
    "muscle (two-class threshold in a single image; no chemical fat fraction)",
}


@dataclass(frozen=True)
class MeasuredPlane:
    """What a plane is measured by.

    Attributes:
        slice_index: of the file, counted from 0.
        labels: uint8, shape (I, J).
        fat_percent: float32, shape (I, J); not-a-number where it is unknown.
    """

    slice_index: int
    labels: np.ndarray
    fat_percent: np.ndarray


def measure_muscles(
    planes: Sequence[MeasuredPlane], pixel_mm2: float, source: FatSource, height_m: float | None
) -> tuple[Measurement, ...]:
    """Measure all planes together, then each by itself where there is more than one.

    Args:
        planes: that were measured, at least one.
        pixel_mm2: area of a pixel.
        source: how fat was found.
        height_m: of the person; without it there is no index.
    """
    by_plane = [tuple(_of_plane(plane, pixel_mm2, source)) for plane in planes]
    alone = len(planes) == 1
    whole = [_without_slice(one) for one in by_plane[0]] if alone else list(_means(by_plane))
    whole += _distribution(planes, source)
    whole += _comparisons({one.region: one.value for one in whole if one.key == AREA}, height_m)
    return (*whole, *(() if alone else (one for plane in by_plane for one in plane)))


def _of_plane(plane: MeasuredPlane, pixel_mm2: float, source: FatSource) -> Iterator[Measurement]:
    for segment in SEGMENTS:
        mask = plane.labels == segment.value
        count = int(np.count_nonzero(mask))
        if not count:
            continue
        area_mm2 = count * pixel_mm2
        yield Measurement(AREA, segment.key, area_mm2, "mm2", _AREA_PROTOCOL, slice_index=plane.slice_index)
        percent = _known(plane.fat_percent[mask])
        if not percent.size:
            continue
        mean = float(percent.mean(dtype=np.float64))
        yield Measurement(FAT_FRACTION, segment.key, mean, "%", _FAT_PROTOCOLS[source], slice_index=plane.slice_index)
        lean = area_mm2 * (1 - mean / 100)
        protocol = f"area x (1 - fat fraction); {_FAT_PROTOCOLS[source]}"
        yield Measurement(LEAN_AREA, segment.key, lean, "mm2", protocol, slice_index=plane.slice_index)


def _without_slice(one: Measurement) -> Measurement:
    return Measurement(one.key, one.region, one.value, one.unit, one.protocol)


def _means(by_plane: Sequence[Sequence[Measurement]]) -> Iterator[Measurement]:
    """Yield the mean of each number over the planes in which there is one, a fraction weighed by the muscle's area."""
    found: dict[tuple[str, str], list[tuple[Measurement, float]]] = {}
    for plane in by_plane:
        areas = {one.region: one.value for one in plane if one.key == AREA}
        for one in plane:
            weight = areas[one.region] if one.key == FAT_FRACTION else 1.0
            found.setdefault((one.key, one.region), []).append((one, weight))
    for numbers in found.values():
        first = numbers[0][0]
        mean = float(np.average([one.value for one, _ in numbers], weights=[weight for _, weight in numbers]))
        weighed = ", weighed by its area" if first.key == FAT_FRACTION else ""
        protocol = f"{first.protocol}; mean over the {len(numbers)} slices that show the muscle{weighed}"
        yield Measurement(first.key, first.region, mean, first.unit, protocol)


def _distribution(planes: Sequence[MeasuredPlane], source: FatSource) -> Iterator[Measurement]:
    """Yield percentiles of the fat of a muscle's pixels; a threshold knows two values alone."""
    if source is not FatSource.DIXON:
        return
    for segment in SEGMENTS:
        percent = _known(np.concatenate([plane.fat_percent[plane.labels == segment.value] for plane in planes]))
        if not percent.size:
            continue
        for rank, key in PERCENTILES.items():
            protocol = f"percentile {rank} of fat / (water + fat) over the labelled pixels of all measured slices"
            yield Measurement(key, segment.key, float(np.percentile(percent, rank)), "%", protocol)


def _comparisons(areas_mm2: Mapping[str, float], height_m: float | None) -> Iterator[Measurement]:
    sides = {
        muscle: [areas_mm2.get(f"{side.value}_{muscle.value}") for side in (Side.LEFT, Side.RIGHT)] for muscle in Muscle
    }
    whole = {muscle: (left, right) for muscle, (left, right) in sides.items() if left and right}
    for muscle, (left, right) in whole.items():
        percent = 200 * (left - right) / (left + right)
        protocol = "100 x (left - right) / mean of both areas"
        yield Measurement(ASYMMETRY, muscle.value, percent, "%", protocol)
    if height_m is None or any(muscle not in whole for muscle in _OF_INDEX):
        return
    regions = {muscle.value: (muscle,) for muscle in _OF_INDEX} | {PARASPINAL: _OF_INDEX}
    for region, muscles in regions.items():
        area_cm2 = sum(sum(whole[muscle]) for muscle in muscles) / _MM2_PER_CM2
        protocol = "area of both sides / height squared"
        if region == PARASPINAL:
            protocol += "; psoas, erector spinae and multifidus together"
        yield Measurement(INDEX, region, area_cm2 / height_m**2, INDEX_UNIT, protocol, decimals=3)


def with_height(measurements: Sequence[Measurement], height_m: float | None) -> tuple[Measurement, ...]:
    """Return numbers with the muscle index that a height gives, whatever index there was; without a height with none.

    Args:
        measurements: of :func:`measure_muscles`.
        height_m: of the person.
    """
    whole = [one for one in measurements if one.slice_index is None and one.key != INDEX]
    by_slice = [one for one in measurements if one.slice_index is not None]
    areas_mm2 = {one.region: one.value for one in whole if one.key == AREA}
    index = (one for one in _comparisons(areas_mm2, height_m) if one.key == INDEX)
    return (*whole, *index, *by_slice)


def _known(percent: np.ndarray) -> np.ndarray:
    return np.asarray(percent[np.isfinite(percent)])
