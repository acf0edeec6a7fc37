"""A case from its files: the way back of ``writing``."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from quantseg.errors import QuantSegError
from quantseg.results.document import CaseDocument
from quantseg.results.edited import read_document
from quantseg.results.layout import LABELS, MEASUREMENTS
from quantseg.volume import Volume


@dataclass(frozen=True)
class WrittenLabels:
    """What a run left of a case.

    Attributes:
        labels: the label map, uint8.
        document: content of ``measurements.json``.
    """

    labels: Volume
    document: CaseDocument


@dataclass(frozen=True)
class WrittenCine:
    """What a run left of a case with frames.

    Attributes:
        labels: the label map of every frame that the document is about, uint8, shape (T, I, J, K).
        document: content of ``measurements.json``.
    """

    labels: np.ndarray
    document: CaseDocument


def read_written(folder: Path) -> WrittenLabels:
    """Read labels and document of a case of a single volume.

    Raises:
        QuantSegError: the folder holds no whole case.
    """
    document = _document(folder)
    affine, labels = _read_labels(folder, LABELS)
    return WrittenLabels(Volume(labels, affine), document)


def read_written_cine(folder: Path) -> WrittenCine:
    """Read labels and document of a case with frames: all of them, or those of its phases where only these are written.

    Raises:
        QuantSegError: the folder holds no whole case.
    """
    document = _document(folder)
    written = document.labels
    if written is not None and written.file is None:
        frames = [_read_labels(folder, phase.file)[1] for phase in written.phases.values()]
        return WrittenCine(np.stack(frames), document)
    _, labels = _read_labels(folder, LABELS)
    return WrittenCine(labels[None] if labels.ndim == 3 else np.moveaxis(labels, 3, 0), document)


def _document(folder: Path) -> CaseDocument:
    document = read_document(folder)
    if document is None:
        raise _missing(folder, MEASUREMENTS)
    return document


def _read_labels(folder: Path, name: str) -> tuple[np.ndarray, np.ndarray]:
    """Return affine and values of a label file."""
    import nibabel

    if not (folder / name).is_file():
        raise _missing(folder, name)
    image = nibabel.nifti1.load(folder / name)
    return image.affine, np.asarray(image.dataobj).astype(np.uint8)


def _missing(folder: Path, name: str) -> QuantSegError:
    return QuantSegError(f"{folder} holds no finished case; expected a readable {name}, run it again.")
