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
from quantseg.tasks.lumbar_muscle.axial_planes import axial_planes
from quantseg.tasks.lumbar_muscle.channels import LABELS
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


def _export_case(result: CaseResult, folder: Path) -> dict[str, str]:
    scans = {"first": result.scan, **result.further_scans}
    planes = axial_planes({role: scan for role, scan in scans.items() if isinstance(scan, Scan)})
    images = list(planes.images.values())
    pictures = images[0] if len(images) == 1 else np.stack(images, axis=-1)
    labels = to_canonical(result.volume.with_array(result.labels))[0].array
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
