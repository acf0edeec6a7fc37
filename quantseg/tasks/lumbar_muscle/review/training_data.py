"""Corrected labels as training data: image, or water and fat, and labels in Decathlon layout."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import numpy as np

from quantseg.errors import UsageError
from quantseg.reading.scan import Scan
from quantseg.results.atomic import write_file
from quantseg.results.case import CaseResult
from quantseg.results.json_document import json_bytes
from quantseg.review.nifti import packed_nifti
from quantseg.tasks.lumbar_muscle.axial_planes import AxialPlanes, axial_planes
from quantseg.tasks.lumbar_muscle.channels import LABELS
from quantseg.tasks.lumbar_muscle.fat import is_swapped
from quantseg.volume import to_canonical


def export_training_slices(results: Iterable[CaseResult], folder: Path) -> int:
    """Write images, labels and ``dataset.json``, in the order of the body's axes.

    Args:
        results: with labels that a person stands for, and every image that they were made of.
        folder: receives ``imagesTr``, ``labelsTr`` and the index.

    Returns:
        how many cases were written.

    Raises:
        UsageError: there is none.
    """
    entries = [_export_case(result, folder) for result in results]
    if not entries:
        raise UsageError("No case has labels to learn from; correct or approve some first.")
    index = {
        "name": "Lumbar muscles, corrected with QuantSeg",
        "labels": {str(value): name for value, name in enumerate(LABELS)},
        "numTraining": len(entries),
        "training": entries,
    }
    write_file(folder / "dataset.json", json_bytes(index))
    return len(entries)


def _put_right(planes: AxialPlanes, k: int, labels: np.ndarray) -> np.ndarray:
    """Return one image of a plane, shape (I, J), or water and fat in this order, shape (I, J, 2)."""
    pictures = planes.pictures(k)
    if len(pictures) == 1:
        return np.asarray(pictures[0])
    # Labels were made of images that had been put right; training takes the first for water.
    exchanged = is_swapped(pictures[0], pictures[1], labels, planes.pixel_mm)
    return np.moveaxis(pictures[::-1] if exchanged else pictures, 0, -1)


def _export_case(result: CaseResult, folder: Path) -> dict[str, str]:
    scans = {"first": result.scan, **result.further_scans}
    planes = axial_planes({role: scan for role, scan in scans.items() if isinstance(scan, Scan)})
    labels = to_canonical(result.volume.with_array(result.labels))[0].array
    pictures = np.stack([_put_right(planes, k, labels[:, :, k]) for k in range(planes.count)], axis=2)
    entry = {}
    for key, kind, array in (
        ("image", "imagesTr", pictures),
        ("label", "labelsTr", labels),
    ):
        path = folder / kind / f"{result.name}.nii.gz"
        path.parent.mkdir(parents=True, exist_ok=True)
        write_file(path, packed_nifti(array, planes.grid.affine))
        entry[key] = f"./{kind}/{path.name}"
    return entry
