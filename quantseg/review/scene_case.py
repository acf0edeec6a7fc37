"""A case in a scene: an image, its segmentation, and the document of measurements that the segmentation carries."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from quantseg.errors import InputRefused, QuantSegError
from quantseg.measure.segments import Segment
from quantseg.mrml.segmentation_node import edited_segments, labels_of_node, set_edited, write_labels
from quantseg.mrml.volume_node import volume_of_node
from quantseg.reading.scan import CaseInput, ImageFormat, Scan
from quantseg.results.case import CaseResult
from quantseg.results.document import case_document, document_bytes
from quantseg.results.reading_back import WrittenLabels, case_of_document, segments_of
from quantseg.review.approval import Approval, approve, now
from quantseg.volume import Volume, to_canonical

if TYPE_CHECKING:
    import slicer

_DOCUMENT = "QuantSeg.Measurements"
_AS_WRITTEN = "QuantSeg.LabelsAsWritten"
_APPROVAL = "QuantSeg.Approval"
_REVOKED = "QuantSeg.ApprovalRevoked"
_SCENE_PLACE_TOLERANCE_MM = 1e-2


class SceneCase:
    """What a segmentation node knows of the case that it is; everything is kept in the node, and so in a saved scene.

    Args:
        volume_node: the image.
        segmentation_node: the labels; may be empty, or hold a person's own segments beside ours.
    """

    def __init__(
        self, volume_node: slicer.vtkMRMLScalarVolumeNode, segmentation_node: slicer.vtkMRMLSegmentationNode
    ) -> None:
        self.volume_node, self.segmentation_node = volume_node, segmentation_node
        self._volume: Volume | None = None

    @property
    def document(self) -> dict[str, Any] | None:
        """What the engine found, as ``measurements.json`` has it; None where nothing was segmented yet."""
        text = self.segmentation_node.GetAttribute(_DOCUMENT)
        return json.loads(text) if text else None

    @property
    def is_edited(self) -> bool:
        """Whether a person has changed any of our segments."""
        document = self.document
        return document is not None and bool(edited_segments(self.segmentation_node, segments_of(document)))

    def write(self, written: WrittenLabels) -> None:
        """Put a result of the engine into the node, in place of an earlier one; an approval of that is gone."""
        document = written.document
        segments = segments_of(document)
        algorithm = case_of_document(document, self._scan(), np.zeros(0, np.uint8)).algorithm
        write_labels(written.labels, segments, algorithm, self.segmentation_node, self.volume_node)
        self.segmentation_node.SetAttribute(_DOCUMENT, json.dumps(document, ensure_ascii=False))
        edited = document.get("edited_segments", ())
        as_written = {
            key: "" if key in edited else found for key, found in _hash_by_segment(self.labels(), segments).items()
        }
        self.segmentation_node.SetAttribute(_AS_WRITTEN, json.dumps(as_written))
        self.note_edits()
        self._drop_approval("a new result took the place of the approved labels")

    def labels(self) -> Volume:
        """Return the label map as it is now, on the image's grid.

        Raises:
            QuantSegError: nothing was segmented yet.
        """
        volume = self.volume()
        return volume.with_array(labels_of_node(self.segmentation_node, volume.grid, segments_of(self._document())))

    def note_edits(self) -> None:
        """Say on each segment whether a person has changed it, and revoke an approval of other labels than these.

        A segment that holds again what the algorithm wrote, after an undo, is the algorithm's again.
        """
        document = self.document
        if document is None:
            return
        labels, segments = self.labels(), segments_of(document)
        changed = self._changed(labels, segments)
        set_edited(self.segmentation_node, {segment.key: segment.key in changed for segment in segments})
        approval = self.approval
        if approval is not None and not approval.holds_for(labels):
            self._drop_approval("the labels were changed")

    def volume(self) -> Volume:
        """Return the image; read from the node once, as images of a case do not change."""
        if self._volume is None:
            self._volume = volume_of_node(self.volume_node)
        return self._volume

    def result(self, name: str, scan: Scan | None = None) -> CaseResult:
        """Measure the labels as they are now.

        Args:
            name: of the case.
            scan: the image as a file has it, to get the labels on that file's own grid; by default the node's.

        Raises:
            QuantSegError: nothing was segmented yet.
        """
        document = self._document()
        segments = segments_of(document)
        scan = scan or self._scan()
        labels = labels_of_node(self.segmentation_node, scan.grid, segments)
        # Not by the tags: a segment that was removed has none, and its labels have changed all the same.
        edited = self._changed(self.labels(), segments)
        found = _CORRECTED[document["organ"]](case_of_document(document, scan, labels, name), labels, edited)
        return dataclasses.replace(found, facts={**found.facts, **self._approval_facts(found)})

    def scan_of_file(self, path: Path | None) -> Scan | None:
        """Return the image as its file has it, so that labels can be written on the file's own grid.

        Args:
            path: of the file that the node was loaded from, as its storage node says.

        Returns:
            None where there is no such file, or it holds something else than the node by now.
        """
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

    @property
    def approval(self) -> Approval | None:
        """The approval of the labels, as of the last look at them; None if nobody has approved them."""
        text = self.segmentation_node.GetAttribute(_APPROVAL)
        return Approval(**json.loads(text)) if text else None

    @property
    def revocation(self) -> str:
        """Why an approval no longer holds, in words; empty if none was revoked."""
        return self.segmentation_node.GetAttribute(_REVOKED) or ""

    def approve(self, reviewer: str) -> Approval:
        """Approve the labels as they are now.

        Raises:
            UsageError: no name is given.
            QuantSegError: nothing was segmented yet.
        """
        approval = approve(self.labels(), reviewer)
        self.restore_approval(approval)
        return approval

    def restore_approval(self, approval: Approval) -> None:
        """Take over an approval that was kept elsewhere; :meth:`note_edits` revokes it if it does not hold."""
        self.segmentation_node.SetAttribute(_APPROVAL, json.dumps(dataclasses.asdict(approval)))
        self.segmentation_node.SetAttribute(_REVOKED, None)

    def _changed(self, labels: Volume, segments: Sequence[Segment]) -> tuple[str, ...]:
        """Return the keys of the segments that do not hold what the algorithm wrote."""
        as_written = json.loads(self.segmentation_node.GetAttribute(_AS_WRITTEN) or "{}")
        found = _hash_by_segment(labels, segments)
        return tuple(key for key in found if as_written.get(key) != found[key])

    def _drop_approval(self, why: str) -> None:
        approval = self.approval
        if approval is None:
            return
        self.segmentation_node.SetAttribute(_APPROVAL, None)
        revoked = f"The approval by {approval.reviewer} at {approval.time} was revoked at {now()}: {why}."
        self.segmentation_node.SetAttribute(_REVOKED, revoked)

    def _approval_facts(self, result: CaseResult) -> Mapping[str, str]:
        edited = ", ".join(s.name for s in result.segments if s.key in result.edited_segments)
        approval = self.approval
        said = {"approval": approval.statement if approval else "DRAFT: nobody has approved these labels"}
        return said | ({"corrected_by_hand": edited} if edited else {})

    def _document(self) -> dict[str, Any]:
        document = self.document
        if document is None:
            raise QuantSegError(f"{self.segmentation_node.GetName()} holds no result; run the segmentation first.")
        return document

    def _scan(self) -> Scan:
        return Scan(self.volume(), ImageFormat.SCENE)


def _hash_by_segment(labels: Volume, segments: Sequence[Segment]) -> dict[str, str]:
    """Return a hash of each segment's voxels, by its key."""
    return {
        segment.key: hashlib.sha256(np.flatnonzero(labels.array == segment.value).tobytes()).hexdigest()
        for segment in segments
    }


def written_of(result: CaseResult) -> WrittenLabels:
    """Return a case that was never written to files in the form in which a scene takes it."""
    document = json.loads(document_bytes(case_document(result, {}, {})))
    return WrittenLabels(result.volume.with_array(result.labels), document)


def _corrected_hippocampus(result: CaseResult, labels: np.ndarray, edited: Sequence[str]) -> CaseResult:
    from quantseg.hippocampus.correcting import corrected

    return corrected(result, labels, edited)


_CORRECTED: Mapping[str, Callable[[CaseResult, np.ndarray, Sequence[str]], CaseResult]] = {
    "hippocampus": _corrected_hippocampus
}
"""How each organ measures labels that a person has changed."""
