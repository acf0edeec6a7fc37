"""Training data in the folder layout of ACDC: one folder a patient, two labelled frames, and ``Info.cfg``.

O. Bernard et al., IEEE Transactions on Medical Imaging 2018; 37: 2514-2525. Licence CC BY-NC-SA 4.0: what is trained on
it carries the same conditions.
"""

from __future__ import annotations

from pathlib import Path

import nibabel
import numpy as np

from quantseg.errors import UsageError
from quantseg.tasks.heart.evaluation.acdc_labels import PhaseFiles, list_phases
from quantseg.tasks.heart.training.cases import label_file, phase_case
from quantseg.training.cohort import Cohort, LoadedCase
from quantseg.training.decathlon import LabelledCase, read_image, read_labels, save_labels

_LARGEST_LABEL = 3


def load_acdc(data: Path) -> Cohort:
    """Read both labelled frames of every patient.

    Raises:
        UsageError: the folder holds no patient, or a frame that an ``Info.cfg`` names is missing.
    """
    cohort: dict[str, list[LoadedCase]] = {}
    for files in list_phases(data):
        if not files.image.is_file():
            raise UsageError(f"{files.image} is missing, which {files.patient}/Info.cfg names; restore it.")
        cohort.setdefault(files.patient, []).append(_load(files))
    return cohort


def _load(files: PhaseFiles) -> LoadedCase:
    image, labels = read_image(files.image), read_labels(files.labels)
    if image.shape != labels.shape:
        raise UsageError(f"{files.labels} has the shape {labels.shape}, its image {image.shape}; they must be equal.")
    if labels.max() > _LARGEST_LABEL:
        raise UsageError(f"{files.labels} holds the value {labels.max()}; expected 1 RV, 2 LV myocardium, 3 LV cavity.")
    case = phase_case(files.patient, files.phase, files.image, files.labels)
    return LoadedCase(case, image, labels, _spacing_mm(files.image), files.group)


def _spacing_mm(path: Path) -> tuple[float, float, float]:
    """Return ``pixdim``, which is right in ACDC's own files, too, whose affine says 1 mm."""
    image = nibabel.nifti1.load(path)
    stored = [float(mm) for mm in image.header.get_zooms()[:3]]
    i, j, k = (stored[int(axis)] for axis in np.argsort(nibabel.orientations.io_orientation(image.affine)[:, 0]))
    return i, j, k


def write_acdc_labels(case: LabelledCase, labels: np.ndarray, folder: Path) -> Path:
    """Write a label map to ``folder / <patient> / "<phase>_labels.nii.gz"`` on the grid of the case's image."""
    return save_labels(case.image, labels, label_file(case, folder))
