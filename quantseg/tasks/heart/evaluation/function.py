"""How far predicted ventricular function lies from that of the reference labels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from quantseg.evaluation.agreement import BlandAltman, bland_altman
from quantseg.evaluation.bootstrap import mean_interval
from quantseg.evaluation.comparing import CaseScores, Evaluation, PartSummary, summarise_part
from quantseg.evaluation.qualities import Quality
from quantseg.measure.values import Interval
from quantseg.tasks.heart.evaluation.acdc_labels import Phase, PhaseFiles
from quantseg.tasks.heart.evaluation.pairing import case_name
from quantseg.tasks.heart.function import MYOCARDIAL_DENSITY_G_PER_ML, ejection_fraction_percent

_MM3_PER_ML = 1000.0
_CAVITIES = {"LV": "LV cavity", "RV": "RV cavity"}
_MYOCARDIUM = "LV myocardium"

MEASURES = {
    "lv_edv": "ml",
    "lv_esv": "ml",
    "lv_ef": "%",
    "rv_edv": "ml",
    "rv_esv": "ml",
    "rv_ef": "%",
    "lv_mass": "g",
}
"""Unit of each value of function, by name."""


@dataclass(frozen=True)
class PatientFunction:
    """Function of one heart from predicted and from reference labels.

    Attributes:
        patient: who.
        group: diagnosis; empty where it is not known.
        predicted: values by name, as in ``MEASURES``; nan where no ratio can be taken of an empty cavity.
        reference: the same from the reference labels.
    """

    patient: str
    group: str
    predicted: Mapping[str, float]
    reference: Mapping[str, float]


@dataclass(frozen=True)
class MeasureSummary:
    """One value over all patients.

    Attributes:
        absolute_error: mean of the absolute differences.
        interval: its 95 % bootstrap interval, by patient.
        worst: largest absolute difference.
        agreement: predicted minus reference, after Bland and Altman.
        missing: patients without the value.
    """

    absolute_error: float
    interval: Interval | None
    worst: float
    agreement: BlandAltman
    missing: int


@dataclass(frozen=True)
class HeartEvaluation:
    """Overlap and function.

    Attributes:
        overlap: scores of every frame, and their summary over both phases.
        by_phase: summary by phase, then by part.
        function: every patient with both phases predicted.
        measures: summary by name.
        by_group: summary of each group's patients, by group and name; empty where groups are not known.
    """

    overlap: Evaluation
    by_phase: Mapping[Phase, Mapping[str, PartSummary]]
    function: Sequence[PatientFunction]
    measures: Mapping[str, MeasureSummary]
    by_group: Mapping[str, Mapping[str, MeasureSummary]]


def evaluate_function(overlap: Evaluation, frames: Sequence[PhaseFiles]) -> HeartEvaluation:
    """Take function from the volumes that the overlap's scores carry.

    Args:
        overlap: scores of every frame by ``HEART_PARTS``.
        frames: of the references; they tell patient, phase and group.
    """
    scored = {case.case: case for case in overlap.cases if case.failure is None}
    function = []
    for end_diastole in (frame for frame in frames if frame.phase is Phase.ED):
        cases = [scored.get(case_name(end_diastole.patient, phase)) for phase in Phase]
        ed, es = cases
        if ed is not None and es is not None:
            values = [_values(ed, es, source) for source in ("predicted", "reference")]
            function.append(PatientFunction(end_diastole.patient, end_diastole.group, values[0], values[1]))
    named = {case_name(frame.patient, frame.phase): frame.phase for frame in frames}
    by_phase = {
        phase: {
            part: summarise_part(
                [case for case in overlap.counted if named[case.case] is phase],
                part,
                overlap.resamples,
                overlap.seed,
            )
            for part in overlap.parts
        }
        for phase in Phase
    }
    groups = sorted({patient.group for patient in function if patient.group})
    by_group = {group: _summaries([p for p in function if p.group == group], overlap) for group in groups}
    return HeartEvaluation(overlap, by_phase, function, _summaries(function, overlap), by_group)


def function_qualities(evaluation: HeartEvaluation) -> tuple[Quality, ...]:
    """Return the size of the error of each value of function, patient by patient."""
    patients = {patient.patient: patient.patient for patient in evaluation.function}
    return tuple(
        Quality(
            "error",
            name.replace("_", " ").upper(),
            "points" if unit == "%" else unit,
            more_is_better=False,
            values={one.patient: abs(one.predicted[name] - one.reference[name]) for one in evaluation.function},
            patients=patients,
        )
        for name, unit in MEASURES.items()
    )


def _values(ed: CaseScores, es: CaseScores, source: str) -> dict[str, float]:
    def volume_ml(case: CaseScores, part: str) -> float:
        return float(getattr(case.scores[part], f"{source}_volume_mm3")) / _MM3_PER_ML

    values: dict[str, float] = {}
    for name, part in _CAVITIES.items():
        edv_ml, esv_ml = volume_ml(ed, part), volume_ml(es, part)
        values |= {f"{name.lower()}_edv": edv_ml, f"{name.lower()}_esv": esv_ml}
        values[f"{name.lower()}_ef"] = ejection_fraction_percent(edv_ml, esv_ml)
    values["lv_mass"] = volume_ml(ed, _MYOCARDIUM) * MYOCARDIAL_DENSITY_G_PER_ML
    return values


def _summaries(patients: Sequence[PatientFunction], overlap: Evaluation) -> dict[str, MeasureSummary]:
    return {name: _summary(patients, name, overlap.resamples, overlap.seed) for name in MEASURES}


def _summary(patients: Sequence[PatientFunction], name: str, resamples: int, seed: int) -> MeasureSummary:
    predicted, reference = (
        np.array([values[name] for values in column], dtype=float)
        for column in ([p.predicted for p in patients], [p.reference for p in patients])
    )
    absolute = np.abs(predicted - reference)
    present = np.isfinite(absolute)
    interval = mean_interval(absolute, [p.patient for p in patients], resamples, seed) if len(patients) else None
    return MeasureSummary(
        float(absolute[present].mean()) if present.any() else float("nan"),
        interval,
        float(absolute[present].max()) if present.any() else float("nan"),
        bland_altman(predicted[present], reference[present]),
        int((~present).sum()),
    )
