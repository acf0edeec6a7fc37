"""What a user may ask for when a heart is segmented; imports nothing heavy, since the command line builds it."""

from __future__ import annotations

from dataclasses import dataclass

HEART_MODELS = ("heart", "heart-lv-open")
"""Bundles that can serve: both ventricles, and the left one alone without licence conditions."""


@dataclass(frozen=True)
class HeartOptions:
    """What the user asked for.

    Attributes:
        model: one of ``HEART_MODELS``.
        ed_frame_number: frame of end-diastole as the input counts, from 1, instead of the one that would be found.
        es_frame_number: the same for end-systole.
        height_cm: of the patient, instead of what the input says.
        weight_kg: likewise.
        heart_rate_bpm: likewise.
        device: as ``quantseg.inference.device.choose_device`` takes it.
    """

    model: str = HEART_MODELS[0]
    ed_frame_number: int | None = None
    es_frame_number: int | None = None
    height_cm: float | None = None
    weight_kg: float | None = None
    heart_rate_bpm: float | None = None
    device: str = "auto"
