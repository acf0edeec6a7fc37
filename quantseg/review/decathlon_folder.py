"""Corrected cases in the layout of the Medical Segmentation Decathlon: images, labels, and an index of both."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from quantseg.errors import UsageError
from quantseg.results.atomic import write_file
from quantseg.results.json_document import json_bytes
from quantseg.review.nifti import packed_nifti


def write_pair(folder: Path, name: str, image: np.ndarray, labels: np.ndarray, affine: np.ndarray) -> dict[str, Any]:
    """Write an image and its labels, and return what the index says of them.

    Args:
        folder: receives ``imagesTr`` and ``labelsTr``.
        name: of both files, without ending.
        image: shape (I, J, K), or with a further axis of channels.
        labels: shape (I, J, K).
        affine: of both.
    """
    entry: dict[str, Any] = {}
    for key, kind, array in (("image", "imagesTr", image), ("label", "labelsTr", labels)):
        path = folder / kind / f"{name}.nii.gz"
        path.parent.mkdir(parents=True, exist_ok=True)
        write_file(path, packed_nifti(array, affine))
        entry[key] = f"./{kind}/{path.name}"
    return entry


def write_index(folder: Path, name: str, labels: Sequence[str], entries: Sequence[Mapping[str, Any]]) -> None:
    """Write ``dataset.json``.

    Args:
        folder: that the pairs are in.
        name: of the data set.
        labels: names by value, from 0.
        entries: of :func:`write_pair`, with whatever else is to be said of each.

    Raises:
        UsageError: there is none.
    """
    if not entries:
        raise UsageError("No case has labels to learn from; correct or approve some first.")
    index = {
        "name": name,
        "labels": {str(value): label for value, label in enumerate(labels)},
        "numTraining": len(entries),
        "training": list(entries),
    }
    write_file(folder / "dataset.json", json_bytes(index))
