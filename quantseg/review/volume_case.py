"""A case of a single volume in a scene: an image, and its segmentation, which carries the measurements."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from quantseg.errors import InputRefused
from quantseg.measure.segments import Segment
from quantseg.mrml.further_images import further_images
from quantseg.mrml.segmentation_node import edited_segments, labels_of_node, remove_segments, set_edited, write_labels
from quantseg.mrml.volume_node import volume_of_node
from quantseg.reading.roles import RoleImages, further_scans, single_scan
from quantseg.reading.scan import CaseInput, ImageFormat, Scan
from quantseg.results.case import CaseResult
from quantseg.results.document import CaseDocument
from quantseg.results.outputs import ImageMap
from quantseg.results.reading_back import WrittenLabels
from quantseg.review.approval import labels_hash
from quantseg.review.kept_images import keep_images, kept_images
from quantseg.review.reviewed_case import ReviewedCase
from quantseg.volume import Volume, to_canonical

if TYPE_CHECKING:
    import slicer

_SCENE_PLACE_TOLERANCE_MM = 1e-2

Corrected = Callable[[CaseResult, np.ndarray, Sequence[str]], CaseResult]


class VolumeCase(ReviewedCase):
    """What a segmentation node knows of the case that it is.

    Args:
        volume_node: the image.
        segmentation_node: the labels; may be empty, or hold a person's own segments beside ours.
        corrected: measures changed labels: takes the case as it was written, its label map as it is now, and the keys
            of the segments that a person has changed.
    """

    def __init__(
        self,
        volume_node: slicer.vtkMRMLScalarVolumeNode,
        segmentation_node: slicer.vtkMRMLSegmentationNode,
        corrected: Corrected,
    ) -> None:
        super().__init__(volume_node, segmentation_node, keeper=segmentation_node)
        self._corrected = corrected
        self._volume: Volume | None = None

    @property
    def is_edited(self) -> bool:
        """Whether a person has changed any of our segments."""
        document = self.document
        return document is not None and bool(edited_segments(self.segmentation_node, document.segments))

    def write(self, written: WrittenLabels) -> None:
        """Put a result of the engine into the node, in place of an earlier one; an approval of that is gone.

        Segments of the earlier one that this one knows nothing of, such as parts where there is now a whole, go too.
        """
        document, earlier = written.document, self.document
        if earlier is not None:
            keys = {segment.key for segment in document.segments}
            gone = [segment for segment in earlier.segments if segment.key not in keys]
            remove_segments(self.segmentation_node, gone)
        write_labels(written.labels, document.segments, document.algorithm, self.segmentation_node, self.volume_node)
        self._keep_image()
        self._keep_document(document)
        keep_images(written, self.keeper, self.volume_node)
        found = _hash_by_segment(self.labels(), document.segments)
        self._keep_as_written({key: "" if key in document.edited_segments else digest for key, digest in found.items()})
        self.note_edits()
        self._drop_approval("a new result took the place of the approved labels")

    def labels(self) -> Volume:
        """Return the label map as it is now, on the image's grid.

        Raises:
            QuantSegError: nothing was segmented yet.
        """
        volume = self.volume()
        return volume.with_array(labels_of_node(self.segmentation_node, volume.grid, self._document().segments))

    def labels_sha256(self) -> str:
        """Return a hash of the labels as they are now.

        Raises:
            QuantSegError: nothing was segmented yet.
        """
        return labels_hash(self.labels())

    def volume(self) -> Volume:
        """Return the image; read from the node once, as images of a case do not change."""
        if self._volume is None:
            self._volume = volume_of_node(self.volume_node)
        return self._volume

    def result(self, name: str, scan: Scan | RoleImages | None = None) -> CaseResult:
        """Measure the labels as they are now; arguments and errors as for :meth:`ReviewedCase.result`."""
        document = self._document()
        self.require_own_image()
        segments = document.segments
        now = self.labels()
        image = self._scan() if scan is None else single_scan(scan)
        labels = now.array if scan is None else labels_of_node(self.segmentation_node, image.grid, segments)
        images = kept_images(self.keeper, document, image.volume)
        further = self._further_scans(document) if scan is None else further_scans(scan)
        # Not by the tags: a segment that was removed has none, and its labels have changed all the same.
        edited = self._changed(now, segments)
        found = self._corrected(document.case_result(image, labels, name, images, further), labels, edited)
        return dataclasses.replace(found, facts={**found.facts, **self._approval_facts(found)})

    def scan_of_file(self, path: Path | None) -> Scan | None:
        """Return the image as its file has it; see :meth:`ReviewedCase.scan_of_file`."""
        from quantseg.reading import read_scan

        if path is None or not path.is_file():
            return None
        try:
            scan = read_scan(CaseInput(path.name, path))
        except InputRefused:
            return None
        ours, theirs = to_canonical(self.volume())[0], to_canonical(scan.volume)[0]
        same = ours.array.shape == theirs.array.shape and np.allclose(
            ours.affine, theirs.affine, atol=_SCENE_PLACE_TOLERANCE_MM
        )
        return scan if same and np.array_equal(ours.array, theirs.array) else None

    def _mark_edits(self, segments: Sequence[Segment]) -> None:
        changed = self._changed(self.labels(), segments)
        set_edited(self.segmentation_node, {segment.key: segment.key in changed for segment in segments})

    def _changed(self, labels: Volume, segments: Sequence[Segment]) -> tuple[str, ...]:
        """Return the keys of the segments that do not hold what the algorithm wrote."""
        as_written = self._as_written
        found = _hash_by_segment(labels, segments)
        return tuple(key for key in found if as_written.get(key) != found[key])

    def _scan(self) -> Scan:
        return Scan(self.volume(), ImageFormat.SCENE)

    def _further_scans(self, document: CaseDocument) -> dict[str, Scan]:
        """Return those images of further roles that the result was made of and that the scene still has."""
        nodes = further_images(self.volume_node) if document.inputs else {}
        return {
            role: Scan(volume_of_node(node), ImageFormat.SCENE)
            for role, node in nodes.items()
            if role in document.inputs and node.GetParentTransformNode() is None
        }


def _hash_by_segment(labels: Volume, segments: Sequence[Segment]) -> dict[str, str]:
    """Return a hash of each segment's voxels, by its key."""
    return {segment.key: voxels_hash(labels.array, segment) for segment in segments}


def voxels_hash(labels: np.ndarray, segment: Segment) -> str:
    """Return a hash of the voxels that a segment has in a label map."""
    return hashlib.sha256(np.flatnonzero(labels == segment.value).tobytes()).hexdigest()


def written_of(result: CaseResult) -> WrittenLabels:
    """Return a case that was never written to files in the form in which a scene takes it."""
    images = {one.name: one.array for one in result.outputs if isinstance(one, ImageMap)}
    return WrittenLabels(result.volume.with_array(result.labels), CaseDocument.of(result), images)
