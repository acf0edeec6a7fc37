"""From a cine to a finished case: find the heart, outline it, find the phases, check, measure."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property, partial
from typing import TYPE_CHECKING

import numpy as np

from quantseg.errors import InputRefused
from quantseg.measure.limits import Limits
from quantseg.measure.scaled_error import ScaledErrorModel
from quantseg.measure.steps import Steps
from quantseg.measure.values import Check, Measurement, Verdict
from quantseg.reading.spacing import spacing_in_words
from quantseg.results.case import CaseResult
from quantseg.tasks.heart.anatomy import HEART_SEGMENTS, PAPILLARY_RULE, HeartLabel
from quantseg.tasks.heart.doubt import (
    INTERVAL_NOTE,
    OUTLINED_SLICES_INTERVAL_NOTE,
    PROVISIONAL_INTERVAL_NOTE,
    SCALED_INTERVAL_NOTE,
    check_agreement,
    check_finding,
    ejection_fraction_intervals,
)
from quantseg.tasks.heart.doubtful_slices import doubtful_slices_of_cycle
from quantseg.tasks.heart.expectation import HeartEvidence, heart_evidence
from quantseg.tasks.heart.frame_curves import frame_curves
from quantseg.tasks.heart.function import Patient, measure_function, measure_single_frame
from quantseg.tasks.heart.judgement import VERDICT_FILE, HeartJudgement, read_heart_judgement
from quantseg.tasks.heart.motion import check_motion
from quantseg.tasks.heart.options import HeartOptions
from quantseg.tasks.heart.phases import PHASES, Phases, find_phases
from quantseg.tasks.heart.plausibility import BOUNDS, check_heart, shows_left_ventricle
from quantseg.tasks.heart.reading.cine import Cine, CineKind
from quantseg.tasks.heart.segmenting import CycleSegmentation, segment_cycle
from quantseg.tasks.heart.short_axis import ShortAxisStack
from quantseg.tasks.heart.slice_presence import DoubtfulEnd
from quantseg.tasks.heart.view import short_axis_view
from quantseg.tasks.heart.volumes import VolumeCurves, volume_curves
from quantseg.tasks.heart.wall_thickness import measure_wall_thickness
from quantseg.volume import Grid, voxel_spacing_mm

if TYPE_CHECKING:
    from quantseg.inference.ensemble import Ensemble
    from quantseg.inference.model_store import ModelStore


class HeartPipeline:
    """Segments and measures one heart after another.

    Args:
        options: apply to every case.
        models: where networks come from, and stay.
    """

    def __init__(self, options: HeartOptions, models: ModelStore) -> None:
        self._options = options
        self._models = models

    def run(self, name: str, scan: Cine, steps: Steps) -> CaseResult:
        """Process one case.

        Args:
            name: case name.
            scan: as read.
            steps: is told of every step.

        Raises:
            InputRefused: no left ventricle can be found in it, or it lacks a frame that was asked for.
        """
        wanted_ed, wanted_es = (self._index(scan, number) for number in self._asked_for(scan))
        from quantseg.models.bundle import reference

        ensemble, scout, view = self._ensemble(steps), self._scout(steps), short_axis_view(scan)
        affine = None if scan.spacing_mm is None else view.affine
        with steps.step("predict"):
            pixel_mm = None if affine is None else voxel_spacing_mm(affine)[:2]
            frames = view.show(scan.frames)
            found = segment_cycle(
                frames,
                pixel_mm,
                ensemble,
                ensemble.bundle.inference,
                scout,
                end_diastole=wanted_ed,
                advance=partial(steps.advance, part="frame"),
            )
        stack = ShortAxisStack(found.labels, affine, view.orientation_trusted and affine is not None)
        curves = volume_curves(stack)
        with steps.step("check"):
            phases = find_phases(curves.voxel_counts[HeartLabel.LV_CAVITY], wanted_ed, wanted_es, scan.frame_times_ms)
            shown = (phases.end_diastole, phases.end_systole)
            evidence = self._evidence(frames, stack, phases, found)
            doubtful_ends = self._doubtful_ends(evidence, curves, phases)
            checks = (
                *_check_reading(scan),
                *check_finding(found, shown),
                *self._check_trust(phases, found, evidence),
                *check_heart(stack, phases, self._segments_right_ventricle, self._bounds),
                *check_motion(frames, stack, phases),
            )
        with steps.step("measure"):
            measurements = self._measure(scan, stack, curves, phases, found, evidence, doubtful_ends)
        moving = scan.kind is not CineKind.SINGLE_FRAME
        segments = tuple(segment for segment in HEART_SEGMENTS if segment.value in self._label_values)
        by_name = dict(zip(PHASES, shown, strict=True)) if moving else {}
        with_interval = {m.region for m in measurements if m.interval}
        in_doubt = (one.in_words(one.region in with_interval) for one in doubtful_ends if one.matters)
        return CaseResult(
            name=name,
            task="heart",
            scan=scan,
            outputs=(scan.label_map(view.restore(found.labels), segments, by_name),),
            measurements=measurements,
            checks=checks,
            models=(reference(self._ensemble().bundle),),
            made_by=self._ensemble().bundle.name,
            facts=self._facts(scan, phases, measurements, found),
            step_seconds=steps.seconds(),
            curves=frame_curves(scan, curves, phases, self._label_values),
            doubtful_slices=doubtful_slices_of_cycle(
                found, phases, Grid(found.labels.shape[1:], view.affine), scan.frame_numbers
            ),
            notes=(*in_doubt, *((self._interval_note,) if with_interval else ())),
        )

    def _ensemble(self, steps: Steps | None = None) -> Ensemble:
        return self._models.ensemble(self._options.model, self._options.device, steps)

    def _scout(self, steps: Steps) -> Ensemble:
        """One member: all of them would take as long to find end-diastole as to outline every frame."""
        first = self._ensemble(steps).members[:1]
        return self._models.ensemble(self._options.model, self._options.device, steps, first)

    @cached_property
    def _judgement(self) -> HeartJudgement | None:
        """What was fitted to cases that no member had seen; None where the bundle holds nothing of that kind."""
        bundle = self._ensemble().bundle
        return read_heart_judgement(bundle.folder / VERDICT_FILE) if VERDICT_FILE in bundle.hashes else None

    @property
    def _interval_note(self) -> str:
        if self._judgement is None:
            return PROVISIONAL_INTERVAL_NOTE
        if self._judgement.expectation is None:
            return OUTLINED_SLICES_INTERVAL_NOTE
        scaled = any(isinstance(error, ScaledErrorModel) for error in self._judgement.intervals.values())
        return SCALED_INTERVAL_NOTE if scaled else INTERVAL_NOTE

    @property
    def _bounds(self) -> Mapping[str, Limits]:
        return BOUNDS if self._judgement is None else self._judgement.bounds

    @property
    def _label_values(self) -> frozenset[int]:
        return frozenset(self._ensemble().bundle.inference["label_values"])

    @property
    def _segments_right_ventricle(self) -> bool:
        return HeartLabel.RV_CAVITY in self._label_values

    def _asked_for(self, cine: Cine) -> tuple[int | None, int | None]:
        """Return the numbers of the frames that the user or the input names as end-diastole and end-systole."""
        named = (None if frame is None else cine.frame_numbers[frame] for frame in (cine.ed_frame, cine.es_frame))
        given = (self._options.ed_frame_number, self._options.es_frame_number)
        ed, es = (number if asked is None else asked for asked, number in zip(given, named, strict=True))
        return ed, es

    @staticmethod
    def _index(cine: Cine, number: int | None) -> int | None:
        if number is None or number in cine.frame_numbers:
            return None if number is None else cine.frame_numbers.index(number)
        first, last = cine.frame_numbers[0], cine.frame_numbers[-1]
        there = f"{first} to {last}" if last - first == len(cine.frame_numbers) - 1 else f"{first} and {last}"
        raise InputRefused(f"Frame {number} was named with --ed or --es, but the input holds the frames {there}.")

    def _patient(self, cine: Cine) -> Patient:
        options = self._options
        return Patient(
            cine.body.height_cm if options.height_cm is None else options.height_cm,
            cine.body.weight_kg if options.weight_kg is None else options.weight_kg,
            cine.heart_rate_bpm if options.heart_rate_bpm is None else options.heart_rate_bpm,
        )

    def _evidence(
        self, frames: np.ndarray, stack: ShortAxisStack, phases: Phases, found: CycleSegmentation
    ) -> HeartEvidence | None:
        """Return what fitted doubt judges by; None where nothing was fitted, or no left ventricle is shown."""
        if self._judgement is None or not shows_left_ventricle(stack, phases):
            return None
        return heart_evidence(found, stack, phases, frames)

    def _doubtful_ends(
        self, evidence: HeartEvidence | None, curves: VolumeCurves, phases: Phases
    ) -> tuple[DoubtfulEnd, ...]:
        """Return the slices at base and apex of which nobody knows whether they belong to a ventricle."""
        if self._judgement is None or self._judgement.presence is None or evidence is None:
            return ()
        return self._judgement.presence.doubtful_ends(evidence.ends, curves, phases)

    def _check_trust(
        self, phases: Phases, found: CycleSegmentation, evidence: HeartEvidence | None
    ) -> tuple[Check, ...]:
        """Judge how right and how complete the labels are likely to be, by what was fitted where there is such."""
        if self._judgement is None or self._judgement.expectation is None or evidence is None:
            return check_agreement(found, (phases.end_diastole, phases.end_systole))
        return self._judgement.check(evidence)

    def _measure(
        self,
        cine: Cine,
        stack: ShortAxisStack,
        curves: VolumeCurves,
        phases: Phases,
        found: CycleSegmentation,
        evidence: HeartEvidence | None,
        doubtful_ends: tuple[DoubtfulEnd, ...],
    ) -> tuple[Measurement, ...]:
        if cine.kind is CineKind.SINGLE_FRAME:
            return measure_single_frame(curves)
        fitted = None if self._judgement is None else self._judgement.intervals
        intervals = ejection_fraction_intervals(found, curves, phases, fitted, evidence)
        if self._judgement is not None and self._judgement.presence is not None:
            intervals = self._judgement.presence.widened(intervals, doubtful_ends, curves, phases)
        function = measure_function(curves, phases, self._patient(cine), cine.frame_times_ms, intervals)
        thickness = measure_wall_thickness(stack, phases)
        return function + (() if thickness is None else thickness.measurements())

    def _facts(
        self, cine: Cine, phases: Phases, measurements: tuple[Measurement, ...], found: CycleSegmentation
    ) -> Mapping[str, str | float | int | bool | None]:
        options, patient, moving = self._options, self._patient(cine), cine.kind is not CineKind.SINGLE_FRAME
        asked = options.ed_frame_number is not None or options.es_frame_number is not None
        walls_named = any(measured.region.startswith("aha_") for measured in measurements)
        reference = None if found.reference is None else cine.frame_numbers[found.reference]
        facts = {
            "input_kind": cine.kind.value,
            "frames": len(cine.frames),
            "end_diastole_frame": cine.frame_numbers[phases.end_diastole] if moving else None,
            "end_systole_frame": cine.frame_numbers[phases.end_systole] if moving else None,
            "shown_as_end_diastole_frame": reference,
            "phases_from": ("user" if asked else "input" if phases.given else "volume curve") if moving else None,
            "orientation": "known" if cine.geometry.orientation_trusted else "unknown",
            "walls_named": walls_named if moving else None,
            "spacing_from": cine.geometry.spacing_origin.value,
            "papillary_rule": PAPILLARY_RULE,
            "members": len(self._ensemble().members),
            "device": str(self._ensemble().device),
            "memory_rung": self._ensemble().rung.value,
            # What function is computed from beside labels, so that corrected labels are measured alike.
            "height_cm": patient.height_cm,
            "weight_kg": patient.weight_kg,
            "heart_rate_per_min": patient.heart_rate_per_min,
        }
        return {key: value for key, value in facts.items() if value is not None}


def _check_reading(cine: Cine) -> tuple[Check, ...]:
    """Say what about the input calls for a look, whatever the labels are like."""
    checks = []
    if cine.spacing_mm is not None and cine.spacing_needs_look:
        reason = (
            f"The header contradicts itself: the spacing {spacing_in_words(cine.spacing_mm)} was taken from pixdim "
            "against an affine of 1 mm; volumes, mass and thickness are wrong if that is wrong."
        )
        checks.append(Check("spacing", Verdict.LOOK, reason))
    if cine.doubts:
        checks.append(Check("reading", Verdict.LOOK, " ".join(cine.doubts)))
    return tuple(checks)
