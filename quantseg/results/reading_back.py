"""A case from its files: the way back of ``writing``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from quantseg.errors import InputRefused, QuantSegError
from quantseg.reading.roles import RoleImages, first_image
from quantseg.reading.scan import InputImage
from quantseg.results.case import CaseResult
from quantseg.results.document import CaseDocument
from quantseg.results.edited import read_document
from quantseg.results.layout import LABELS, MEASUREMENTS, image_file
from quantseg.results.nifti_file import affine_of_nifti
from quantseg.volume import Grid, Volume


@dataclass(frozen=True)
class WrittenLabels:
    """What a run left of a case.

    Attributes:
        labels: the label map, uint8.
        document: content of ``measurements.json``.
        images: that were made beside the labels, by name, float32 on the labels' grid.
    """

    labels: Volume
    document: CaseDocument
    images: Mapping[str, np.ndarray] = field(default_factory=dict)

    def require_grid_of(self, scan: InputImage) -> None:
        """Make sure that the labels lie on an image as files of its labels do; see :meth:`WrittenCine.require_grid`."""
        _require_grid(self.labels.grid, Grid(scan.grid.shape, affine_of_nifti(scan)), self.document.case)


@dataclass(frozen=True)
class WrittenCine:
    """What a run left of a case with frames.

    Attributes:
        labels: the label map of every frame that the document is about, uint8, shape (T, I, J, K).
        document: content of ``measurements.json``.
        affine: from voxels of every frame to RAS in mm, as the files state it.
    """

    labels: np.ndarray
    document: CaseDocument
    affine: np.ndarray

    def require_grid_of(self, scan: InputImage) -> None:
        """Make sure that the labels lie on an image as files of its labels do; see :meth:`require_grid`."""
        self.require_grid(Grid(scan.grid.shape, affine_of_nifti(scan)))

    def require_grid(self, expected: Grid) -> None:
        """Make sure that the labels lie where they are about to be put.

        Raises:
            InputRefused: they lie elsewhere.
        """
        i, j, k = self.labels.shape[1:]
        _require_grid(Grid((i, j, k), self.affine), expected, self.document.case)


def read_written(folder: Path) -> WrittenLabels:
    """Read labels, document and images of a case of a single volume.

    Raises:
        QuantSegError: the folder holds no whole case.
    """
    document = read_finished_document(folder)
    affine, labels = _read_labels(folder, LABELS)
    return WrittenLabels(Volume(labels, affine), document, _read_images(folder, document))


def _read_images(folder: Path, document: CaseDocument) -> dict[str, np.ndarray]:
    """Return the images that were made, by name."""
    return {one.name: _read_file(folder, image_file(one.name))[1].astype(np.float32) for one in document.images}


def read_written_cine(folder: Path) -> WrittenCine:
    """Read labels and document of a case with frames: all of them, or those of its phases where only these are written.

    Raises:
        QuantSegError: the folder holds no whole case.
        InputRefused: its phases lie on grids of their own.
    """
    document = read_finished_document(folder)
    written = document.labels
    if written is not None and written.file is None:
        affines, frames = zip(*(_read_labels(folder, phase.file) for phase in written.phases.values()), strict=True)
        grids = [Grid(labels.shape, affine) for affine, labels in zip(affines, frames, strict=True)]
        for grid in grids[1:]:
            _require_grid(grid, grids[0], document.case)
        return WrittenCine(np.stack(frames), document, affines[0])
    affine, labels = _read_labels(folder, LABELS)
    return WrittenCine(labels[None] if labels.ndim == 3 else np.moveaxis(labels, 3, 0), document, affine)


def read_result(folder: Path, read: InputImage | RoleImages) -> CaseResult:
    """Return what a run has written of a case of a single volume, whatever kinds of outputs it has.

    Args:
        folder: of the case.
        read: its images, as the task's reader returns them.

    Raises:
        QuantSegError: the folder holds no whole case.
        InputRefused: its labels lie on another grid than the image.
    """
    document, scan = read_finished_document(folder), first_image(read)
    labels = None
    images: Mapping[str, np.ndarray]
    if document.labels is not None:
        written = read_written(folder)
        written.require_grid_of(scan)
        labels, images = written.labels.array, written.images
    else:
        images = _read_images(folder, document)
    further = read.further if isinstance(read, RoleImages) else {}
    return document.case_result(scan, labels, images=images, further_scans=further)


def _require_grid(found: Grid, expected: Grid, case: str) -> None:
    if not found.same_as(expected):
        raise InputRefused(
            f"The labels of {case} lie on another grid ({_in_words(found)}) than their image ({_in_words(expected)}); "
            "bring the labels back that were made on it, or segment it again."
        )


def _in_words(grid: Grid) -> str:
    size, spacing = (" × ".join(f"{n:.3g}" for n in values) for values in (grid.shape, grid.spacing_mm))
    i, j, k = grid.to_world(np.zeros(3))
    return f"{size} voxels of {spacing} mm from ({i:.1f}, {j:.1f}, {k:.1f}) mm"


def read_finished_document(folder: Path) -> CaseDocument:
    """Read the document of a case.

    Raises:
        QuantSegError: the folder holds no finished case.
    """
    document = read_document(folder)
    if document is None:
        raise _missing(folder, MEASUREMENTS)
    return document


def _read_labels(folder: Path, name: str) -> tuple[np.ndarray, np.ndarray]:
    """Return affine and values of a label file."""
    affine, values = _read_file(folder, name)
    return affine, values.astype(np.uint8)


def _read_file(folder: Path, name: str) -> tuple[np.ndarray, np.ndarray]:
    """Return affine and values of a file of a case."""
    import nibabel

    if not (folder / name).is_file():
        raise _missing(folder, name)
    image = nibabel.nifti1.load(folder / name)
    return image.affine, np.asarray(image.dataobj)


def _missing(folder: Path, name: str) -> QuantSegError:
    return QuantSegError(f"{folder} holds no finished case; expected a readable {name}, run it again.")
