"""A hippocampus result whose labels a person has changed, or drawn."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Mapping, Sequence
from functools import lru_cache

import numpy as np

from quantseg.errors import InputRefused, ModelError
from quantseg.measure.corrected_checks import EMPTIED, check_emptied, of_the_models
from quantseg.measure.limits import Limits
from quantseg.measure.values import Check
from quantseg.reading.scan import Scan
from quantseg.results.case import CaseResult
from quantseg.results.outputs import LabelMap
from quantseg.results.reading_doubts import READING
from quantseg.tasks.hippocampus.anatomy import CROP_SEGMENTS, SIDED_SEGMENTS
from quantseg.tasks.hippocampus.checks import ASYMMETRY, check_asymmetry
from quantseg.tasks.hippocampus.input_kind import decide_kind
from quantseg.tasks.hippocampus.judgement import read_judgement
from quantseg.tasks.hippocampus.label_checks import BOTH_SIDES, FOUND, SIDES, check_labels, side_of, side_of_check
from quantseg.tasks.hippocampus.measuring import measure_hippocampus
from quantseg.tasks.hippocampus.options import InputKind, Side
from quantseg.volume import to_canonical

_OF_ANY_HIPPOCAMPUS = {"volume_mm3": Limits((1000.0, 6000.0))}


def corrected(result: CaseResult, labels: np.ndarray, edited: Sequence[str]) -> CaseResult:
    """Measure changed labels.

    Volumes lose their intervals, which hold for what the models made. What the labels and the image alone allow is
    judged anew; what was judged by the models' agreement stays as it was, and says so of a side that was changed.

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
    checks: list[Check] = []
    if result.models:
        checks += _checked_again(result, labels, {side_of(key) for key in edited})
        if {Side.LEFT.value, Side.RIGHT.value} <= volumes_mm3.keys():
            checks += check_asymmetry(volumes_mm3[Side.LEFT.value], volumes_mm3[Side.RIGHT.value])
        checks += check_emptied(labels[None], result.segments, dict.fromkeys(edited, (0,)))
    return dataclasses.replace(
        result.with_label_map(array=labels),
        measurements=measurements,
        checks=tuple(checks),
        edited_segments=tuple(edited),
    )


def _checked_again(result: CaseResult, labels: np.ndarray, sides: Collection[str]) -> list[Check]:
    """Return what cannot be judged again, and what is judged anew, of the sides that were changed.

    Args:
        result: the case as it was.
        labels: as they are now.
        sides: that a person has changed.
    """
    found = check_labels(result.volume, labels, result.segments, _expected_sides(result), _limits(result.made_by))
    kept = []
    for check in result.checks:
        side = side_of_check(check)
        again = {one.key for one in found[side]} | {FOUND} if side is not None and side in sides else set()
        if check.key in again or check.key in (ASYMMETRY, EMPTIED, SIDES):
            continue
        of_an_unchanged_side = side is not None and side not in sides
        kept.append(check if check.key == READING or of_an_unchanged_side else of_the_models(check))
    return [*kept, *(check for side in (*sorted(sides), BOTH_SIDES) for check in found[side])]


def _expected_sides(result: CaseResult) -> set[str]:
    """Return the sides of which there must be labels."""
    sides = {side_of(segment.key) for segment in result.segments}
    shown = result.facts.get("side")
    return {str(shown)} if shown else sides


@lru_cache(maxsize=4)
def _limits(model: str) -> Mapping[str, Limits]:
    """Return the limits that were fitted for a model, those of any hippocampus where it is not at hand."""
    from quantseg.models.bundle import find_bundle

    try:
        return read_judgement(find_bundle(model).folder / "configs" / "verdict.json").limits
    except (ModelError, OSError):
        return _OF_ANY_HIPPOCAMPUS


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
