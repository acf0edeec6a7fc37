"""Which label files a case has, and what stands in each."""

from __future__ import annotations

import numpy as np

from quantseg.results.layout import LABELS, SEGMENTATION, phase_file
from quantseg.results.outputs import LabelMap


def label_maps(labels: LabelMap) -> dict[str, np.ndarray]:
    """Return the label maps by the name of their NIfTI file, the whole one first.

    Returns:
        shape (I, J, K); that of frames over time (I, J, K, T), as NIfTI has it.
    """
    phases = {phase_file(phase, LABELS): labels.array[frame] for phase, frame in labels.phases.items()}
    if not labels.all_frames_written:
        return phases
    return {LABELS: frames_last(labels)} | phases


def frames_last(labels: LabelMap) -> np.ndarray:
    """Return a whole label map in NIfTI's axis order: (I, J, K, T) where there are several frames, else (I, J, K)."""
    several = labels.array.ndim == 4 and len(labels.array) > 1
    return np.moveaxis(labels.array, 0, -1) if several else _only(labels)


def segmentation_maps(labels: LabelMap) -> dict[str, np.ndarray]:
    """Return the label maps by the name of their ``.seg.nrrd`` file: one volume each, since Slicer has no other."""
    if not labels.phases:
        return {SEGMENTATION: _only(labels)}
    return {phase_file(phase, SEGMENTATION): labels.array[frame] for phase, frame in labels.phases.items()}


def _only(labels: LabelMap) -> np.ndarray:
    return labels.array if labels.array.ndim == 3 else labels.array[0]
