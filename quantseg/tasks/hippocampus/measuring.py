"""The numbers of a hippocampus result: per part, per side, and the two sides against each other."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from quantseg.measure.segments import Segment
from quantseg.measure.statistics import MaskStatistics, bounding_box, crop, long_axis, measure_mask
from quantseg.measure.values import Interval, Measurement
from quantseg.tasks.hippocampus.options import Side
from quantseg.volume import Volume, to_canonical

_VOLUME = "number of labelled voxels x voxel volume from the image's affine"
_SURFACE = "closed surface by Crofton's formula over 49 directions"
_LENGTH = "straight extent along the first principal axis of the whole hippocampus of that side"
_MEAN = "mean of the stored intensities under the label"
_SD = "sample standard deviation (n - 1) of the stored intensities under the label"
_ASYMMETRY = "100 x (left - right) / ((left + right) / 2) of the volumes"
_PER_INTRACRANIAL = "100 x volume / intracranial volume"

_SIDE_UNKNOWN = "whole"
_PARTS = ("anterior", "posterior")


def measure_hippocampus(
    image: Volume,
    labels: np.ndarray,
    segments: Sequence[Segment],
    intracranial_volume: Measurement | None,
    intervals: Mapping[str, Interval],
) -> tuple[Measurement, ...]:
    """Measure every part and side.

    Args:
        image: intensities.
        labels: label map on its grid, ijk order.
        segments: ``CROP_SEGMENTS`` or ``SIDED_SEGMENTS``.
        intracranial_volume: of the head in mm3; None for a crop or where the head is not wholly in view.
        intervals: 95 % intervals of volumes by region, where known.

    Returns:
        volume, surface, length, mean and SD of intensity of each region: the segments' keys and ``left``, ``right``
        or, where the side is unknown, ``whole``. A side without any voxel is left out, unless all are empty. Then
        the asymmetry index (regions ``anterior``, ``posterior``, ``whole``) where both sides have a volume, the
        intracranial volume, and each volume as a percentage of it.
    """
    statistics = _statistics_by_region(image, labels, segments)
    measurements = [m for region, values in statistics.items() for m in _of_region(region, values, intervals)]
    volumes_mm3 = {region: values.volume_mm3 for region, values in statistics.items()}
    measurements += _asymmetry(volumes_mm3)
    if intracranial_volume is not None:
        measurements.append(intracranial_volume)
        measurements += _per_intracranial(volumes_mm3, intracranial_volume.value)
    return tuple(measurements)


def _statistics_by_region(image: Volume, labels: np.ndarray, segments: Sequence[Segment]) -> dict[str, MaskStatistics]:
    sides: dict[str, list[Segment]] = {}
    for segment in segments:
        side = segment.key.rpartition("_")[0] or _SIDE_UNKNOWN
        sides.setdefault(side, []).append(segment)
    box = bounding_box(labels)
    if box is None:
        return {key: MaskStatistics(0, 0.0) for side, parts in sides.items() for key in (*(p.key for p in parts), side)}
    # In canonical order, so that the same anatomy stored in another axis order gives the same digits.
    within, _ = to_canonical(crop(image, box))
    values, _ = to_canonical(crop(image.with_array(labels), box))
    statistics: dict[str, MaskStatistics] = {}
    for side, parts in sides.items():
        statistics |= _of_side(within, values, side, parts)
    return statistics


def _of_side(image: Volume, labels: Volume, side: str, parts: Sequence[Segment]) -> dict[str, MaskStatistics]:
    whole = np.isin(labels.array, [part.value for part in parts])
    if not whole.any():
        return {}
    axis = long_axis(whole, labels.grid)
    statistics = {part.key: measure_mask(labels.array == part.value, image, axis) for part in parts}
    return statistics | {side: measure_mask(whole, image, axis)}


def _of_region(region: str, values: MaskStatistics, intervals: Mapping[str, Interval]) -> Iterator[Measurement]:
    yield Measurement("volume", region, values.volume_mm3, "mm3", _VOLUME, intervals.get(region))
    for key, value, unit, protocol in (
        ("surface", values.surface_mm2, "mm2", _SURFACE),
        ("length", values.length_mm, "mm", _LENGTH),
        ("mean_intensity", values.mean_intensity, "1", _MEAN),
        ("sd_intensity", values.sd_intensity, "1", _SD),
    ):
        if value is not None:
            yield Measurement(key, region, value, unit, protocol)


def _asymmetry(volumes_mm3: Mapping[str, float]) -> Iterator[Measurement]:
    for region in (*_PARTS, "whole"):
        suffix = "" if region == "whole" else f"_{region}"
        left = volumes_mm3.get(Side.LEFT.value + suffix, 0.0)
        right = volumes_mm3.get(Side.RIGHT.value + suffix, 0.0)
        if left > 0 and right > 0:
            index = 100 * (left - right) / ((left + right) / 2)
            yield Measurement("asymmetry_index", region, index, "%", _ASYMMETRY)


def _per_intracranial(volumes_mm3: Mapping[str, float], intracranial_mm3: float) -> Iterator[Measurement]:
    for region, volume_mm3 in volumes_mm3.items():
        percent = 100 * volume_mm3 / intracranial_mm3
        yield Measurement("volume_per_intracranial", region, percent, "%", _PER_INTRACRANIAL, decimals=4)
