"""A heart result whose labels a person has changed or drawn, or whose phases and slices a person has chosen."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np

from quantseg.errors import InputRefused, ModelError
from quantseg.measure.corrected_checks import EMPTIED, check_emptied, of_the_models
from quantseg.measure.limits import Limits, stricter
from quantseg.measure.values import Check, Measurement
from quantseg.results.case import CaseResult
from quantseg.tasks.heart.anatomy import HEART_SEGMENTS, PAPILLARY_RULE, HeartLabel
from quantseg.tasks.heart.cine_result import cine_of
from quantseg.tasks.heart.end_slices import EndSlices, without_end_slices
from quantseg.tasks.heart.frame_curves import frame_curves
from quantseg.tasks.heart.function import Patient, measure_function, measure_single_frame
from quantseg.tasks.heart.judgement import VERDICT_FILE, read_heart_judgement
from quantseg.tasks.heart.motion import MOTION, check_motion
from quantseg.tasks.heart.phases import PHASES, Phases, find_phases
from quantseg.tasks.heart.plausibility import BOUNDS, check_heart
from quantseg.tasks.heart.reading.cine import Cine, CineKind
from quantseg.tasks.heart.short_axis import ShortAxisStack
from quantseg.tasks.heart.view import short_axis_view
from quantseg.tasks.heart.volumes import VolumeCurves, volume_curves
from quantseg.tasks.heart.wall_thickness import measure_wall_thickness

_LEFT_CAVITY = HeartLabel.LV_CAVITY.name.lower()
# Of the image alone, and so as right after a correction as before.
_OF_THE_IMAGE = frozenset({"spacing", "reading"})


@dataclass(frozen=True)
class MeasuringChoices:
    """What a person decides about measuring, beside drawing; frames are counted from 0.

    Attributes:
        end_diastole: frame of end-diastole; None takes the largest left ventricle.
        end_systole: frame of end-systole; None takes the smallest.
        left_out: slices at base and apex that do not count, by frame.
    """

    end_diastole: int | None = None
    end_systole: int | None = None
    left_out: Mapping[int, EndSlices] = field(default_factory=dict)


AS_FOUND = MeasuringChoices()
"""Nothing decided by hand."""


def corrected(
    result: CaseResult,
    labels: np.ndarray,
    edited: Mapping[str, Collection[int]],
    choices: MeasuringChoices = AS_FOUND,
) -> CaseResult:
    """Measure changed labels, or the same ones at other phases and with other slices.

    Ejection fractions lose their intervals, which hold for what the models made, and the notes on both. What was judged
    by the models' agreement stays as it was, and says so; what is judged by the labels is judged anew, once a person
    has drawn also by the bounds of experts' labels: those that were fitted for the models allow for errors that only
    these make.

    Args:
        result: the case as the models, or an earlier correction, left it.
        labels: label maps on the cine's grid, shape (T, I, J, K).
        edited: frames in which a person has changed a segment, by the segment's key.
        choices: of the person; nothing edited and nothing chosen leaves checks and intervals alone.
    """
    if not edited and choices == AS_FOUND:
        return result.with_label_map(array=labels)
    cine = cine_of(result)
    view = short_axis_view(cine)
    affine = None if cine.spacing_mm is None else view.affine
    trusted = view.orientation_trusted and affine is not None
    emptied = check_emptied(labels, result.segments, edited) if result.models else ()
    stack = ShortAxisStack(view.show(labels), affine, trusted)
    if choices.left_out:
        stack = ShortAxisStack(without_end_slices(stack, choices.left_out), affine, trusted)
        labels = view.restore(stack.labels)
    curves = volume_curves(stack)
    phases = _phases(cine, curves, _with_earlier_phases(choices, result), edited.get(_LEFT_CAVITY, ()))
    right_ventricle = any(segment.value == HeartLabel.RV_CAVITY for segment in result.segments)
    judged: tuple[Check, ...] = ()
    if result.models:
        fitted = _fitted_bounds(result.made_by)
        bounds = {feature: stricter(fitted[feature], BOUNDS[feature]) for feature in BOUNDS} if edited else fitted
        judged = check_heart(stack, phases, right_ventricle, bounds)
        judged += () if phases is None else check_motion(view.show(cine.frames), stack, phases)
    measured = dataclasses.replace(
        result.with_label_map(array=labels),
        edited_segments=tuple(edited),
        checks=(*_carried(result.checks, judged), *judged, *emptied),
        notes=(),
    )
    if phases is None:
        return dataclasses.replace(measured, measurements=(), curves=None)
    moving = cine.kind is not CineKind.SINGLE_FRAME
    values = frozenset(segment.value for segment in result.segments)
    measurements = _measurements(cine, stack, curves, phases, result)
    by_name = dict(zip(PHASES, (phases.end_diastole, phases.end_systole), strict=True)) if moving else {}
    return dataclasses.replace(
        measured.with_label_map(phases=by_name),
        measurements=measurements,
        facts={**result.facts, **_facts(cine, phases, choices, measurements)},
        curves=frame_curves(cine, curves, phases, values),
    )


def drawn_by_hand(name: str, cine: Cine, labels: np.ndarray) -> CaseResult:
    """Return labels that no model of ours made as a case.

    Args:
        name: of the case.
        cine: the image.
        labels: 1 to 3 as in every label map of the heart, shape (T, I, J, K).

    Raises:
        InputRefused: a value stands for nothing.
    """
    highest = int(labels.max(initial=0))
    if highest > max(HeartLabel):
        raise InputRefused(
            f"{name}: the labels go up to {highest}; expected 1 for the right cavity, 2 for the left muscle, 3 for the "
            "left cavity."
        )
    facts = {"input_kind": cine.kind.value, "frames": len(cine.frames), "papillary_rule": PAPILLARY_RULE}
    drawn = CaseResult(name, "heart", cine, (cine.label_map(labels, HEART_SEGMENTS),), (), (), (), facts=facts)
    return corrected(drawn, labels, {segment.key: range(len(labels)) for segment in HEART_SEGMENTS})


def _with_earlier_phases(choices: MeasuringChoices, result: CaseResult) -> MeasuringChoices:
    """Return choices with the phases that a person named before, at the run or in an earlier correction."""
    if result.facts.get("phases_from") != "user":
        return choices
    ed, es = (result.phases.get(name) for name in PHASES)
    return dataclasses.replace(
        choices,
        end_diastole=ed if choices.end_diastole is None else choices.end_diastole,
        end_systole=es if choices.end_systole is None else choices.end_systole,
    )


def _phases(cine: Cine, curves: VolumeCurves, choices: MeasuringChoices, by_hand: Collection[int]) -> Phases | None:
    """Return the phases; None where no frame shows a left ventricle."""
    ed = cine.ed_frame if choices.end_diastole is None else choices.end_diastole
    es = cine.es_frame if choices.end_systole is None else choices.end_systole
    try:
        return find_phases(curves.voxel_counts[HeartLabel.LV_CAVITY], ed, es, cine.frame_times_ms, by_hand)
    except InputRefused:
        return None


def _measurements(
    cine: Cine, stack: ShortAxisStack, curves: VolumeCurves, phases: Phases, result: CaseResult
) -> tuple[Measurement, ...]:
    if cine.kind is CineKind.SINGLE_FRAME:
        return measure_single_frame(curves)
    known = {key: result.facts.get(key) for key in ("height_cm", "weight_kg", "heart_rate_per_min")}
    patient = Patient(**{key: value for key, value in known.items() if isinstance(value, int | float)})
    thickness = measure_wall_thickness(stack, phases)
    function = measure_function(curves, phases, patient, cine.frame_times_ms)
    return function + (() if thickness is None else thickness.measurements())


def _facts(
    cine: Cine, phases: Phases, choices: MeasuringChoices, measurements: Sequence[Measurement]
) -> dict[str, str | int | bool]:
    if cine.kind is CineKind.SINGLE_FRAME:
        return {}
    facts: dict[str, str | int | bool] = {
        "end_diastole_frame": cine.frame_numbers[phases.end_diastole],
        "end_systole_frame": cine.frame_numbers[phases.end_systole],
        "walls_named": any(measured.region.startswith("aha_") for measured in measurements),
    }
    if choices.end_diastole is not None or choices.end_systole is not None:
        facts["phases_from"] = "user"
    if choices.left_out:
        facts["slices_left_out_by_hand"] = "; ".join(
            f"frame {cine.frame_numbers[frame]}: {ends.base} at the base, {ends.apex} at the apex"
            for frame, ends in sorted(choices.left_out.items())
        )
    return facts


def _carried(checks: Sequence[Check], judged: Sequence[Check]) -> tuple[Check, ...]:
    """Return the checks that the labels alone cannot give again."""
    again = {check.key for check in judged} | _OF_LABELS
    kept = (check for check in checks if check.key not in again)
    return tuple(check if check.key in _OF_THE_IMAGE else of_the_models(check) for check in kept)


_OF_LABELS = {*BOUNDS, "base_and_apex", "left_ventricle", "right_ventricle", "border", "curve", MOTION, EMPTIED}
"""Keys of all checks that the labels may give; which of them they give depends on what they show."""


@lru_cache(maxsize=4)
def _fitted_bounds(model: str) -> Mapping[str, Limits]:
    """Return the bounds that were fitted for a model, those of experts' labels where it is not at hand."""
    from quantseg.models.bundle import find_bundle

    try:
        bundle = find_bundle(model)
        fitted = VERDICT_FILE in bundle.hashes
        return read_heart_judgement(bundle.folder / VERDICT_FILE).bounds if fitted else BOUNDS
    except ModelError:
        return BOUNDS
