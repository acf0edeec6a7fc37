"""Corrected labels as training data: one Decathlon-style crop a hippocampus, which ``quantseg train`` takes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from quantseg.errors import UsageError
from quantseg.measure.statistics import bounding_box
from quantseg.reading.cases import NAME_SEPARATOR
from quantseg.results.case import CaseResult
from quantseg.review.decathlon_folder import write_index, write_pair
from quantseg.review.worklist import Worklist
from quantseg.tasks.hippocampus.options import Side
from quantseg.tasks.hippocampus.sides import MIRROR_X
from quantseg.volume import Volume

_MARGIN_MM = 8.0
_SPACING_MM, _SPACING_TOLERANCE_MM = 1.0, 0.05
_LABELS = ("background", "Anterior", "Posterior")
_FIRST_VALUE = {Side.LEFT: 1, Side.RIGHT: 3}


@dataclass(frozen=True)
class CorrectedCase:
    """One case to learn from.

    Attributes:
        result: with the labels that a person stands for.
        patient: who it came from; cases of one patient never stand on both sides of a split.
    """

    result: CaseResult
    patient: str


def corrected_cases(worklist: Worklist) -> Iterator[CorrectedCase]:
    """Yield the cases of a worklist that a person has corrected or approved, with labels that nobody changed since.

    The patient is the first folder on the way to the image, or the case itself where images lie side by side.
    """
    for name in worklist.names_to_learn_from():
        yield CorrectedCase(worklist.result_of(name), name.partition(NAME_SEPARATOR)[0])


def export_training_crops(cases: Iterable[CorrectedCase], folder: Path) -> list[dict[str, Any]]:
    """Write images, labels and ``dataset.json``.

    A right hippocampus is stored in the mirrored space in which the model sees it; its voxels are those of the scan.
    ``start``, ``shape`` and ``mirrored`` of an entry say which box of the scan a crop is, so that labels made from it
    go back voxel by voxel.

    Args:
        cases: heads, or crops.
        folder: receives ``imagesTr``, ``labelsTr`` and the index.

    Returns:
        the entries of the index.

    Raises:
        UsageError: a case has other than 1 mm voxels, or there is nothing to export.
    """
    entries = [entry for case in cases for entry in _export_case(case, folder)]
    write_index(folder, "Hippocampus, corrected with QuantSeg", _LABELS, entries)
    return entries


def _export_case(case: CorrectedCase, folder: Path) -> Iterator[dict[str, Any]]:
    result = case.result
    spacing_mm = result.volume.spacing_mm
    if any(abs(mm - _SPACING_MM) > _SPACING_TOLERANCE_MM for mm in spacing_mm):
        found = " x ".join(f"{mm:.2f}" for mm in spacing_mm)
        raise UsageError(f"{result.name} has voxels of {found} mm, training takes 1 mm; resample it first.")
    for side, part in _sides(result):
        box = _box(part.array, result.volume)
        if box is None:
            continue
        name = result.name if side is None else f"{result.name}_{side.value}"
        start = tuple(one.start for one in box)
        placed = result.volume.grid.window((start[0], start[1], start[2]), part.array[box].shape).affine
        mirrored = side is Side.RIGHT
        affine = MIRROR_X @ placed if mirrored else placed
        written = write_pair(folder, name, result.volume.array[box], part.array[box], affine)
        yield (
            {"patient": case.patient}
            | written
            | {
                "case": result.name,
                "side": side.value if side else None,
                "start": list(start),
                "shape": list(result.volume.array.shape),
                "mirrored": mirrored,
            }
        )


def _sides(result: CaseResult) -> Iterator[tuple[Side | None, Volume]]:
    """Yield the labels 1 and 2 of each hippocampus on the scan's grid."""
    if not any(segment.key.startswith(Side.LEFT.value) for segment in result.segments):
        yield None, result.volume.with_array(result.labels)
        return
    for side, first in _FIRST_VALUE.items():
        own = np.zeros_like(result.labels)
        for offset in (0, 1):
            own[result.labels == first + offset] = 1 + offset
        yield side, result.volume.with_array(own)


def _box(labels: np.ndarray, volume: Volume) -> tuple[slice, ...] | None:
    tight = bounding_box(labels)
    if tight is None:
        return None
    margins = [round(_MARGIN_MM / mm) for mm in volume.spacing_mm]
    return tuple(
        slice(max(one.start - margin, 0), min(one.stop + margin, size))
        for one, margin, size in zip(tight, margins, labels.shape, strict=True)
    )
