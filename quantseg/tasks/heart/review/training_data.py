"""Corrected hearts as training data: a folder a patient in the layout of ACDC, which ``quantseg train heart`` takes."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import numpy as np

from quantseg.errors import UsageError
from quantseg.results.atomic import write_file
from quantseg.results.case import CaseResult
from quantseg.review.nifti import packed_nifti
from quantseg.review.worklist import Worklist
from quantseg.tasks.heart.cine_result import cine_of
from quantseg.tasks.heart.reading.acdc_folder import INFO_NAME


def corrected_hearts(worklist: Worklist) -> Iterable[CaseResult]:
    """Yield the cases of a worklist that a person has corrected or approved, with labels that nobody changed since."""
    for name in worklist.names_to_learn_from():
        yield worklist.result_of(name)


def export_training_hearts(cases: Iterable[CaseResult], folder: Path) -> list[str]:
    """Write end-diastole and end-systole of each case, with their labels and ``Info.cfg``.

    Args:
        cases: cines or pairs; each counts as a patient of its own.
        folder: receives a folder a case.

    Returns:
        names of the cases written.

    Raises:
        UsageError: a case shows one frame only, or there is nothing to export.
    """
    names = [_export_case(case, folder / case.name) for case in cases]
    if not names:
        raise UsageError("No case has labels to learn from; correct or approve some first.")
    return names


def _export_case(case: CaseResult, folder: Path) -> str:
    cine = cine_of(case)
    if not case.phases or cine.spacing_mm is None:
        raise UsageError(
            f"{case.name} shows no end-diastole and end-systole of known spacing, both of which training takes; leave "
            "it out."
        )
    folder.mkdir(parents=True, exist_ok=True)
    lines = []
    for phase, frame in case.phases.items():
        number = cine.frame_numbers[frame]
        lines.append(f"{phase}: {number}\n")
        for ending, array in (("", cine.frames[frame]), ("_gt", case.labels[frame].astype(np.uint8))):
            path = folder / f"{folder.name}_frame{number:02d}{ending}.nii.gz"
            write_file(path, packed_nifti(array, cine.geometry.affine))
    write_file(folder / INFO_NAME, "".join(lines).encode())
    return case.name
