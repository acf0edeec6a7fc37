"""What a user may ask for when a heart is segmented; nothing heavy is imported here."""

from __future__ import annotations

from dataclasses import dataclass

from quantseg.errors import UsageError
from quantseg.tasks.options import TaskOptions, option

HEART_MODELS = ("heart", "heart-lv-open")
"""Bundles that can serve: both ventricles, and the left one alone without licence conditions."""

_PATIENT = "the patient, where the input does not say it"


@dataclass(frozen=True, kw_only=True)
class HeartOptions(TaskOptions):
    """What the user asked for.

    Attributes:
        model: one of ``HEART_MODELS``.
        ed_frame_number: frame of end-diastole as the input counts, from 1, instead of the one that would be found.
        es_frame_number: the same for end-systole.
        height_cm: of the patient, instead of what the input says.
        weight_kg: of the patient, instead of what the input says.
        heart_rate_bpm: of the patient, instead of what the input says.
    """

    model: str = option(
        HEART_MODELS[0],
        "both ventricles, or the left one alone by a model without licence conditions",
        choices=HEART_MODELS,
        labels={
            "heart": "Both ventricles (no commercial use)",
            "heart-lv-open": "Left ventricle only (open licence)",
        },
    )
    ed_frame_number: int | None = option(
        None, "frame of end-diastole, counted from 1 (found by default)", flag="ed", unit="N"
    )
    es_frame_number: int | None = option(
        None, "frame of end-systole, counted from 1 (found by default)", flag="es", unit="N"
    )
    height_cm: float | None = option(None, "body height, for indexed values", unit="CM", group=_PATIENT, positive=True)
    weight_kg: float | None = option(None, "body weight, for indexed values", unit="KG", group=_PATIENT, positive=True)
    heart_rate_bpm: float | None = option(
        None, "heart rate, for the cardiac output", flag="heart-rate", unit="PER_MIN", group=_PATIENT, positive=True
    )

    def __post_init__(self) -> None:
        if self.ed_frame_number is not None and self.ed_frame_number == self.es_frame_number:
            raise UsageError(f"--ed and --es both name frame {self.ed_frame_number}; name two frames.")
