"""Images that a run made beside its labels, such as a map: nodes of the scene that belong to the result."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from quantseg.errors import InputRefused
from quantseg.mrml.volume_node import add_volume_node, volume_of_node
from quantseg.results.document import CaseDocument
from quantseg.results.reading_back import WrittenLabels
from quantseg.review.image_of_result import ImageIdentity
from quantseg.review.shown_result import OWNER_ROLE, own_part
from quantseg.volume import Volume, to_canonical

if TYPE_CHECKING:
    import slicer

_PREFIX = "QuantSeg.image."
_IDENTITY = "QuantSeg.Image"


def keep_images(
    written: WrittenLabels, keeper: slicer.vtkMRMLNode, volume_node: slicer.vtkMRMLScalarVolumeNode
) -> None:
    """Add the images of a result to the scene, in place of those of an earlier one.

    Args:
        written: the result.
        keeper: node that keeps what is known of it.
        volume_node: what it was made of, which the new nodes are named after.
    """
    roles: list[str] = []
    keeper.GetNodeReferenceRoles(roles)
    for role in roles:
        earlier = own_part(keeper, role) if role.startswith(_PREFIX) else None
        if earlier is not None:
            keeper.GetScene().RemoveNode(earlier)
    for one in written.document.images:
        image = Volume(written.images[one.name], written.labels.affine)
        node = add_volume_node(image, f"{volume_node.GetName()} {one.title.lower()}", keeper.GetScene())
        node.SetNodeReferenceID(OWNER_ROLE, keeper.GetID())
        node.SetAttribute(_IDENTITY, ImageIdentity.of([image]).to_json())
        keeper.SetNodeReferenceID(_PREFIX + one.name, node.GetID())


def kept_images(keeper: slicer.vtkMRMLNode, document: CaseDocument, on: Volume) -> dict[str, np.ndarray]:
    """Return the images of a result, float32, by name.

    Args:
        keeper: node that keeps what is known of the result.
        document: of the result.
        on: volume whose grid they are brought to, by flips and permutations alone.

    Raises:
        InputRefused: one of them has left the scene, holds something else by now, or lies elsewhere.
    """
    found = {}
    for one in document.images:
        node = own_part(keeper, _PREFIX + one.name)
        if node is None:
            raise InputRefused(
                f"The image \u201c{one.title}\u201d that belongs to {keeper.GetName()} is no longer in the scene; undo "
                "its removal, or segment again."
            )
        image = volume_of_node(node)
        if ImageIdentity.of([image]).to_json() != node.GetAttribute(_IDENTITY):
            raise InputRefused(
                f"{node.GetName()} holds other values, or lies elsewhere, than when it was made; segment again, and it "
                "is made anew."
            )
        target, reorientation = to_canonical(on)
        kept, _ = to_canonical(image)
        if not kept.grid.same_as(target.grid):
            raise InputRefused(f"{node.GetName()} lies on another grid than its image; segment again.")
        found[one.name] = reorientation.undo(kept.array).astype(np.float32)
    return found
