"""Which predicted label map belongs to which reference, and both on one grid."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Sequence
from csv import DictReader
from dataclasses import dataclass
from pathlib import Path

import nibabel
import numpy as np

from quantseg.errors import InputRefused, UsageError
from quantseg.volume import Volume, to_canonical

_NIFTI_ENDINGS = (".nii.gz", ".nii")
_CASE_LABELS = "labels.nii.gz"
_INTEGER_TOLERANCE = 1e-3

AffineOf = Callable[[nibabel.Nifti1Header], np.ndarray]
"""From a header to the 4x4 affine that holds, to RAS in mm."""


@dataclass(frozen=True)
class Pair:
    """A reference and the prediction that goes with it.

    Attributes:
        case: case name.
        patient: whom it came from.
        reference: path of the reference labels.
        prediction: path of the predicted labels; None where there is none.
    """

    case: str
    patient: str
    reference: Path
    prediction: Path | None


@dataclass(frozen=True)
class Pairing:
    """All pairs of an evaluation.

    Attributes:
        pairs: one for each reference, sorted by case.
        without_reference: cases that were predicted but have no reference; they are named, not scored.
    """

    pairs: tuple[Pair, ...]
    without_reference: tuple[str, ...]


def list_label_maps(folder: Path) -> dict[str, Path]:
    """Return the label maps of a folder by case name.

    A case is a NIfTI file ``<case>.nii.gz``, or a folder ``<case>`` with ``labels.nii.gz`` as ``quantseg segment``
    writes it.

    Raises:
        UsageError: the folder is missing or empty, or two label maps have one case name.
    """
    if not folder.is_dir():
        raise UsageError(f"{folder} is no folder; expected one with label maps.")
    found: dict[str, Path] = {}
    for entry in sorted(folder.iterdir()):
        name, path = _case_of(entry)
        if path is None:
            continue
        if name in found:
            raise UsageError(f"{folder} holds two label maps of case {name!r}; remove one.")
        found[name] = path
    if not found:
        raise UsageError(
            f"{folder} holds no label maps; expected files <case>.nii.gz or folders <case> with {_CASE_LABELS}."
        )
    return found


def _case_of(entry: Path) -> tuple[str, Path | None]:
    if entry.is_dir():
        labels = entry / _CASE_LABELS
        return entry.name, labels if labels.is_file() else None
    for ending in _NIFTI_ENDINGS:
        # macOS leaves resource forks named ._<file> beside the files of an archive.
        if entry.name.endswith(ending) and not entry.name.startswith("."):
            return entry.name.removesuffix(ending), entry
    return entry.name, None


def read_patients(path: Path) -> dict[str, str]:
    """Return the patient of each case.

    Args:
        path: a CSV with the columns ``case`` and ``patient``, or a Decathlon ``dataset.json`` whose training entries
            carry ``patient``.

    Raises:
        UsageError: the file is missing or holds neither.
    """
    if not path.is_file():
        raise UsageError(f"{path} does not exist; expected a CSV with the columns case,patient or a dataset.json.")
    text = path.read_text(encoding="utf-8-sig")
    try:
        if path.suffix == ".json":
            entries = json.loads(text)["training"]
            return {_case_of(Path(e["image"]))[0]: str(e["patient"]) for e in entries if "patient" in e}
        return {row["case"]: row["patient"] for row in DictReader(text.splitlines())}
    except (KeyError, TypeError, ValueError) as error:
        raise UsageError(
            f"{path} names no patients; expected a CSV with the columns case,patient, or a dataset.json whose "
            "training entries carry image and patient."
        ) from error


def pair_cases(
    predictions: Sequence[Path],
    references: Path,
    patients: dict[str, str] | None = None,
    only_patients: Collection[str] | None = None,
) -> Pairing:
    """Pair predictions with references by case name; no reference is left out for want of a prediction.

    Args:
        predictions: folders of predicted label maps, such as those of several validation folds.
        references: folder of reference label maps.
        patients: patient of each case; a case that is not named is a patient of its own.
        only_patients: score these patients only, or the cases of these names, as a split by file has them; everyone by
            default.

    Raises:
        UsageError: a folder is missing or empty, or a case is predicted twice, or nothing is left to score.
    """
    predicted: dict[str, Path] = {}
    for folder in predictions:
        for case, path in list_label_maps(folder).items():
            if case in predicted:
                raise UsageError(f"Case {case!r} is predicted in {predicted[case]} and in {path}; name one folder.")
            predicted[case] = path
    known = patients or {}
    listed = list_label_maps(references)
    pairs = tuple(
        Pair(case, known.get(case, case), path, predicted.get(case))
        for case, path in sorted(listed.items())
        if only_patients is None or {case, known.get(case, case)} & set(only_patients)
    )
    if not pairs:
        raise UsageError(f"None of the {len(listed)} label maps in {references} belongs to the patients asked for.")
    return Pairing(pairs, tuple(sorted(set(predicted) - set(listed))))


def header_affine(header: nibabel.Nifti1Header) -> np.ndarray:
    """Return the affine as the header states it."""
    return np.asarray(header.get_best_affine())


def read_label_map(path: Path, allowed: Collection[int], affine_of: AffineOf = header_affine) -> Volume:
    """Read a label map in the axis order closest to RAS.

    Args:
        path: NIfTI file; values may be stored as any number type.
        allowed: label values that may occur.
        affine_of: which affine holds.

    Returns:
        labels as int16.

    Raises:
        InputRefused: it cannot be read, is not three-dimensional, or holds other values.
    """
    try:
        image = nibabel.nifti1.load(path)
        values = np.asarray(image.dataobj)
    except Exception as error:
        raise InputRefused(f"{path} cannot be read as NIfTI ({error}); expected a label map.") from error
    if values.ndim != 3:
        raise InputRefused(f"{path} has {values.ndim} axes; expected a three-dimensional label map.")
    labels = np.rint(values).astype(np.int16)
    found = sorted({int(value) for value in np.unique(labels)})
    if not np.allclose(values, labels, atol=_INTEGER_TOLERANCE) or not set(found) <= set(allowed):
        shown = ", ".join(map(str, found[:8])) + (", ..." if len(found) > 8 else "")
        raise InputRefused(
            f"{path} holds the values {shown}; expected whole numbers from {sorted(allowed)}"
            " (sided labels need --sided)."
        )
    return to_canonical(Volume(labels, affine_of(image.header)))[0]


def read_prediction(
    path: Path, reference: Volume, allowed: Collection[int], affine_of: AffineOf = header_affine
) -> Volume:
    """Read a predicted label map on its reference's grid; a difference in axis order alone is undone exactly.

    Args:
        path: NIfTI file.
        reference: the reference in canonical order, as ``read_label_map`` gives it.
        allowed: label values that may occur.
        affine_of: which affine holds.

    Raises:
        InputRefused: it cannot be read, or lies on another grid.
    """
    predicted = read_label_map(path, allowed, affine_of)
    if not predicted.grid.same_as(reference.grid):
        raise InputRefused(
            f"{path} lies on another grid ({_in_words(predicted)}) than its reference ({_in_words(reference)});"
            " resample it to the reference's grid first."
        )
    return predicted


def _in_words(volume: Volume) -> str:
    shape = "x".join(map(str, volume.array.shape))
    spacing = "x".join(f"{s:.4g}" for s in volume.spacing_mm)
    origin = ", ".join(f"{x:.4g}" for x in volume.affine[:3, 3])
    return f"{shape} voxels of {spacing} mm from ({origin}) in RAS order"
