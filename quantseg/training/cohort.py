"""The labelled cases of a data set in memory, by patient, and their division."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from quantseg.errors import UsageError
from quantseg.training.decathlon import LabelledCase, list_cases, read_image, read_labels
from quantseg.training.splits import Split, draw_split


@dataclass(frozen=True)
class LoadedCase:
    """One case in memory, RAS order.

    Attributes:
        case: where it came from.
        image: raw intensities, float32, shape (I, J, K).
        labels: 0 background, and the label values of its data set, uint8, same shape.
        spacing_mm: along i, j and k.
        group: what splits are balanced by beside size, such as a diagnosis.
    """

    case: LabelledCase
    image: np.ndarray
    labels: np.ndarray
    spacing_mm: tuple[float, float, float] = (1.0, 1.0, 1.0)
    group: str = ""


Cohort = Mapping[str, Sequence[LoadedCase]]
"""The cases of each patient."""


def load_cohort(data: Path) -> Cohort:
    """Read every case of a Decathlon folder.

    Raises:
        UsageError: ``dataset.json`` or a file that it names is missing.
    """
    cohort: dict[str, list[LoadedCase]] = {}
    for case in list_cases(data):
        cohort.setdefault(case.patient, []).append(LoadedCase(case, read_image(case.image), read_labels(case.labels)))
    return cohort


def divide(cohort: Cohort, train_config: Mapping[str, Any], output: Path) -> Split:
    """Draw the split that a recipe asks for and write it to ``output / "split.json"``.

    The draw depends on the labels and on ``held_out_cases``, ``folds`` and ``seed`` of the recipe alone, so that
    every kind of model trained with them faces the same patients.
    """
    volumes_mm3 = {
        patient: float(np.mean([(case.labels > 0).sum() * np.prod(case.spacing_mm) for case in cases]))
        for patient, cases in cohort.items()
    }
    groups = {patient: cases[0].group for patient, cases in cohort.items()}
    split = draw_split(volumes_mm3, train_config["held_out_cases"], train_config["folds"], train_config["seed"], groups)
    output.mkdir(parents=True, exist_ok=True)
    (output / "split.json").write_text(json.dumps(asdict(split), indent=1) + "\n", encoding="utf-8")
    return split


def cases_of(cohort: Cohort, patients: Sequence[str]) -> list[LoadedCase]:
    """Return all cases of these patients, patient by patient."""
    return [case for patient in patients for case in cohort[patient]]


def require_patients(cohort: Cohort, patients: Sequence[str], data: Path) -> None:
    """Make sure that nobody is missing whom an earlier split names.

    Raises:
        UsageError: the data lack somebody.
    """
    absent = sorted(set(patients) - set(cohort))
    if absent:
        raise UsageError(f"{data} lacks {', '.join(absent)} of the split; name the data that the model was trained on.")
