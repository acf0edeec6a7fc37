"""Labelled hearts: a case is one patient at one phase."""

from __future__ import annotations

from pathlib import Path

from quantseg.tasks.heart.evaluation.acdc_labels import Phase
from quantseg.training.decathlon import LabelledCase


def phase_case(patient: str, phase: Phase, image: Path, labels: Path) -> LabelledCase:
    """Return the case of a patient at a phase, named after both."""
    return LabelledCase(f"{patient}_{phase.value}", image, labels, patient)


def label_file(case: LabelledCase, folder: Path) -> Path:
    """Return ``folder / <patient> / "<phase>_labels.nii.gz"``, the layout of ``quantseg segment heart``.

    Args:
        case: as :func:`phase_case` makes it.
        folder: of the label maps of all patients.
    """
    phase = Phase(case.name.removeprefix(f"{case.patient}_"))
    return folder / case.patient / f"{phase.value}_labels.nii.gz"
