"""What going through a folder of cases needs to know of an organ: how cases are found, read, shown and kept."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from quantseg.errors import InputRefused
from quantseg.reading.scan import CaseInput, Scan
from quantseg.results.case import CaseResult
from quantseg.results.presentation import Presenter
from quantseg.results.reading_back import (
    WrittenCine,
    WrittenLabels,
    case_of_document,
    read_written,
    read_written_cine,
)
from quantseg.review.reviewed_case import ReviewedCase
from quantseg.tasks.heart.reading.cine import Cine

if TYPE_CHECKING:
    import slicer


class ReviewedOrgan(Protocol):
    """One organ; what was read of a case and what was written of it are of the organ's own types."""

    @property
    def presenter(self) -> Presenter:
        """Says and shows what came out."""
        ...

    def find_cases(self, folder: Path) -> list[CaseInput]:
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
        """Return what was written as a case."""
        ...

    def add_to_scene(self, scan: Any, name: str, scene: slicer.vtkMRMLScene) -> ReviewedCase:
        """Add image and empty segmentation to a scene, as a case without a result."""
        ...

    def put(self, case: ReviewedCase, scan: Any, written: Any) -> None:
        """Put labels that lie on the image's own grid into a case of the scene."""
        ...

    def nodes_of(self, case: ReviewedCase) -> Sequence[slicer.vtkMRMLNode]:
        """Return the nodes to be taken out of the scene with a case."""
        ...


class HippocampusReview:
    """Heads and crops: single volumes."""

    @property
    def presenter(self) -> Presenter:
        """See :class:`ReviewedOrgan`."""
        from quantseg.tasks.hippocampus.task import TASK

        return TASK.presenter

    def find_cases(self, folder: Path) -> list[CaseInput]:
        """See :class:`ReviewedOrgan`."""
        from quantseg.reading import find_cases

        return find_cases([folder])

    def read(self, case: CaseInput) -> Scan:
        """See :class:`ReviewedOrgan`."""
        from quantseg.reading import read_scan

        return read_scan(case)

    def read_written(self, folder: Path) -> WrittenLabels:
        """See :class:`ReviewedOrgan`."""
        return read_written(folder)

    def read_drawn(self, name: str, scan: Scan, path: Path) -> WrittenLabels:
        """See :class:`ReviewedOrgan`; 1/2 in a crop of unknown side, 1 to 4 otherwise."""
        from quantseg.reading.image_file import read_image_file
        from quantseg.reading.spacing import HEADER_SPACING
        from quantseg.review.volume_case import written_of
        from quantseg.tasks.hippocampus.correcting import drawn_by_hand

        found = read_image_file(path, HEADER_SPACING).volume
        if not found.grid.same_as(scan.grid):
            raise _other_grid(path)
        return written_of(drawn_by_hand(name, scan, np.round(found.array).astype(np.uint8)))

    def result_of(self, scan: Scan, written: WrittenLabels) -> CaseResult:
        """See :class:`ReviewedOrgan`."""
        return case_of_document(written.document, scan, written.labels.array)

    def add_to_scene(self, scan: Scan, name: str, scene: slicer.vtkMRMLScene) -> ReviewedCase:
        """See :class:`ReviewedOrgan`."""
        from quantseg.mrml.volume_node import add_volume_node
        from quantseg.review.volume_case import SceneCase
        from quantseg.volume import to_canonical

        volume = add_volume_node(to_canonical(scan.volume)[0], name, scene)
        segmentation = scene.AddNewNodeByClass("vtkMRMLSegmentationNode", f"{name} labels")
        segmentation.CreateDefaultDisplayNodes()
        return SceneCase(volume, segmentation)

    def put(self, case: Any, scan: Scan, written: WrittenLabels) -> None:
        """See :class:`ReviewedOrgan`."""
        del scan  # Labels know their own grid.
        case.write(written)

    def nodes_of(self, case: ReviewedCase) -> Sequence[slicer.vtkMRMLNode]:
        """See :class:`ReviewedOrgan`."""
        return [case.segmentation_node, case.volume_node]


class HeartReview:
    """Cines, folders in ACDC layout, single frames."""

    @property
    def presenter(self) -> Presenter:
        """See :class:`ReviewedOrgan`."""
        from quantseg.tasks.heart.task import TASK

        return TASK.presenter

    def find_cases(self, folder: Path) -> list[CaseInput]:
        """See :class:`ReviewedOrgan`."""
        from quantseg.tasks.heart.reading import find_cine_cases

        return find_cine_cases([folder])

    def read(self, case: CaseInput) -> Cine:
        """See :class:`ReviewedOrgan`."""
        from quantseg.tasks.heart.reading import read_cine

        return read_cine(case)

    def read_written(self, folder: Path) -> WrittenCine:
        """See :class:`ReviewedOrgan`."""
        return read_written_cine(folder)

    def read_drawn(self, name: str, scan: Cine, path: Path) -> WrittenCine:
        """See :class:`ReviewedOrgan`; 1 RV cavity, 2 LV myocardium, 3 LV cavity, in every frame of the cine."""
        from quantseg.tasks.heart.correcting import drawn_by_hand
        from quantseg.tasks.heart.reading.cine_reader import read_label_frames
        from quantseg.tasks.heart.review.written import written_of_heart

        labels, grid = read_label_frames(path)
        if len(labels) != len(scan.frames) or not grid.same_as(scan.grid):
            raise _other_grid(path)
        return written_of_heart(drawn_by_hand(name, scan, labels))

    def result_of(self, scan: Cine, written: WrittenCine) -> CaseResult:
        """See :class:`ReviewedOrgan`."""
        from quantseg.tasks.heart.review.scene_cine import frames_of_document

        cine, _ = frames_of_document(scan, written.document)
        return case_of_document(written.document, cine, written.labels)

    def add_to_scene(self, scan: Cine, name: str, scene: slicer.vtkMRMLScene) -> ReviewedCase:
        """See :class:`ReviewedOrgan`."""
        from quantseg.mrml.sequences import add_segmentation_sequence, cine_nodes
        from quantseg.tasks.heart.review.case import HeartCase
        from quantseg.tasks.heart.review.scene_cine import add_heart

        volume = add_heart(scan, name, scene)
        nodes = cine_nodes(volume)
        if nodes is not None:
            return HeartCase(volume, nodes.browser.GetProxyNode(add_segmentation_sequence(nodes, f"{name} labels")))
        segmentation = scene.AddNewNodeByClass("vtkMRMLSegmentationNode", f"{name} labels")
        segmentation.CreateDefaultDisplayNodes()
        return HeartCase(volume, segmentation)

    def put(self, case: Any, scan: Cine, written: WrittenCine) -> None:
        """See :class:`ReviewedOrgan`."""
        from quantseg.tasks.heart.review.scene_cine import frames_of_document

        _, frames = frames_of_document(scan, written.document)
        case.write(written, frames, scan.geometry.affine)

    def nodes_of(self, case: Any) -> Sequence[slicer.vtkMRMLNode]:
        """See :class:`ReviewedOrgan`; the browser first, which would show again what is taken away before it."""
        if case.nodes is None:
            return [case.segmentation_node, case.volume_node]
        return [case.nodes.browser, *case.nodes.sequences(), case.segmentation_node, case.volume_node]


def _other_grid(path: Path) -> InputRefused:
    return InputRefused(f"{path.name} lies on another grid than its image; expected the same shape and affine.")


HIPPOCAMPUS: ReviewedOrgan = HippocampusReview()
HEART: ReviewedOrgan = HeartReview()
