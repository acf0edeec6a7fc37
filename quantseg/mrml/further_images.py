"""Images of a case beside its first one, of further roles, found by what the first one's node refers to.

They stay in the scene when a result goes: the roles of references to what was made for a result begin otherwise.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import slicer

_PREFIX = "QuantSegInput."


def set_further_image(
    volume_node: slicer.vtkMRMLScalarVolumeNode, role: str, further: slicer.vtkMRMLScalarVolumeNode | None
) -> None:
    """Remember which image has a role beside a first one; None if none has."""
    if further_image(volume_node, role) is not further:
        volume_node.SetNodeReferenceID(_PREFIX + role, None if further is None else further.GetID())


def further_image(volume_node: slicer.vtkMRMLScalarVolumeNode, role: str) -> slicer.vtkMRMLScalarVolumeNode | None:
    """Return the image that has a role beside a first one; None if none has."""
    return volume_node.GetNodeReference(_PREFIX + role)


def further_images(volume_node: slicer.vtkMRMLScalarVolumeNode) -> dict[str, slicer.vtkMRMLScalarVolumeNode]:
    """Return all images beside a first one, by role."""
    roles: list[str] = []
    volume_node.GetNodeReferenceRoles(roles)
    names = [role.removeprefix(_PREFIX) for role in roles if role.startswith(_PREFIX)]
    found = {name: further_image(volume_node, name) for name in names}
    return {name: node for name, node in found.items() if node is not None}
