"""Values that change over the frames of a cine."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Curve:
    """One value in every frame.

    Attributes:
        key: what was measured, such as ``volume``.
        region: of what, such as ``lv_cavity``.
        values: by frame, length T.
        unit: UCUM-like unit.
        protocol: in words, how it was measured.
    """

    key: str
    region: str
    values: tuple[float, ...]
    unit: str
    protocol: str


@dataclass(frozen=True)
class FrameCurves:
    """All curves of a cine.

    Attributes:
        frame_numbers: number of each frame in the input, counted from 1, length T.
        times_ms: time of each frame, length T; None where the input does not tell it.
        left_out: frames, counted from 0, that fit nowhere and were left out of the search for the phases.
        curves: one a structure.
    """

    frame_numbers: tuple[int, ...]
    times_ms: tuple[float, ...] | None
    left_out: tuple[int, ...]
    curves: tuple[Curve, ...]
