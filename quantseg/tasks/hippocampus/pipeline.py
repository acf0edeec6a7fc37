"""From a scan to a finished case: localise, predict, restore, check, measure."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from quantseg.errors import InputRefused
from quantseg.measure.doubt import DoubtfulSlice, most_doubtful_first
from quantseg.measure.steps import Steps
from quantseg.measure.t1_contrast import check_contrast
from quantseg.measure.values import Check, Interval, Verdict
from quantseg.models.reference import ModelReference
from quantseg.reading.scan import Scan
from quantseg.results.case import CaseResult
from quantseg.results.outputs import LabelMap
from quantseg.tasks.hippocampus.anatomy import CROP_SEGMENTS, SIDED_SEGMENTS
from quantseg.tasks.hippocampus.background import with_dark_background
from quantseg.tasks.hippocampus.checks import check_asymmetry, check_features
from quantseg.tasks.hippocampus.features import HippocampusFeatures, hippocampus_features
from quantseg.tasks.hippocampus.head_window import check_window, segment_left_in_head
from quantseg.tasks.hippocampus.input_kind import decide_kind
from quantseg.tasks.hippocampus.intracranial import check_intracranial, plausible_intracranial_volume
from quantseg.tasks.hippocampus.judgement import Judgement, read_judgement
from quantseg.tasks.hippocampus.label_checks import FOUND
from quantseg.tasks.hippocampus.measuring import measure_hippocampus
from quantseg.tasks.hippocampus.options import HippocampusOptions, InputKind, Side
from quantseg.tasks.hippocampus.segmenting import (
    SideSegmentation,
    crop_patch_grid,
    segment_left,
)
from quantseg.tasks.hippocampus.sides import mirror, mirrored_position
from quantseg.volume import Volume, to_canonical

if TYPE_CHECKING:
    from quantseg.inference.ensemble import Ensemble
    from quantseg.inference.model_store import ModelStore
    from quantseg.tasks.hippocampus.localise import Localisation

SEGMENTER = "hippocampus"
LOCALISER = "head-localiser"
REFINER = "hippocampus-close-up"


class HippocampusPipeline:
    """Segments and measures the hippocampi of one scan after another.

    Args:
        options: apply to every scan.
        models: where networks come from, and stay.
    """

    def __init__(self, options: HippocampusOptions, models: ModelStore) -> None:
        self._options = options
        self._models = models

    def run(self, name: str, scan: Scan, steps: Steps) -> CaseResult:
        """Process one scan.

        Args:
            name: case name.
            scan: as read.
            steps: is told of every step.

        Raises:
            InputRefused: no hippocampus can be found in it, or its contrast is not that of T1.
        """
        canonical, reorientation = to_canonical(scan.volume)
        canonical, of_the_image = with_dark_background(canonical)
        localisation = self._localise(canonical, steps)
        if localisation is None:
            sides = self._segment_crop(canonical, steps)
            intracranial = None
            segments = CROP_SEGMENTS if self._options.side is None else SIDED_SEGMENTS
        else:
            contrast, echo_time_ms = localisation.tissue_contrast, scan.acquisition.echo_time_ms
            of_the_image += check_contrast(contrast, echo_time_ms, self._options.force)
            of_the_image += check_intracranial(localisation)
            intracranial = plausible_intracranial_volume(localisation)
            sides = self._segment_head(canonical, localisation, steps)
            segments = SIDED_SEGMENTS
        with steps.step("check"):
            features = {side: hippocampus_features(segmentation) for side, segmentation in sides.items()}
            checks = of_the_image + self._checks(sides, features, localisation) + _asymmetry(sides)
            intervals = self._intervals(sides, features)
        labels, entropy = _join(sides, canonical.array.shape)
        with steps.step("measure"):
            labels, entropy = reorientation.undo(labels), reorientation.undo(entropy)
            measurements = measure_hippocampus(scan.volume, labels, segments, intracranial, intervals)
        return CaseResult(
            name=name,
            task="hippocampus",
            scan=scan,
            outputs=(LabelMap(labels, segments),),
            measurements=measurements,
            checks=checks,
            models=self._references(localisation),
            made_by=SEGMENTER,
            facts=self._facts(localisation),
            voxel_entropy=entropy,
            step_seconds=steps.seconds(),
            doubtful_slices=_doubtful_slices(sides),
        )

    @cached_property
    def _judgement(self) -> Judgement:
        return read_judgement(self._ensemble(SEGMENTER).bundle.folder / "configs" / "verdict.json")

    def _ensemble(self, bundle: str, steps: Steps | None = None) -> Ensemble:
        return self._models.ensemble(bundle, self._options.device, steps)

    def _localise(self, canonical: Volume, steps: Steps) -> Localisation | None:
        """Find the hippocampi of a head; None for a crop."""
        kind = self._options.input_kind
        by_extent = decide_kind(canonical.grid)
        if kind is InputKind.DECIDE:
            kind = by_extent
        if kind is InputKind.CROP:
            return None
        from quantseg.tasks.hippocampus.localise import localise

        localiser, refiner = self._ensemble(LOCALISER, steps), self._ensemble(REFINER, steps)
        with steps.step("localise"):
            localisation = localise(canonical, localiser, refiner)
        if localisation.left is None and localisation.right is None:
            raise InputRefused(
                "No hippocampus was found in the image; expected a brain MRI that shows the temporal lobes "
                "(or give --input-kind crop for a crop around one hippocampus)."
            )
        return localisation

    def _segment_crop(self, canonical: Volume, steps: Steps) -> dict[Side | None, SideSegmentation]:
        side = self._options.side
        return {side: self._segment(canonical, side, None, steps)}

    def _segment_head(
        self, canonical: Volume, localisation: Localisation, steps: Steps
    ) -> dict[Side | None, SideSegmentation]:
        places = {Side.LEFT: localisation.left, Side.RIGHT: localisation.right}
        head_mm3 = localisation.intracranial_volume_mm3 if localisation.whole_head_in_view else None
        return {
            side: self._segment(canonical, side, place.centre_mm, steps, head_mm3)
            for side, place in places.items()
            if place is not None
        }

    def _segment(
        self,
        canonical: Volume,
        side: Side | None,
        centre_mm: np.ndarray | None,
        steps: Steps,
        head_mm3: float | None = None,
    ) -> SideSegmentation:
        """Segment one hippocampus; a right one in the mirrored volume, and its labels mirrored back."""
        segmenter = self._ensemble(SEGMENTER, steps)
        correction = self._judgement.correction
        with steps.step("predict"):
            volume, undo = mirror(canonical) if side is Side.RIGHT else (canonical, np.asarray)
            if centre_mm is None:
                segmentation = segment_left(volume, crop_patch_grid(volume.grid), segmenter, correction)
            else:
                place_mm = mirrored_position(centre_mm) if side is Side.RIGHT else centre_mm
                segmentation = segment_left_in_head(volume, place_mm, segmenter, head_mm3, correction)
            return segmentation.with_scan_arrays(undo(segmentation.labels), undo(segmentation.entropy))

    def _checks(
        self,
        sides: Mapping[Side | None, SideSegmentation],
        features: Mapping[Side | None, HippocampusFeatures],
        localisation: Localisation | None,
    ) -> tuple[Check, ...]:
        checks: list[Check] = []
        for side, values in features.items():
            whose = "Hippocampus" if side is None else f"{side.value.capitalize()} hippocampus"
            checks += check_features(values, self._judgement.limits, self._judgement.expectation, whose)
            if localisation is not None:
                checks += check_window(sides[side], whose)
        if localisation is not None:
            checks += [_missing(side) for side in Side if side not in features]
        return tuple(checks)

    def _intervals(
        self, sides: Mapping[Side | None, SideSegmentation], features: Mapping[Side | None, HippocampusFeatures]
    ) -> dict[str, Interval]:
        """Return the 95 % interval of each volume by region key, as measuring names them."""
        intervals: dict[str, Interval] = {}
        for side, segmentation in sides.items():
            volumes_mm3 = segmentation.volumes_mm3()
            for part, interval in self._judgement.volume_intervals(volumes_mm3, features[side]).items():
                intervals[_region_key(side, part)] = interval
        return intervals

    def _references(self, localisation: Localisation | None) -> tuple[ModelReference, ...]:
        from quantseg.models.bundle import reference

        names = [SEGMENTER] if localisation is None else [LOCALISER, REFINER, SEGMENTER]
        return tuple(reference(self._ensemble(name).bundle) for name in names)

    def _facts(self, localisation: Localisation | None) -> dict[str, str | float | int | bool | None]:
        side, segmenter = self._options.side, self._ensemble(SEGMENTER)
        forced = self._options.input_kind is not InputKind.DECIDE
        return {
            "input_kind": (InputKind.CROP if localisation is None else InputKind.HEAD).value,
            "input_kind_forced": forced,
            "side": side.value if side and localisation is None else None,
            "device": str(segmenter.device),
            "memory_rung": segmenter.rung.value,
        }


def _region_key(side: Side | None, part: str) -> str:
    if side is None:
        return part
    return side.value if part == "whole" else f"{side.value}_{part}"


def _missing(side: Side) -> Check:
    reason = (
        f"{side.value.capitalize()} hippocampus: not found; the picture may be cut off there, or the brain unusual."
    )
    return Check(FOUND, Verdict.FAIL, reason)


def _asymmetry(sides: Mapping[Side | None, SideSegmentation]) -> tuple[Check, ...]:
    if not {Side.LEFT, Side.RIGHT} <= set(sides):
        return ()
    volumes_mm3 = (sides[side].volumes_mm3()["whole"] for side in (Side.LEFT, Side.RIGHT))
    return check_asymmetry(*volumes_mm3)


def _join(sides: Mapping[Side | None, SideSegmentation], shape: tuple[int, ...]) -> tuple[np.ndarray, np.ndarray]:
    """Put the sides into one label map: 1/2 for a left or unknown side, 3/4 for the right."""
    labels, entropy = np.zeros(shape, np.uint8), np.zeros(shape, np.float32)
    for side, segmentation in sides.items():
        offset = 2 if side is Side.RIGHT else 0
        found = segmentation.labels > 0
        labels[found] = segmentation.labels[found] + offset
        entropy = np.maximum(entropy, segmentation.entropy)
    return labels, entropy


def _doubtful_slices(sides: Mapping[Side | None, SideSegmentation]) -> tuple[DoubtfulSlice, ...]:
    return most_doubtful_first(
        one
        for side, segmentation in sides.items()
        for one in segmentation.doubtful_slices(
            _region_key(side, "whole"),
            side is Side.RIGHT,
            {value: _region_key(side, part) for value, part in enumerate(("anterior", "posterior"), start=1)},
        )
    )
