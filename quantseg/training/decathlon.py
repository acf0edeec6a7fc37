"""Training data in the folder layout of the Medical Segmentation Decathlon."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import nibabel
import numpy as np

from quantseg.errors import UsageError


@dataclass(frozen=True)
class LabelledCase:
    """Where one case of the data set lies.

    Attributes:
        name: file name without its ending.
        image: path of the image.
        labels: path of its label map.
        patient: who it came from; cases of one patient never stand on both sides of a split.
    """

    name: str
    image: Path
    labels: Path
    patient: str


def list_cases(folder: Path) -> list[LabelledCase]:
    """Return the training cases that ``dataset.json`` names, sorted by name.

    A case may carry a ``patient`` entry; without it every case is a patient of its own.

    Raises:
        UsageError: there is no ``dataset.json``, or a file that it names is missing.
    """
    index = folder / "dataset.json"
    if not index.is_file():
        raise UsageError(f"{folder} holds no dataset.json; expected a folder in Medical Segmentation Decathlon layout.")
    cases = []
    for entry in json.loads(index.read_text(encoding="utf-8"))["training"]:
        image, labels = folder / entry["image"], folder / entry["label"]
        for path in (image, labels):
            if not path.is_file():
                raise UsageError(f"{index} names {path}, which does not exist; restore it or remove the entry.")
        name = image.name.removesuffix(".gz").removesuffix(".nii")
        cases.append(LabelledCase(name, image, labels, str(entry.get("patient", name))))
    return sorted(cases, key=lambda case: case.name)


def read_labels(path: Path) -> np.ndarray:
    """Return a label map as uint8 in RAS order; label files stored as float32 are rounded."""
    image = nibabel.as_closest_canonical(nibabel.load(path))
    return np.asarray(image.dataobj).round().astype(np.uint8)


def read_image(path: Path) -> np.ndarray:
    """Return intensities as float32 in RAS order."""
    return np.asarray(nibabel.as_closest_canonical(nibabel.load(path)).dataobj, dtype=np.float32)
