"""Corrected labels as training data: image, or water and fat, and labels in Decathlon layout."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np

from quantseg.reading.scan import Scan
from quantseg.results.case import CaseResult
from quantseg.review.decathlon_folder import write_index, write_pair
from quantseg.tasks.lumbar_muscle.axial_planes import AxialPlanes, axial_planes
from quantseg.tasks.lumbar_muscle.channels import LABELS
from quantseg.tasks.lumbar_muscle.fat import put_right
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
    write_index(folder, "Lumbar muscles, corrected with QuantSeg", LABELS, entries)
    return len(entries)


def _channels_last(planes: AxialPlanes, k: int, labels: np.ndarray) -> np.ndarray:
    """Return one image of a plane, shape (I, J), or water and fat in this order, shape (I, J, 2)."""
    # Labels were made of images that had been put right; training takes the first for water.
    pictures = put_right(planes.pictures(k), labels, planes.pixel_mm)
    return np.asarray(pictures[0]) if len(pictures) == 1 else np.moveaxis(pictures, 0, -1)


def _export_case(result: CaseResult, folder: Path) -> dict[str, Any]:
    scans = {"first": result.scan, **result.further_scans}
    planes = axial_planes({role: scan for role, scan in scans.items() if isinstance(scan, Scan)})
    labels = to_canonical(result.volume.with_array(result.labels))[0].array
    pictures = np.stack([_channels_last(planes, k, labels[:, :, k]) for k in range(planes.count)], axis=2)
    return write_pair(folder, result.name, pictures, labels, planes.grid.affine)
