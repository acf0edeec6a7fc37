"""Training data in the folder layout of the Medical Segmentation Decathlon."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import nibabel
import numpy as np

from quantseg.errors import InputRefused, UsageError
from quantseg.reading.guard import label_values
from quantseg.volume.orientation import Reorientation

INDEX = "dataset.json"
"""Name of the file that lists the cases of a folder."""

Persons = Callable[[str], str]
"""From the name of a case to the person that it came from; the rule by which a data set tells them."""


def own_person(case: str) -> str:
    """Return the case itself: the rule of a data set that has one file a person."""
    return case


@dataclass(frozen=True)
class LabelledCase:
    """Where one case of the data set lies.

    Attributes:
        name: file name without its ending.
        image: path of the image.
        labels: path of its label map.
        patient: the person it came from; cases of one person never stand on both sides of a split.
    """

    name: str
    image: Path
    labels: Path
    patient: str


def list_cases(folder: Path, persons: Persons = own_person) -> list[LabelledCase]:
    """Return the training cases that ``dataset.json`` names, sorted by name.

    Args:
        folder: holds ``dataset.json``.
        persons: tells whom a case came from that carries no ``patient`` entry.

    Raises:
        UsageError: there is no usable ``dataset.json``, or a file that it names is missing.
    """
    cases = list_entries(folder, persons)
    for path in (path for case in cases for path in (case.image, case.labels)):
        if not path.is_file():
            raise UsageError(f"{folder / INDEX} names {path}, which does not exist; restore it or remove the entry.")
    return cases


def list_entries(folder: Path, persons: Persons = own_person) -> list[LabelledCase]:
    """Return the training cases that ``dataset.json`` names, sorted by name, whether their files exist or not.

    Args:
        folder: holds ``dataset.json``.
        persons: tells whom a case came from that carries no ``patient`` entry.

    Raises:
        UsageError: there is no ``dataset.json``, or it is no index of training pairs.
    """
    index = folder / INDEX
    if not index.is_file():
        raise UsageError(f"{folder} holds no dataset.json; expected a folder in Medical Segmentation Decathlon layout.")
    try:
        entries = json.loads(index.read_text(encoding="utf-8"))["training"]
        cases = [_as_case(folder, entry, persons) for entry in entries]
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise UsageError(
            f"{index} is no Decathlon index ({error!r}); expected a list 'training' of entries with image and label."
        ) from error
    return sorted(cases, key=lambda case: case.name)


def _as_case(folder: Path, entry: Mapping[str, str], persons: Persons) -> LabelledCase:
    image, labels = folder / entry["image"], folder / entry["label"]
    name = image.name.removesuffix(".gz").removesuffix(".nii")
    return LabelledCase(name, image, labels, str(entry.get("patient") or persons(name)))


def labels_folder(folder: Path, cases: Sequence[LabelledCase]) -> Path:
    """Return where the label maps of all cases lie, under the names of their images.

    Args:
        folder: the data set.
        cases: that its index lists.

    Raises:
        UsageError: there are no cases, or their label maps lie in several folders or bear other names.
    """
    parents = {case.labels.parent for case in cases}
    renamed = [case.name for case in cases if case.labels.name != case.image.name]
    if len(parents) != 1 or renamed:
        raise UsageError(
            f"{folder / INDEX} lists {len(cases)} cases with label maps in {len(parents)} folders, {len(renamed)} of "
            "them named otherwise than their images; expected one folder of label maps with the names of the images."
        )
    return parents.pop()


def read_labels(path: Path) -> np.ndarray:
    """Return a label map as uint8 in RAS order; label files stored as float32 are rounded.

    Raises:
        UsageError: a value lies beyond those of a byte, in which 257 would begin anew as 1.
    """
    image = nibabel.as_closest_canonical(nibabel.load(path))
    try:
        return label_values(np.asarray(image.dataobj))
    except InputRefused as refusal:
        raise UsageError(f"{path.name}: {refusal}.") from None


def read_image(path: Path) -> np.ndarray:
    """Return intensities as float32 in RAS order."""
    return np.asarray(nibabel.as_closest_canonical(nibabel.load(path)).dataobj, dtype=np.float32)


def write_labels(case: LabelledCase, labels: np.ndarray, folder: Path) -> Path:
    """Write a predicted label map to ``folder / "<case>.nii.gz"`` on the grid of the case's image.

    Args:
        case: whose prediction it is.
        labels: uint8 in RAS order, as ``read_image`` orders the image.
        folder: made where it does not exist.
    """
    return save_labels(case.image, labels, folder / f"{case.name}.nii.gz")


def save_labels(image_path: Path, labels: np.ndarray, path: Path) -> Path:
    """Write a label map, uint8 in RAS order, to ``path`` in the axis order and with the header of an image."""
    image = nibabel.nifti1.load(image_path)
    stored = Reorientation(nibabel.orientations.io_orientation(image.affine)).undo(labels)
    header = image.header.copy()
    header.set_data_dtype(np.uint8)
    path.parent.mkdir(parents=True, exist_ok=True)
    nibabel.save(nibabel.Nifti1Image(stored, image.affine, header), path)
    return path
