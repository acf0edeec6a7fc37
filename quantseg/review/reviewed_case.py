"""What a node of a scene knows of the case that it is; kept in the node's attributes, and so in a saved scene."""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from quantseg.errors import QuantSegError
from quantseg.measure.segments import Segment
from quantseg.mrml.segmentation_node import reference_grid
from quantseg.mrml.volume_node import image_stamp, volume_of_node
from quantseg.results.case import CaseResult
from quantseg.results.document import CaseDocument
from quantseg.results.json_document import Fact
from quantseg.review.approval import Approval, approval_facts, approve, now
from quantseg.review.image_of_result import (
    IMAGE_ROLE,
    ImageIdentity,
    keep_image,
    kept_identity,
    refuse_other_content,
    refuse_other_node,
)
from quantseg.volume import Volume

if TYPE_CHECKING:
    import slicer

_DOCUMENT = "QuantSeg.Measurements"
_AS_WRITTEN = "QuantSeg.LabelsAsWritten"
_APPROVAL = "QuantSeg.Approval"
_REVOKED = "QuantSeg.ApprovalRevoked"


class ReviewedCase(ABC):
    """A result of the engine in a scene: found, corrected, approved.

    Args:
        volume_node: shows the image.
        segmentation_node: shows the labels.
        keeper: keeps what is known in its attributes.
    """

    def __init__(
        self,
        volume_node: slicer.vtkMRMLScalarVolumeNode,
        segmentation_node: slicer.vtkMRMLSegmentationNode,
        keeper: slicer.vtkMRMLNode,
    ) -> None:
        self.volume_node, self.segmentation_node, self.keeper = volume_node, segmentation_node, keeper
        self._known_as_own: tuple[object, ...] | None = None

    def segmentations(self) -> list[slicer.vtkMRMLSegmentationNode]:
        """Return the segmentation of every frame; of an image that does not move, the only one."""
        return [self.segmentation_node]

    @property
    def document(self) -> CaseDocument | None:
        """What the engine found, as ``measurements.json`` has it; None where nothing was segmented yet."""
        text = self.keeper.GetAttribute(_DOCUMENT)
        return CaseDocument.from_json(text) if text else None

    def require_own_image(self) -> None:
        """Make sure that the result, if there is one, was made of this image, whose voxels are as they were then.

        Looked at anew only where the image's voxels or their place have changed.

        Raises:
            OtherImage: it was made of another one.
            InputRefused: the image cannot be read, or lies under a transform.
        """
        if self.document is None:
            return
        name, image_node = self.segmentation_node.GetName(), self._image_node()
        refuse_other_node(self.keeper.GetNodeReference(IMAGE_ROLE), image_node, name)
        stamp = tuple(image_stamp(node) for node in self._frame_nodes())
        if stamp == self._known_as_own:
            return
        found, known = self.image_identity(), kept_identity(self.keeper)
        if known is None:
            self._refuse_other_place(found)
        else:
            refuse_other_content(known, found, image_node, name)
        if known is None or self.keeper.GetNodeReference(IMAGE_ROLE) is None:
            keep_image(self.keeper, image_node, found)
        self._known_as_own = stamp

    def image_identity(self) -> ImageIdentity:
        """Return what the image is now.

        Raises:
            InputRefused: it cannot be read, or lies under a transform.
        """
        return ImageIdentity.of([volume_of_node(node) for node in self._frame_nodes()])

    def _image_node(self) -> slicer.vtkMRMLNode:
        """Return the node that stands for the whole image."""
        return self.volume_node

    def _frame_nodes(self) -> Sequence[slicer.vtkMRMLScalarVolumeNode]:
        """Return the image of every frame."""
        return [self.volume_node]

    def _refuse_other_place(self, found: ImageIdentity) -> None:
        """Refuse an image for a result of an older version, which kept no more than the grid that was drawn on."""
        node = self.segmentation_node
        kept = node.GetNodeReference(node.GetReferenceImageGeometryReferenceRole())
        refuse_other_node(kept, self.volume_node, node.GetName())
        grid = reference_grid(node)
        if grid is not None:
            blank = Volume(np.zeros(grid.shape, np.uint8), grid.affine)
            known = replace(ImageIdentity.of([blank]), content_sha256=found.content_sha256)
            refuse_other_content(known, found, self.volume_node, node.GetName())

    def _keep_image(self) -> None:
        """Remember what a new result was made of."""
        keep_image(self.keeper, self._image_node(), self.image_identity())

    @property
    @abstractmethod
    def is_edited(self) -> bool:
        """Whether a person has changed any of our segments."""

    @abstractmethod
    def labels_sha256(self) -> str:
        """Return a hash of the labels as they are now, and of whatever else an approval stands for.

        Raises:
            QuantSegError: nothing was segmented yet.
        """

    @abstractmethod
    def result(self, name: str, scan: Any = None) -> CaseResult:
        """Measure the labels as they are now.

        Args:
            name: of the case.
            scan: the image as a file has it, to get the labels on that file's own grid; by default the scene's.

        Raises:
            QuantSegError: nothing was segmented yet.
            OtherImage: the result was made of another image.
        """

    @abstractmethod
    def scan_of_file(self, path: Path | None) -> Any:
        """Return the image as its file has it, so that labels can be written on the file's own grid.

        Args:
            path: of the file that the image was loaded from; None if nobody knows it.

        Returns:
            None where there is no such file, or it holds something else than the scene by now.
        """

    @abstractmethod
    def _mark_edits(self, segments: Sequence[Segment]) -> None:
        """Say on each segment whether a person has changed it."""

    def note_edits(self) -> None:
        """Say on each segment whether a person has changed it, and revoke an approval of other labels than these.

        A segment that holds again what the algorithm wrote, after an undo, is the algorithm's again.
        """
        document = self.document
        if document is None:
            return
        self._mark_edits(document.segments)
        approval = self.approval
        if approval is not None and approval.labels_sha256 != self.labels_sha256():
            self._drop_approval("the labels were changed")

    @property
    def approval(self) -> Approval | None:
        """The approval of the labels, as of the last look at them; None if nobody has approved them."""
        text = self.keeper.GetAttribute(_APPROVAL)
        return Approval(**json.loads(text)) if text else None

    @property
    def revocation(self) -> str:
        """Why an approval no longer holds, in words; empty if none was revoked."""
        return self.keeper.GetAttribute(_REVOKED) or ""

    def approve(self, reviewer: str) -> Approval:
        """Approve the labels as they are now.

        Raises:
            UsageError: no name is given.
            QuantSegError: nothing was segmented yet.
            OtherImage: the result was made of another image.
        """
        self.require_own_image()
        approval = approve(self.labels_sha256(), reviewer)
        self.restore_approval(approval)
        return approval

    def restore_approval(self, approval: Approval) -> None:
        """Take over an approval that was kept elsewhere; :meth:`note_edits` revokes it if it does not hold."""
        self.keeper.SetAttribute(_APPROVAL, json.dumps(asdict(approval)))
        self.keeper.SetAttribute(_REVOKED, None)

    def tell(self, facts: Mapping[str, Fact]) -> None:
        """Keep with the result what a person has said beside the image; it is measured by these facts from now on.

        Args:
            facts: by name; None forgets one.

        Raises:
            QuantSegError: nothing was segmented yet.
        """
        document = self._document()
        known = {name: fact for name, fact in {**document.facts, **facts}.items() if fact is not None}
        self._keep_document(document.model_copy(update={"facts": known}))

    def _keep_document(self, document: CaseDocument) -> None:
        self.keeper.SetAttribute(_DOCUMENT, document.to_json())

    def _keep_as_written(self, hashes: Mapping[str, str]) -> None:
        """Remember what the algorithm wrote; an empty hash stands for what a person had changed already."""
        self.keeper.SetAttribute(_AS_WRITTEN, json.dumps(hashes))

    @property
    def _as_written(self) -> dict[str, str]:
        hashes: dict[str, str] = json.loads(self.keeper.GetAttribute(_AS_WRITTEN) or "{}")
        return hashes

    def _drop_approval(self, why: str) -> None:
        approval = self.approval
        if approval is None:
            return
        self.keeper.SetAttribute(_APPROVAL, None)
        revoked = f"The approval by {approval.reviewer} at {approval.time} was revoked at {now()}: {why}."
        self.keeper.SetAttribute(_REVOKED, revoked)

    def _approval_facts(self, result: CaseResult) -> Mapping[str, str]:
        return approval_facts(result, self.approval)

    def _document(self) -> CaseDocument:
        document = self.document
        if document is None:
            raise QuantSegError(f"{self.segmentation_node.GetName()} holds no result; run the segmentation first.")
        return document
