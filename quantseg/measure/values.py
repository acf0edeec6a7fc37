"""A measured value with all that a reader needs to trust it, and the verdict on a case."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum


@dataclass(frozen=True)
class Interval:
    """A 95 % interval, in the unit of the value that it belongs to."""

    low: float
    high: float


@dataclass(frozen=True)
class Measurement:
    """One number of the report.

    Attributes:
        key: what was measured, such as ``volume``, ``surface``, ``length``, ``mean_intensity``, ``sd_intensity``,
            ``asymmetry_index``, ``intracranial_volume``, ``volume_per_intracranial``.
        region: of what: a segment's key (``left_anterior``) or a named union (``left``, ``right``, ``whole``).
        value: the number.
        unit: UCUM-like unit, such as ``mm3``, ``mm2``, ``mm``, ``%``, or ``1`` for a bare number.
        protocol: in words, how it was measured.
        interval: 95 % interval, where one is known.
        decimals: with which the value is written, where that differs from what is usual for its unit.
        slice_index: of the one slice of the input that it is of, counted from 0 as in the file; None for the whole.
    """

    key: str
    region: str
    value: float
    unit: str
    protocol: str
    interval: Interval | None = None
    decimals: int | None = None
    slice_index: int | None = None


class Verdict(Enum):
    """Whether a result can be used as it is; ordered from best to worst."""

    GOOD = "good"
    LOOK = "look"
    FAIL = "fail"


_SEVERITY = list(Verdict)


def worst(verdicts: Iterable[Verdict]) -> Verdict:
    """Return the most severe verdict, GOOD if there is none."""
    return max(verdicts, key=_SEVERITY.index, default=Verdict.GOOD)


@dataclass(frozen=True)
class Check:
    """One plausibility rule applied to one case.

    Attributes:
        key: identifier of the rule.
        verdict: what the rule says.
        reason: one sentence in words a clinician understands, with the value found and the value expected.
    """

    key: str
    verdict: Verdict
    reason: str
