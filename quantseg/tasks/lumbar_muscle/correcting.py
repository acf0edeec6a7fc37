"""A lumbar muscle result whose labels a person has changed, or drawn."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence

import numpy as np

from quantseg.errors import InputRefused
from quantseg.measure.corrected_checks import EMPTIED, check_emptied, of_the_models
from quantseg.measure.values import Check, Measurement
from quantseg.reading.roles import RoleImages
from quantseg.results.case import CaseResult
from quantseg.results.outputs import ImageMap, LabelMap
from quantseg.results.reading_doubts import READING
from quantseg.tasks.lumbar_muscle.anatomy import SEGMENTS
from quantseg.tasks.lumbar_muscle.axial_planes import AxialPlanes, SliceOrder, axial_planes, planes_of, slice_of_plane
from quantseg.tasks.lumbar_muscle.checks import EVIDENCE, check_asymmetry, check_edge, check_fat, check_sides
from quantseg.tasks.lumbar_muscle.fat import FAT_MAP, FatSource, as_map, fat_of_plane, from_map, put_right, source_of
from quantseg.tasks.lumbar_muscle.measuring import (
    FAT_SOURCE,
    HEIGHT,
    SLICES_MEASURED,
    SLICES_RUN,
    MeasuredPlane,
    measure_muscles,
    with_height,
)
from quantseg.tasks.lumbar_muscle.sides import on_the_other_side
from quantseg.tasks.lumbar_muscle.view import values_at_edge

# Neither is told by labels: what is known of the network, where the images lie, how they were read, what was exchanged,
# how the slices lie, and whether the picture can tell a trunk.
_NOT_OF_LABELS = frozenset({EVIDENCE.key, "place", READING, "water_fat_swap", "pair", "tilt", "trunk"})


def corrected(result: CaseResult, labels: np.ndarray, edited: Sequence[str]) -> CaseResult:
    """Measure changed labels.

    The map of fat stays as it was made, and each outline is measured by what it holds of it. The muscle index follows
    the height that the facts name, whether labels were changed or not.

    Args:
        result: the case as the model, or an earlier correction, left it.
        labels: label map on the scan's grid.
        edited: keys of the segments that a person has changed; none leaves all other numbers, and the checks, alone.
    """
    changed = result.with_label_map(array=labels)
    height = _height_m(result.facts)
    if not edited:
        return dataclasses.replace(changed, measurements=with_height(result.measurements, height))
    planes, pixel_mm = _planes(result, labels)
    pixel_mm2 = pixel_mm[0] * pixel_mm[1]
    measurements = measure_muscles(planes, pixel_mm2, _source(result.facts), height) if planes else ()
    return dataclasses.replace(
        changed,
        measurements=measurements,
        checks=_checked_again(changed, planes, pixel_mm, measurements, edited) if result.models else (),
        edited_segments=tuple(edited),
        facts={**result.facts, SLICES_MEASURED: len(planes)},
    )


def drawn_by_hand(name: str, images: RoleImages, labels: np.ndarray) -> CaseResult:
    """Return labels that no model of ours made as a case.

    Args:
        name: of the case.
        images: water and fat, or one image alone.
        labels: uint8, the task's own values, on the first image's grid.

    Raises:
        InputRefused: a value stands for nothing, or the images do not fit each other.
    """
    highest = int(labels.max(initial=0))
    if highest > len(SEGMENTS):
        raise InputRefused(
            f"{name}: the labels go up to {highest}; expected 1 left psoas, 2 right psoas, 3 left erector spinae, and "
            f"so on to {len(SEGMENTS)}."
        )
    shown, drawn = axial_planes(images.scans), planes_of(images.first.volume.with_array(labels))
    fat = np.full(shown.grid.shape, np.nan, np.float32)
    fats = []
    for k in _labelled(drawn):
        outlines = _labels_of(drawn, k)
        fats.append(fat_of_plane(put_right(shown.pictures(k), outlines, shown.pixel_mm), outlines, shown.pixel_mm))
        fat[:, :, k] = fats[-1].percent
    source = source_of(fats)
    map_of_fat = ImageMap(FAT_MAP, "Fat fraction", shown.reorientation.undo(as_map(fat)), "%")
    result = CaseResult(
        name=name,
        task="lumbar-muscle",
        scan=images.first,
        outputs=(LabelMap(labels, SEGMENTS), *((map_of_fat,) if source is not FatSource.NONE else ())),
        measurements=(),
        checks=(),
        models=(),
        facts={SLICES_RUN: shown.order.value, FAT_SOURCE: source.value},
        further_scans=images.further,
    )
    return corrected(result, labels, [segment.key for segment in SEGMENTS])


def _height_m(facts: Mapping[str, object]) -> float | None:
    height = facts.get(HEIGHT)
    return float(height) if isinstance(height, int | float) and height else None


def _source(facts: Mapping[str, object]) -> FatSource:
    return FatSource(str(facts.get(FAT_SOURCE, FatSource.NONE.value)))


def _planes(result: CaseResult, labels: np.ndarray) -> tuple[list[MeasuredPlane], tuple[float, float]]:
    """Return the planes that labels lie in, numbered as the engine has numbered them, and the size of a pixel.

    A scene may hold the slices in another order than the file that the engine read.
    """
    drawn = planes_of(result.volume.with_array(labels))
    kept = next((one.array for one in result.outputs if isinstance(one, ImageMap) and one.name == FAT_MAP), None)
    fat = planes_of(result.volume.with_array(np.zeros(labels.shape, np.float32) if kept is None else kept))
    order = SliceOrder(str(result.facts.get(SLICES_RUN, drawn.order.value)))
    planes = [
        MeasuredPlane(slice_of_plane(k, drawn.count, order), _labels_of(drawn, k), from_map(fat.pictures(k)[0]))
        for k in _labelled(drawn)
    ]
    return planes, drawn.pixel_mm


def _labelled(drawn: AxialPlanes) -> list[int]:
    (labels,) = drawn.images.values()
    return [int(k) for k in np.flatnonzero(labels.any(axis=(0, 1)))]


def _labels_of(drawn: AxialPlanes, k: int) -> np.ndarray:
    labels: np.ndarray = drawn.pictures(k)[0].astype(np.uint8)
    return labels


def _checked_again(
    result: CaseResult,
    planes: Sequence[MeasuredPlane],
    pixel_mm: tuple[float, float],
    measurements: Sequence[Measurement],
    edited: Sequence[str],
) -> tuple[Check, ...]:
    """Return what cannot be judged again, what labels and numbers tell now, and what a correction has left empty."""
    source = _source(result.facts)
    unknown = [one.slice_index for one in planes if not np.isfinite(one.fat_percent).any()]
    again = (
        check_edge({one.slice_index: values_at_edge(one.labels) for one in planes}),
        check_sides({one.slice_index: on_the_other_side(one.labels, pixel_mm) for one in planes}),
        check_fat(source, unknown if source is not FatSource.NONE else ()),
        check_asymmetry(measurements),
    )
    judged = {EMPTIED, *(one.key for one in again)}
    kept = [one if one.key in _NOT_OF_LABELS else of_the_models(one) for one in result.checks if one.key not in judged]
    return (*kept, *again, *check_emptied(result.labels[None], result.segments, dict.fromkeys(edited, (0,))))
