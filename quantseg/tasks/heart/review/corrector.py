"""Correcting hearts: cines, folders in ACDC layout, single frames."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from quantseg.mrml.sequences import add_segmentation_sequence, cine_nodes, remove_sequence
from quantseg.mrml.volume_node import image_stamp, volume_of_node
from quantseg.reading.scan import CaseInput
from quantseg.results.case import CaseResult
from quantseg.results.reading_back import WrittenCine, read_written_cine
from quantseg.review.corrector import exported_in_words, other_grid
from quantseg.review.image_of_result import ImageIdentity
from quantseg.review.worklist import Worklist
from quantseg.tasks.heart.correcting import corrected, drawn_by_hand
from quantseg.tasks.heart.reading import find_cine_cases, read_cine
from quantseg.tasks.heart.reading.cine import Cine
from quantseg.tasks.heart.reading.cine_reader import read_label_frames
from quantseg.tasks.heart.repeatability import BOUNDS_PERCENT
from quantseg.tasks.heart.review.case import HeartCase
from quantseg.tasks.heart.review.run import HeartRun
from quantseg.tasks.heart.review.scene_cine import add_heart, frames_of_document
from quantseg.tasks.heart.review.training_data import corrected_hearts, export_training_hearts
from quantseg.tasks.heart.review.written import written_of_heart
from quantseg.tasks.heart.task import TASK

if TYPE_CHECKING:
    import slicer


class HeartCorrector:
    """A :class:`quantseg.review.corrector.Corrector` of the heart."""

    presenter = TASK.presenter
    bounds_percent = BOUNDS_PERCENT
    brush_mm = 5.0

    def find(self, folder: Path) -> list[CaseInput]:
        """Find the cines, patients' folders and frames of a folder."""
        return find_cine_cases([folder])

    def read(self, case: CaseInput) -> Cine:
        """Read a heart."""
        return read_cine(case)

    def read_written(self, folder: Path) -> WrittenCine:
        """Read labels and document that a run or a person left of a heart."""
        return read_written_cine(folder)

    def read_drawn(self, name: str, scan: Cine, path: Path) -> WrittenCine:
        """Read drawn labels: 1 RV cavity, 2 LV myocardium, 3 LV cavity, in every frame of the cine.

        Raises:
            InputRefused: they lie on another grid than the image, or a value stands for nothing.
        """
        labels, grid = read_label_frames(path)
        if len(labels) != len(scan.frames) or not grid.same_as(scan.grid):
            raise other_grid(path)
        return written_of_heart(drawn_by_hand(name, scan, labels))

    def result_of(self, scan: Cine, written: WrittenCine) -> CaseResult:
        """Return what was written as a case.

        Raises:
            InputRefused: the labels lie on another grid than the cine.
        """
        written.require_grid_of(scan)
        cine, _ = frames_of_document(scan, written.document)
        return written.document.case_result(cine, written.labels)

    def measured(self, result: CaseResult, labels: np.ndarray, as_written: np.ndarray) -> CaseResult:
        """Measure labels that a person may have changed; see :class:`quantseg.review.corrector.Corrector`."""
        edited: dict[str, list[int]] = {}
        for segment in result.segments:
            differs = (labels == segment.value) != (as_written == segment.value)
            frames = [frame for frame, one in enumerate(differs) if one.any()]
            edited |= {segment.key: frames} if frames else {}
        return corrected(result, labels, edited)

    def case(
        self, volume_node: slicer.vtkMRMLScalarVolumeNode, segmentation_node: slicer.vtkMRMLSegmentationNode
    ) -> HeartCase:
        """Return the case that a heart and its segmentation make.

        Raises:
            OtherImage: the segmentation does not belong to the cine, or holds a result of another image.
        """
        case = HeartCase(volume_node, segmentation_node)
        case.require_own_image()
        return case

    def image_identity(self, volume_node: slicer.vtkMRMLScalarVolumeNode) -> ImageIdentity:
        """Return what all frames of a heart are now; see :class:`quantseg.review.corrector.Corrector`."""
        nodes = cine_nodes(volume_node)
        return ImageIdentity.of([volume_of_node(one) for one in ([volume_node] if nodes is None else nodes.volumes())])

    def image_stamp(self, volume_node: slicer.vtkMRMLScalarVolumeNode) -> tuple[object, ...]:
        """Return what changes whenever the voxels of any frame, or their place, do."""
        nodes, transform = cine_nodes(volume_node), volume_node.GetParentTransformNode()
        if nodes is None:
            return image_stamp(volume_node)
        # The node that shows the frames may lie under a transform, which these know nothing of.
        return (None if transform is None else transform.GetID(), *(image_stamp(one) for one in nodes.volumes()))

    def add_to_scene(self, scan: Cine, name: str, scene: slicer.vtkMRMLScene) -> HeartCase:
        """Add a heart and an empty segmentation of every frame to a scene."""
        volume_node = add_heart(scan, name, scene)
        segmentation_node = self.add_segmentation(volume_node, f"{name} labels")
        if cine_nodes(volume_node) is None:
            segmentation_node.CreateDefaultDisplayNodes()
        return self.case(volume_node, segmentation_node)

    def put(self, case: HeartCase, scan: Cine, written: WrittenCine) -> None:
        """Put labels that lie on the cine's own grid into the frames that they are about.

        Raises:
            InputRefused: they lie on another grid.
        """
        written.require_grid_of(scan)
        _, frames = frames_of_document(scan, written.document)
        case.write(written, frames, scan.geometry.affine)

    def put_run(self, case: HeartCase, run: HeartRun, written: WrittenCine) -> None:
        """Put what a run has found into the frames that it was given.

        Raises:
            InputRefused: the labels lie on another grid than these.
        """
        written.require_grid(case.cine().grid)
        case.write(written, run.frames)

    def nodes_of(self, case: HeartCase) -> Sequence[slicer.vtkMRMLNode]:
        """Return a heart's nodes; the browser first, which would show again what is taken away before it."""
        if case.nodes is None:
            return [case.segmentation_node, case.volume_node]
        return [case.nodes.browser, *case.nodes.sequences(), case.segmentation_node, case.volume_node]

    def add_segmentation(
        self, volume_node: slicer.vtkMRMLScalarVolumeNode, name: str
    ) -> slicer.vtkMRMLSegmentationNode:
        """Add an empty segmentation of every frame of a cine, or of a single volume; return the node that shows it."""
        nodes = cine_nodes(volume_node)
        if nodes is None:
            return volume_node.GetScene().AddNewNodeByClass("vtkMRMLSegmentationNode", name)
        return nodes.browser.GetProxyNode(add_segmentation_sequence(nodes, name))

    def remove_segmentation(
        self, volume_node: slicer.vtkMRMLScalarVolumeNode, segmentation_node: slicer.vtkMRMLSegmentationNode
    ) -> None:
        """Take a segmentation out of its scene, frames and all."""
        nodes = cine_nodes(volume_node)
        sequence = None if nodes is None else nodes.labels_sequence(segmentation_node)
        if nodes is None or sequence is None:
            volume_node.GetScene().RemoveNode(segmentation_node)
        else:
            remove_sequence(nodes, sequence)

    def named_node(self, volume_node: slicer.vtkMRMLScalarVolumeNode) -> slicer.vtkMRMLNode:
        """Return the sequence of a cine's images, or a single volume itself."""
        nodes = cine_nodes(volume_node)
        return volume_node if nodes is None else nodes.images

    def export_training(self, worklist: Worklist, folder: Path) -> str:
        """Write end-diastole and end-systole of each corrected heart, a folder a patient."""
        names = export_training_hearts(corrected_hearts(worklist), folder)
        return exported_in_words(len(names), "heart", folder, TASK.name)
