"""What the panels and the worklist ask of a task, so that a person can correct its results; no task is named here."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from quantseg.errors import InputRefused
from quantseg.reading.scan import CaseInput
from quantseg.results.case import CaseResult
from quantseg.results.presentation import Presenter
from quantseg.review.change import Bounds
from quantseg.review.image_of_result import ImageIdentity
from quantseg.review.reviewed_case import ReviewedCase

if TYPE_CHECKING:
    import slicer

    from quantseg.review.worklist import Worklist


class Corrector(Protocol):
    """How cases of a task are found, read, kept in a scene and handed on.

    What is read of a case, what is written of it, the case in a scene and a run on it are of the task's own types,
    which nothing generic looks into: hence ``Any``.
    """

    @property
    def presenter(self) -> Presenter:
        """Says and shows what came out."""
        ...

    @property
    def bounds_percent(self) -> Bounds:
        """What is compared with an earlier examination, by key; see :func:`quantseg.review.change.compare`."""
        ...

    @property
    def brush_mm(self) -> float:
        """Diameter in mm of the brush that suits the organ, which smart correction, too, takes its measure from."""
        ...

    def find(self, folder: Path) -> list[CaseInput]:
        """Find the cases of a folder.

        Raises:
            UsageError: there are none, or two have one name.
        """
        ...

    def read(self, case: CaseInput) -> Any:
        """Read a case.

        Raises:
            InputRefused: it cannot be read rightly.
        """
        ...

    def read_written(self, folder: Path) -> Any:
        """Read labels and document that a run or a person left of a case.

        Raises:
            QuantSegError: the folder holds no whole case.
        """
        ...

    def read_drawn(self, name: str, scan: Any, path: Path) -> Any:
        """Read labels that no model of ours made.

        Raises:
            InputRefused: they lie on another grid than the image, or a value stands for nothing.
        """
        ...

    def result_of(self, scan: Any, written: Any) -> CaseResult:
        """Return what was written as a case.

        Raises:
            InputRefused: the labels lie on another grid than the image.
        """
        ...

    def measured(self, result: CaseResult, labels: np.ndarray, as_written: np.ndarray) -> CaseResult:
        """Measure labels that a person may have changed, outside a scene.

        Args:
            result: the case as the models left it.
            labels: as they are now, of the shape of the case's own.
            as_written: as the models left them.
        """
        ...

    def case(
        self, volume_node: slicer.vtkMRMLScalarVolumeNode, segmentation_node: slicer.vtkMRMLSegmentationNode
    ) -> ReviewedCase:
        """Return the case that an image and its segmentation make.

        Raises:
            OtherImage: the segmentation holds a result of another image.
        """
        ...

    def image_identity(self, volume_node: slicer.vtkMRMLScalarVolumeNode) -> ImageIdentity:
        """Return what an image is now, to know it again later.

        Raises:
            InputRefused: it cannot be read, or lies under a transform.
        """
        ...

    def image_stamp(self, volume_node: slicer.vtkMRMLScalarVolumeNode) -> tuple[object, ...]:
        """Return what changes whenever an image's voxels or their place do, without a look at all of them."""
        ...

    def add_to_scene(self, scan: Any, name: str, scene: slicer.vtkMRMLScene) -> ReviewedCase:
        """Add image and empty segmentation to a scene, as a case without a result."""
        ...

    def put(self, case: Any, scan: Any, written: Any) -> None:
        """Put labels that lie on the image's own grid into a case of the scene.

        Raises:
            InputRefused: they lie on another grid.
        """
        ...

    def put_run(self, case: Any, run: Any, written: Any) -> None:
        """Put what a run on the scene's own image has found into the case."""
        ...

    def nodes_of(self, case: Any) -> Sequence[slicer.vtkMRMLNode]:
        """Return the nodes to be taken out of the scene with a case, in this order."""
        ...

    def add_segmentation(
        self, volume_node: slicer.vtkMRMLScalarVolumeNode, name: str
    ) -> slicer.vtkMRMLSegmentationNode:
        """Add an empty segmentation of an image to its scene; of a moving one, a segmentation of every frame."""
        ...

    def remove_segmentation(
        self, volume_node: slicer.vtkMRMLScalarVolumeNode, segmentation_node: slicer.vtkMRMLSegmentationNode
    ) -> None:
        """Take away what :meth:`add_segmentation` has added."""
        ...

    def named_node(self, volume_node: slicer.vtkMRMLScalarVolumeNode) -> slicer.vtkMRMLNode:
        """Return the node whose name is that of the case."""
        ...

    def export_training(self, worklist: Worklist, folder: Path) -> str:
        """Write corrected and approved cases as training data.

        Returns:
            what was written and how to train with it, in words.

        Raises:
            UsageError: there is nothing to learn from, or a case cannot be learned from.
        """
        ...


def other_grid(path: Path) -> InputRefused:
    """Return the refusal of labels that do not lie on the grid of their image."""
    return InputRefused(f"{path.name} lies on another grid than its image; expected the same shape and affine.")


def exported_in_words(count: int, noun: str, folder: Path, task: str) -> str:
    """Say how much was written as training data, and how to train with it.

    Args:
        count: of what was written.
        noun: for one of it.
        folder: that it was written to.
        task: name of the task.
    """
    written = f"{count} {noun}" if count == 1 else f"{count} {noun}s"
    return f"{written} written to {folder}; train with: quantseg train {task} --data {folder}"
