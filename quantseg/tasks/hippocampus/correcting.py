"""A hippocampus result whose labels a person has changed, or drawn."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import numpy as np

from quantseg.errors import InputRefused
from quantseg.measure.corrected_checks import EMPTIED, check_emptied, of_the_models
from quantseg.reading.scan import Scan
from quantseg.results.case import CaseResult
from quantseg.results.outputs import LabelMap
from quantseg.results.reading_doubts import READING
from quantseg.tasks.hippocampus.anatomy import CROP_SEGMENTS, SIDED_SEGMENTS
from quantseg.tasks.hippocampus.checks import ASYMMETRY, check_asymmetry
from quantseg.tasks.hippocampus.input_kind import decide_kind
from quantseg.tasks.hippocampus.measuring import measure_hippocampus
from quantseg.tasks.hippocampus.options import InputKind, Side
from quantseg.volume import to_canonical


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
        return result.with_label_map(array=labels)
    intracranial = next((m for m in result.measurements if m.key == "intracranial_volume"), None)
    measurements = measure_hippocampus(result.volume, labels, result.segments, intracranial, {})
    volumes_mm3 = {m.region: m.value for m in measurements if m.key == "volume"}
    of_the_image = [check for check in result.checks if check.key == READING]
    of_the_labels = [check for check in result.checks if check.key not in (READING, ASYMMETRY, EMPTIED)]
    checks = [*of_the_image, *(of_the_models(check) for check in of_the_labels)]
    if {Side.LEFT.value, Side.RIGHT.value} <= volumes_mm3.keys():
        checks += check_asymmetry(volumes_mm3[Side.LEFT.value], volumes_mm3[Side.RIGHT.value])
    checks += check_emptied(labels[None], result.segments, dict.fromkeys(edited, (0,)))
    return dataclasses.replace(
        result.with_label_map(array=labels),
        measurements=measurements,
        checks=tuple(checks),
        edited_segments=tuple(edited),
    )


def drawn_by_hand(name: str, scan: Scan, labels: np.ndarray) -> CaseResult:
    """Return labels that no model of ours made as a case.

    Args:
        name: of the case.
        scan: the image.
        labels: 1/2 in a crop of unknown side, or 1 to 4 as in a head.

    Raises:
        InputRefused: a value stands for nothing.
    """
    highest = int(labels.max(initial=0))
    if highest > len(SIDED_SEGMENTS):
        raise InputRefused(
            f"{name}: the labels go up to {highest}; expected 1 and 2 for the parts of one hippocampus, or 1 to 4 for "
            "left anterior, left posterior, right anterior, right posterior."
        )
    head = highest > len(CROP_SEGMENTS) or decide_kind(to_canonical(scan.volume)[0].grid) is not InputKind.CROP
    segments = SIDED_SEGMENTS if head else CROP_SEGMENTS
    return CaseResult(
        name=name,
        task="hippocampus",
        scan=scan,
        outputs=(LabelMap(labels, segments),),
        measurements=measure_hippocampus(scan.volume, labels, segments, None, {}),
        checks=(),
        models=(),
        facts={"input_kind": (InputKind.HEAD if head else InputKind.CROP).value},
        edited_segments=tuple(segment.key for segment in segments),
    )
