"""From axial images to a finished case: plane by plane predict, put exchanged images right, check, measure."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from quantseg.errors import InputRefused
from quantseg.measure.steps import Steps
from quantseg.measure.values import Check, Verdict
from quantseg.reading.roles import RoleImages
from quantseg.results.case import CaseResult
from quantseg.results.outputs import ImageMap, LabelMap
from quantseg.tasks.lumbar_muscle.agreement import agreement_of, check_pair
from quantseg.tasks.lumbar_muscle.anatomy import SEGMENTS
from quantseg.tasks.lumbar_muscle.axial_planes import AxialPlanes, axial_planes
from quantseg.tasks.lumbar_muscle.checks import (
    EVIDENCE,
    check_asymmetry,
    check_confidence,
    check_edge,
    check_fat,
    check_slices,
    check_swap,
    check_tilt,
    check_trunk,
)
from quantseg.tasks.lumbar_muscle.fat import (
    FAT_MAP,
    FatSource,
    PlaneFat,
    as_map,
    fat_of_plane,
    fraction,
    is_swapped,
    source_of,
)
from quantseg.tasks.lumbar_muscle.measuring import (
    FAT_SOURCE,
    HEIGHT,
    SLICES_MEASURED,
    SLICES_RUN,
    MeasuredPlane,
    measure_muscles,
)
from quantseg.tasks.lumbar_muscle.options import LumbarMuscleOptions
from quantseg.tasks.lumbar_muscle.pairing import FAT_ROLE
from quantseg.tasks.lumbar_muscle.scales import FatLevels, check_scales, fat_levels, same_top
from quantseg.tasks.lumbar_muscle.segmenting import PlaneLabels, segment_plane
from quantseg.tasks.lumbar_muscle.view import trunk_is_untold, values_at_edge, why_no_trunk, why_not_lumbar

if TYPE_CHECKING:
    from quantseg.inference.ensemble import Ensemble
    from quantseg.inference.model_store import ModelStore

TASK_NAME = "lumbar-muscle"
NETWORK = "lumbar-muscle"


@dataclass(frozen=True)
class _Plane:
    """One plane that shows a lumbar cross-section.

    Attributes:
        k: its place from the feet up.
        found: labels.
        fat: of its pixels.
        swapped: whether water and fat were exchanged, and put right.
        levels: of its fat; None where a single image is all there is.
        agreement: of water and fat; None likewise.
        untold: whether the picture is too narrow to tell a trunk from a head.
    """

    k: int
    found: PlaneLabels
    fat: PlaneFat
    swapped: bool
    levels: FatLevels | None
    agreement: float | None
    untold: bool


class LumbarMusclePipeline:
    """Segments and measures the muscles of one case after another.

    Args:
        options: apply to every case.
        models: where networks come from, and stay.
    """

    def __init__(self, options: LumbarMuscleOptions, models: ModelStore) -> None:
        self._options = options
        self._models = models

    def run(self, name: str, images: RoleImages, steps: Steps) -> CaseResult:
        """Process one case.

        Args:
            name: case name.
            images: water and fat, or one image alone.
            steps: is told of every step.

        Raises:
            InputRefused: no slice shows a lumbar cross-section, the one that was asked for does not exist, or the
                images do not fit each other.
        """
        from quantseg.models.bundle import reference

        planes = axial_planes(images.scans)
        asked = self._asked(planes)
        ensemble = self._models.ensemble(NETWORK, self._options.device, steps)
        measured: list[_Plane] = []
        left_out: dict[int, str] = {}
        with steps.step("predict"):
            for number, index in enumerate(asked, start=1):
                plane, why_not = _process(planes, planes.plane_of(index), ensemble)
                if why_not:
                    left_out[index] = why_not
                else:
                    measured.append(plane)
                steps.advance(number, of=len(asked))
        if not measured:
            raise InputRefused(_refusal(name, left_out))
        with steps.step("restore"):
            labels, fat = np.zeros(planes.grid.shape, np.uint8), np.full(planes.grid.shape, np.nan, np.float32)
            for plane in measured:
                labels[:, :, plane.k], fat[:, :, plane.k] = plane.found.labels, plane.fat.percent
            _add_fat_of_slices_left_out(planes, left_out, measured, fat)
        source = source_of(plane.fat for plane in measured)
        with steps.step("measure"):
            numbered = [
                MeasuredPlane(planes.plane_of(plane.k), plane.found.labels, plane.fat.percent) for plane in measured
            ]
            measurements = measure_muscles(numbered, planes.pixel_mm2, source, self._options.height_m)
        with steps.step("check"):
            index_of = {plane.k: planes.plane_of(plane.k) for plane in measured}
            swapped = [index_of[plane.k] for plane in measured if plane.swapped]
            checks = (
                EVIDENCE,
                *(Check("place", Verdict.LOOK, doubt) for doubt in planes.doubts),
                check_slices(left_out, len(measured)),
                *check_trunk([index_of[one.k] for one in measured if one.untold]),
                check_tilt(planes.tilt_degrees),
                *check_swap(swapped, len(measured)),
                *_of_two_images(images, measured),
                check_edge({index_of[plane.k]: values_at_edge(plane.found.labels) for plane in measured}),
                check_confidence(_least_confidence(measured)),
                check_fat(source, [index_of[one.k] for one in measured if one.fat.source is FatSource.NONE]),
                check_asymmetry(measurements),
            )
        label_map = LabelMap(planes.reorientation.undo(labels), SEGMENTS)
        fat_map = ImageMap(FAT_MAP, "Fat fraction", planes.reorientation.undo(as_map(fat)), "%")
        return CaseResult(
            name=name,
            task=TASK_NAME,
            scan=images.first,
            outputs=(label_map, *((fat_map,) if source is not FatSource.NONE else ())),
            measurements=measurements,
            checks=checks,
            models=(reference(ensemble.bundle),),
            made_by=NETWORK,
            facts={
                SLICES_MEASURED: len(measured),
                "slices_left_out": len(left_out),
                SLICES_RUN: planes.order.value,
                FAT_SOURCE: source.value,
                **({} if self._options.height_m is None else {HEIGHT: self._options.height_m}),
                "water_fat_swapped": len(swapped),
                "device": str(ensemble.device),
                "memory_rung": ensemble.rung.value,
            },
            step_seconds=steps.seconds(),
            further_scans=images.further,
        )

    def _asked(self, planes: AxialPlanes) -> list[int]:
        """Return the slices to be measured, by their index in the file."""
        index = self._options.slice_index
        if index is None:
            return list(range(planes.count))
        if index >= planes.count:
            raise InputRefused(f"There is no slice {index}, expected 0 to {planes.count - 1}, counted as in the file.")
        return [index]


def _process(planes: AxialPlanes, k: int, ensemble: Ensemble) -> tuple[_Plane, str]:
    """Return a plane, and why it is taken for no lumbar cross-section."""
    pictures, pixel_mm = planes.pictures(k), planes.pixel_mm
    found = segment_plane(pictures, pixel_mm, ensemble)
    swapped = FAT_ROLE in planes.images and is_swapped(pictures[0], pictures[1], found.labels, pixel_mm)
    if swapped:
        pictures = pictures[::-1]
        found = segment_plane(pictures, pixel_mm, ensemble)
    fat = fat_of_plane(pictures, found.labels, pixel_mm)
    of_two = len(pictures) > 1
    levels = fat_levels(pictures, found.labels, pixel_mm) if of_two else None
    agreement = agreement_of(pictures, pixel_mm) if of_two else None
    shown = pictures.sum(axis=0)
    why_not = why_not_lumbar(found, pixel_mm) or why_no_trunk(shown, pixel_mm)
    return _Plane(k, found, fat, swapped, levels, agreement, trunk_is_untold(shown, pixel_mm)), why_not


def _of_two_images(images: RoleImages, measured: list[_Plane]) -> tuple[Check, ...]:
    """Judge whether water and fat fit each other, in place and in scale, where there are both."""
    levels = [plane.levels for plane in measured if plane.levels is not None]
    agreements = [plane.agreement for plane in measured if plane.agreement is not None]
    return (check_pair(agreements), check_scales(levels, same_top(images.scans))) if levels else ()


def _add_fat_of_slices_left_out(
    planes: AxialPlanes, left_out: Collection[int], measured: list[_Plane], fat: np.ndarray
) -> None:
    """Fill in what a Dixon tells without labels, so that a person who outlines muscles there has their fat, too.

    Args:
        planes: of the case.
        left_out: slices taken for no lumbar cross-section.
        measured: the others; as most of them, those left out have water and fat exchanged or not.
        fat: in per cent, not-a-number where unknown, shape (I, J, K); changed.
    """
    if FAT_ROLE not in planes.images:
        return
    step = -1 if 2 * sum(plane.swapped for plane in measured) > len(measured) else 1
    for k in map(planes.plane_of, left_out):
        water, of_fat = planes.pictures(k)[::step]
        fat[:, :, k] = fraction(water, of_fat)


def _refusal(name: str, left_out: dict[int, str]) -> str:
    """Say why nothing was measured, by the middle one of the slices that were looked at."""
    index, why_not = list(left_out.items())[len(left_out) // 2]
    looked_at = f"Slice {index}" if len(left_out) == 1 else f"None of the {len(left_out)} slices"
    example = "" if len(left_out) == 1 else f"in slice {index}, "
    shows = "shows no" if len(left_out) == 1 else "shows a"
    return (
        f"{looked_at} of {name} {shows} cross-section through the lumbar spine: {example}{why_not}; give an axial scan "
        "of L2 to L5 that shows all of both sides."
    )


def _least_confidence(measured: list[_Plane]) -> dict[int, float]:
    """Return the least confidence in each label over the slices that show it, by label value."""
    found = {}
    for segment in SEGMENTS:
        known = [one.found.confidence[segment.value] for one in measured if one.found.confidence[segment.value] > 0]
        if known:
            found[segment.value] = min(known)
    return found
