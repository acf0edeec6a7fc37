"""A hippocampus result after a person has changed its labels."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import numpy as np

from quantseg.hippocampus.checks import ASYMMETRY, check_asymmetry
from quantseg.hippocampus.measuring import measure_hippocampus
from quantseg.hippocampus.sides import Side
from quantseg.measure.values import Check
from quantseg.reading.cine import Cine
from quantseg.reading.scan import Scan
from quantseg.results.case import CaseResult

_BEFORE = "Before the correction by hand: "


def corrected(result: CaseResult, labels: np.ndarray, edited: Sequence[str]) -> CaseResult:
    """Measure changed labels.

    Volumes lose their intervals, which hold for what the models made. What the models' agreement was judged by stays
    as it was, and says so; the asymmetry is judged anew.

    Args:
        result: the case as the models, or an earlier correction, left it.
        labels: label map on the scan's grid.
        edited: keys of the segments that a person has changed; none leaves checks and intervals alone.
    """
    if not edited:
        return dataclasses.replace(result, labels=labels)
    intracranial = next((m for m in result.measurements if m.key == "intracranial_volume"), None)
    measurements = measure_hippocampus(_scan(result), labels, result.segments, intracranial, {})
    volumes_mm3 = {m.region: m.value for m in measurements if m.key == "volume"}
    checks = [_of_the_models(check) for check in result.checks if check.key != ASYMMETRY]
    if {Side.LEFT.value, Side.RIGHT.value} <= volumes_mm3.keys():
        checks += check_asymmetry(volumes_mm3[Side.LEFT.value], volumes_mm3[Side.RIGHT.value])
    return dataclasses.replace(
        result, labels=labels, measurements=measurements, checks=tuple(checks), edited_segments=tuple(edited)
    )


def _of_the_models(check: Check) -> Check:
    if check.reason.startswith(_BEFORE):
        return check
    return dataclasses.replace(check, reason=_BEFORE + check.reason)


def _scan(result: CaseResult) -> Scan:
    if isinstance(result.scan, Cine):
        raise TypeError(f"{result.name} is a cine, expected a single volume.")
    return result.scan
