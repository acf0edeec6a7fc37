"""A tissue result whose labels a person has changed, or drawn."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import numpy as np

from quantseg.errors import InputRefused
from quantseg.measure.corrected_checks import EMPTIED, check_emptied, of_the_models
from quantseg.measure.segments import Segment
from quantseg.measure.values import Check, Measurement
from quantseg.reading.scan import Scan
from quantseg.results.case import CaseResult
from quantseg.results.outputs import LabelMap
from quantseg.results.reading_doubts import READING
from quantseg.tasks.brain_tissue.anatomy import TISSUES, TISSUES_AND_PARTS, LabelledStructure
from quantseg.tasks.brain_tissue.checks import check_grey_per_white, check_intracranial
from quantseg.tasks.brain_tissue.measuring import HEAD, INTRACRANIAL, measure_corrected, measure_drawn


def corrected(result: CaseResult, labels: np.ndarray, edited: Sequence[str]) -> CaseResult:
    """Measure changed labels.

    Volumes and shares lose their intervals, which hold for what the model made. What the numbers alone tell is judged
    anew; what was judged by image and model stays as it was, and says so.

    Args:
        result: the case as the model, or an earlier correction, left it.
        labels: label map on the scan's grid.
        edited: keys of the segments that a person has changed; none leaves checks and intervals alone.
    """
    changed = result.with_label_map(array=labels)
    if not edited:
        return changed
    structures, voxel_volume_mm3 = _structures(result.segments), result.volume.voxel_volume_mm3
    if result.models:
        measurements = measure_corrected(result.measurements, labels, voxel_volume_mm3, structures)
        checks = _checked_again(result, measurements, labels, edited)
    else:
        measurements, checks = measure_drawn(labels, voxel_volume_mm3, structures), ()
    return dataclasses.replace(changed, measurements=measurements, checks=checks, edited_segments=tuple(edited))


def drawn_by_hand(name: str, scan: Scan, labels: np.ndarray) -> CaseResult:
    """Return labels that no model of ours made as a case.

    Args:
        name: of the case.
        scan: the image.
        labels: 1 fluid, 2 grey matter, 3 white matter; or as ``--parts`` labels them.

    Raises:
        InputRefused: a value stands for nothing.
    """
    highest = int(labels.max(initial=0))
    if highest > len(TISSUES_AND_PARTS):
        raise InputRefused(
            f"{name}: the labels go up to {highest}; expected 1 fluid, 2 grey matter, 3 white matter, or up to "
            f"{len(TISSUES_AND_PARTS)} as --parts labels them."
        )
    structures = TISSUES_AND_PARTS if highest > len(TISSUES) else TISSUES
    segments = tuple(one.segment for one in structures)
    return CaseResult(
        name=name,
        task="brain-tissue",
        scan=scan,
        outputs=(LabelMap(labels, segments),),
        measurements=measure_drawn(labels, scan.volume.voxel_volume_mm3, structures),
        checks=(),
        models=(),
        edited_segments=tuple(segment.key for segment in segments),
    )


def _structures(segments: Sequence[Segment]) -> Sequence[LabelledStructure]:
    return TISSUES_AND_PARTS if len(segments) > len(TISSUES) else TISSUES


def _checked_again(
    result: CaseResult, measurements: Sequence[Measurement], labels: np.ndarray, edited: Sequence[str]
) -> tuple[Check, ...]:
    """Return what cannot be judged again, what the numbers tell now, and what a correction has left empty."""
    value = {(one.key, one.region): one.value for one in measurements}
    again = [check_grey_per_white(value["volume", "grey_matter"], value["volume", "white_matter"])]
    if (INTRACRANIAL, HEAD) in value:
        again.insert(0, check_intracranial(value[INTRACRANIAL, HEAD]))
    judged = {EMPTIED, *(one.key for one in again)}
    kept = [one if one.key == READING else of_the_models(one) for one in result.checks if one.key not in judged]
    return (*kept, *again, *check_emptied(labels[None], result.segments, dict.fromkeys(edited, (0,))))
