"""Which label files a case has, and what stands in each."""

from __future__ import annotations

import numpy as np

from quantseg.results.case import CaseResult
from quantseg.results.layout import LABELS, SEGMENTATION, phase_file
from quantseg.tasks.heart.reading.cine import Cine, CineKind


def label_maps(result: CaseResult) -> dict[str, np.ndarray]:
    """Return the label maps by the name of their NIfTI file, the whole one first.

    A folder with two frames has no cycle, and so nothing but its phases.

    Returns:
        shape (I, J, K); that of a cycle (I, J, K, T), as NIfTI has it.
    """
    phases = {phase_file(phase, LABELS): result.labels[frame] for phase, frame in result.phases.items()}
    match result.scan:
        case Cine(kind=CineKind.ED_AND_ES):
            return phases
        case Cine(kind=CineKind.CYCLE):
            return {LABELS: np.moveaxis(result.labels, 0, -1)} | phases
    return {LABELS: _only(result)}


def segmentation_maps(result: CaseResult) -> dict[str, np.ndarray]:
    """Return the label maps by the name of their ``.seg.nrrd`` file: one volume each, since Slicer has no other."""
    if not result.phases:
        return {SEGMENTATION: _only(result)}
    return {phase_file(phase, SEGMENTATION): result.labels[frame] for phase, frame in result.phases.items()}


def _only(result: CaseResult) -> np.ndarray:
    return result.labels if result.labels.ndim == 3 else result.labels[0]
