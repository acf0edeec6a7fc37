"""Ventricular function: volumes at both phases, what is ejected, mass, and all of it per body surface."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from quantseg.measure.values import Interval, Measurement
from quantseg.tasks.heart.anatomy import PAPILLARY_RULE, HeartLabel
from quantseg.tasks.heart.phases import Phases
from quantseg.tasks.heart.rates import volume_rates
from quantseg.tasks.heart.volumes import VolumeCurves

MYOCARDIAL_DENSITY_G_PER_ML = 1.05
LEFT_VENTRICLE, RIGHT_VENTRICLE = "left_ventricle", "right_ventricle"
CAVITY_OF = {LEFT_VENTRICLE: HeartLabel.LV_CAVITY, RIGHT_VENTRICLE: HeartLabel.RV_CAVITY}
"""Label of the cavity of each ventricle, by region."""

_CM_KG_PER_M4 = 3600
_ML_PER_L = 1000
_DISCS = f"sum over slices of area x distance between slices (thickness + gap); {PAPILLARY_RULE}"
_AT = {
    LEFT_VENTRICLE: "at the largest and the smallest left ventricle",
    RIGHT_VENTRICLE: "at the phases of the left ventricle",
}
_MASS = (
    f"volume of the myocardium at end-diastole x {MYOCARDIAL_DENSITY_G_PER_ML} g/ml, gaps included; {PAPILLARY_RULE}"
)
_BODY_SURFACE = "per body surface area by Mosteller: square root of (height in cm x weight in kg / 3600)"
_RATE = "steepest slope of a parabola through five neighbouring frames"


@dataclass(frozen=True)
class Patient:
    """What is known of the patient beside the image.

    Attributes:
        height_cm: body height.
        weight_kg: body weight.
        heart_rate_per_min: during the acquisition.
    """

    height_cm: float | None = None
    weight_kg: float | None = None
    heart_rate_per_min: float | None = None

    @property
    def body_surface_m2(self) -> float | None:
        """Body surface area (Mosteller, N Engl J Med 1987;317:1098); None where height or weight is unknown."""
        if self.height_cm is None or self.weight_kg is None:
            return None
        return math.sqrt(self.height_cm * self.weight_kg / _CM_KG_PER_M4)


def measure_function(
    curves: VolumeCurves,
    phases: Phases,
    patient: Patient,
    frame_times_ms: Sequence[float] | None = None,
    ejection_fraction_intervals: Mapping[str, Interval] | None = None,
) -> tuple[Measurement, ...]:
    """Measure both ventricles.

    Args:
        curves: volumes by frame, of two frames at least.
        phases: end-diastole and end-systole; both ventricles are measured at them.
        patient: as far as known.
        frame_times_ms: by frame, where known.
        ejection_fraction_intervals: 95 % intervals in % by region, where known.

    Returns:
        for the regions ``left_ventricle`` and ``right_ventricle``: the ejection fraction; where the spacing is known
        ``end_diastolic_volume``, ``end_systolic_volume``, ``stroke_volume``, with a heart rate ``cardiac_output``,
        for the left ``mass``, and with height and weight the same with ``_index``; where frame times are known
        ``peak_ejection_rate`` and ``peak_filling_rate``, and both per end-diastolic volume. A ventricle that is
        empty at end-diastole is left out. First comes ``body_surface_area`` where it is known.
    """
    measured: list[Measurement] = []
    surface_m2 = patient.body_surface_m2
    if surface_m2 is not None:
        measured.append(Measurement("body_surface_area", "patient", surface_m2, "m2", _BODY_SURFACE))
    intervals = ejection_fraction_intervals or {}
    for region, label in CAVITY_OF.items():
        counts = curves.voxel_counts[label]
        if not counts[phases.end_diastole]:
            continue
        values = [_ejection_fraction(curves, phases, region, label, intervals.get(region))]
        if curves.voxel_volume_ml is not None:
            absolute = list(_absolute(curves, phases, patient, region, label))
            values = [*absolute, *values, *_indexed(absolute, surface_m2)]
        if frame_times_ms is not None:
            values += _rates(curves, phases, patient, frame_times_ms, region, label)
        measured += values
    return tuple(measured)


def measure_single_frame(curves: VolumeCurves) -> tuple[Measurement, ...]:
    """Return the volume of each structure found in the one frame there is; none where the spacing is unknown."""
    measured = []
    for label in (HeartLabel.LV_CAVITY, HeartLabel.LV_MYOCARDIUM, HeartLabel.RV_CAVITY):
        volumes_ml = curves.volumes_ml(label)
        if volumes_ml is not None and volumes_ml[0] > 0:
            measured.append(Measurement("volume", label.name.lower(), float(volumes_ml[0]), "ml", _DISCS))
    return tuple(measured)


def ejection_fraction_percent(end_diastolic: float, end_systolic: float) -> float:
    """Return 100 x (EDV - ESV) / EDV of two volumes in one unit; nan for a cavity empty at end-diastole."""
    return 100 * float(end_diastolic - end_systolic) / float(end_diastolic) if end_diastolic > 0 else math.nan


def _ejection_fraction(
    curves: VolumeCurves, phases: Phases, region: str, label: HeartLabel, interval: Interval | None
) -> Measurement:
    counts = curves.voxel_counts[label]
    value = ejection_fraction_percent(counts[phases.end_diastole], counts[phases.end_systole])
    protocol = f"100 x stroke volume / end-diastolic volume, {_AT[region]}; {PAPILLARY_RULE}"
    return Measurement("ejection_fraction", region, value, "%", protocol, interval, decimals=1)


def _absolute(
    curves: VolumeCurves, phases: Phases, patient: Patient, region: str, label: HeartLabel
) -> Iterator[Measurement]:
    volumes_ml, muscle_ml = curves.volumes_ml(label), curves.volumes_ml(HeartLabel.LV_MYOCARDIUM)
    if volumes_ml is None or muscle_ml is None:
        return
    diastolic_ml, systolic_ml = float(volumes_ml[phases.end_diastole]), float(volumes_ml[phases.end_systole])
    stroke_ml = diastolic_ml - systolic_ml
    protocol = f"{_DISCS}, {_AT[region]}"
    yield Measurement("end_diastolic_volume", region, diastolic_ml, "ml", protocol)
    yield Measurement("end_systolic_volume", region, systolic_ml, "ml", protocol)
    yield Measurement(
        "stroke_volume", region, stroke_ml, "ml", f"end-diastolic - end-systolic volume, {_AT[region]}; {_DISCS}"
    )
    if patient.heart_rate_per_min is not None:
        output_l_per_min = stroke_ml * patient.heart_rate_per_min / _ML_PER_L
        rate = f"stroke volume x heart rate of {patient.heart_rate_per_min:.0f}/min"
        yield Measurement("cardiac_output", region, output_l_per_min, "l/min", rate)
    if label is HeartLabel.LV_CAVITY:
        mass_g = float(muscle_ml[phases.end_diastole]) * MYOCARDIAL_DENSITY_G_PER_ML
        yield Measurement("mass", region, mass_g, "g", _MASS)


def _indexed(absolute: Sequence[Measurement], surface_m2: float | None) -> Iterator[Measurement]:
    if surface_m2 is None:
        return
    for one in absolute:
        protocol = f"{one.protocol}; {_BODY_SURFACE}"
        yield Measurement(f"{one.key}_index", one.region, one.value / surface_m2, f"{one.unit}/m2", protocol)


def _rates(
    curves: VolumeCurves,
    phases: Phases,
    patient: Patient,
    frame_times_ms: Sequence[float],
    region: str,
    label: HeartLabel,
) -> Iterator[Measurement]:
    counts = curves.voxel_counts[label]
    rates = volume_rates(counts, frame_times_ms, patient.heart_rate_per_min, phases.outliers)
    if rates is None:
        return
    for key, per_s in (("peak_ejection_rate", rates.ejection_per_s), ("peak_filling_rate", rates.filling_per_s)):
        if curves.voxel_volume_ml is not None:
            yield Measurement(key, region, per_s * curves.voxel_volume_ml, "ml/s", _RATE)
        relative = per_s / float(counts[phases.end_diastole])
        yield Measurement(f"{key}_per_end_diastolic_volume", region, relative, "1/s", _RATE)
