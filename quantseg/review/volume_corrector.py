"""Correcting labels on single volumes: all of it but what the task's own anatomy decides."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Generic, TypeVar

import numpy as np

from quantseg.errors import InputRefused
from quantseg.mrml.further_images import further_images, set_further_image
from quantseg.mrml.volume_node import add_volume_node, image_stamp, volume_of_node
from quantseg.reading.guard import label_values
from quantseg.reading.roles import RoleImages, further_scans, single_scan
from quantseg.reading.scan import CaseInput, Scan
from quantseg.results.case import CaseResult
from quantseg.results.presentation import Presenter
from quantseg.results.reading_back import WrittenLabels, read_written
from quantseg.review.change import Bounds
from quantseg.review.corrector import other_grid
from quantseg.review.engine_run import EngineRun
from quantseg.review.image_of_result import ImageIdentity, refuse_frame_of_cine
from quantseg.review.volume_case import VolumeCase, written_of
from quantseg.volume import to_canonical

if TYPE_CHECKING:
    import slicer

    from quantseg.review.worklist import Worklist


Read = TypeVar("Read", bound=Scan | RoleImages)
"""What reading a case yields: a scan, or the images of several roles, the first of which the labels lie on."""


class VolumeCorrector(ABC, Generic[Read]):
    """A :class:`quantseg.review.corrector.Corrector` of a task whose labels lie on a single volume each."""

    @property
    @abstractmethod
    def presenter(self) -> Presenter:
        """Says and shows what came out."""

    @property
    @abstractmethod
    def bounds_percent(self) -> Bounds:
        """What is compared with an earlier examination; see :class:`quantseg.review.corrector.Corrector`."""

    @property
    @abstractmethod
    def brush_mm(self) -> float:
        """Diameter in mm of the brush that suits the organ; see :class:`quantseg.review.corrector.Corrector`."""

    @abstractmethod
    def find(self, folder: Path) -> list[CaseInput]:
        """Find the cases of a folder.

        Raises:
            UsageError: there are none, or two have one name.
        """

    @abstractmethod
    def read(self, case: CaseInput) -> Read:
        """Read a case.

        Raises:
            InputRefused: it cannot be read rightly.
        """

    @abstractmethod
    def corrected(self, result: CaseResult, labels: np.ndarray, edited: Sequence[str]) -> CaseResult:
        """Measure changed labels; see :class:`quantseg.review.volume_case.VolumeCase`."""

    @abstractmethod
    def drawn_by_hand(self, name: str, scan: Read, labels: np.ndarray) -> CaseResult:
        """Return labels that no model of ours made as a case.

        Args:
            name: of the case.
            scan: the image, as :meth:`read` returns it.
            labels: uint8 label map on its grid.

        Raises:
            InputRefused: a value stands for nothing.
        """

    @abstractmethod
    def export_training(self, worklist: Worklist, folder: Path) -> str:
        """Write corrected and approved cases as training data; see :class:`quantseg.review.corrector.Corrector`."""

    def read_written(self, folder: Path) -> WrittenLabels:
        """Read labels and document of a case.

        Raises:
            QuantSegError: the folder holds no whole case.
        """
        return read_written(folder)

    def read_drawn(self, name: str, scan: Read, path: Path) -> WrittenLabels:
        """Read labels that no model of ours made.

        Raises:
            InputRefused: they lie on another grid than the image, or a value stands for nothing.
        """
        from quantseg.reading.image_file import read_image_file
        from quantseg.reading.spacing import HEADER_SPACING

        found = read_image_file(path, HEADER_SPACING).volume
        if not found.grid.same_as(single_scan(scan).grid):
            raise other_grid(path)
        try:
            labels = label_values(found.array)
        except InputRefused as refusal:
            raise InputRefused(f"{path.name}: {refusal}.") from None
        return written_of(self.drawn_by_hand(name, scan, labels))

    def result_of(self, scan: Read, written: WrittenLabels) -> CaseResult:
        """Return what was written as a case.

        Raises:
            InputRefused: the labels lie on another grid than the image.
        """
        image = single_scan(scan)
        written.require_grid_of(image)
        return written.document.case_result(
            image, written.labels.array, images=written.images, further_scans=further_scans(scan)
        )

    def measured(self, result: CaseResult, labels: np.ndarray, as_written: np.ndarray) -> CaseResult:
        """Measure labels that a person may have changed; see :class:`quantseg.review.corrector.Corrector`."""
        edited = [
            segment.key
            for segment in result.segments
            if not np.array_equal(labels == segment.value, as_written == segment.value)
        ]
        return self.corrected(result, labels, edited)

    def case(
        self, volume_node: slicer.vtkMRMLScalarVolumeNode, segmentation_node: slicer.vtkMRMLSegmentationNode
    ) -> VolumeCase:
        """Return the case that an image and its segmentation make.

        Raises:
            OtherImage: the segmentation holds a result of another image.
        """
        refuse_frame_of_cine(segmentation_node, volume_node)
        case = VolumeCase(volume_node, segmentation_node, self.corrected)
        case.require_own_image()
        return case

    def image_identity(self, volume_node: slicer.vtkMRMLScalarVolumeNode) -> ImageIdentity:
        """Return what an image is now; see :class:`quantseg.review.corrector.Corrector`."""
        return ImageIdentity.of([volume_of_node(volume_node)])

    def image_stamp(self, volume_node: slicer.vtkMRMLScalarVolumeNode) -> tuple[object, ...]:
        """Return what changes whenever an image's voxels or their place do."""
        return image_stamp(volume_node)

    def add_to_scene(self, scan: Read, name: str, scene: slicer.vtkMRMLScene) -> VolumeCase:
        """Add image and empty segmentation to a scene, as a case without a result."""
        volume_node = add_volume_node(to_canonical(single_scan(scan).volume)[0], name, scene)
        for role, further in further_scans(scan).items():
            node = add_volume_node(to_canonical(further.volume)[0], f"{name} {role}", scene)
            set_further_image(volume_node, role, node)
        segmentation_node = self.add_segmentation(volume_node, f"{name} labels")
        segmentation_node.CreateDefaultDisplayNodes()
        return self.case(volume_node, segmentation_node)

    def put(self, case: VolumeCase, scan: Read, written: WrittenLabels) -> None:
        """Put labels that lie on the image's own grid into a case of the scene.

        Raises:
            InputRefused: they lie on another grid.
        """
        written.require_grid_of(single_scan(scan))
        case.write(written)

    def put_run(self, case: VolumeCase, run: EngineRun, written: WrittenLabels) -> None:
        """Put what a run has found into the case."""
        del run  # The labels are all that it found.
        case.write(written)

    def nodes_of(self, case: VolumeCase) -> Sequence[slicer.vtkMRMLNode]:
        """Return the nodes to be taken out of the scene with a case."""
        return [case.segmentation_node, *further_images(case.volume_node).values(), case.volume_node]

    def add_segmentation(
        self, volume_node: slicer.vtkMRMLScalarVolumeNode, name: str
    ) -> slicer.vtkMRMLSegmentationNode:
        """Add an empty segmentation to an image's scene."""
        return volume_node.GetScene().AddNewNodeByClass("vtkMRMLSegmentationNode", name)

    def remove_segmentation(
        self, volume_node: slicer.vtkMRMLScalarVolumeNode, segmentation_node: slicer.vtkMRMLSegmentationNode
    ) -> None:
        """Take a segmentation out of its scene."""
        volume_node.GetScene().RemoveNode(segmentation_node)

    def named_node(self, volume_node: slicer.vtkMRMLScalarVolumeNode) -> slicer.vtkMRMLNode:
        """Return the node whose name is that of the case: the image's own."""
        return volume_node
