"""Nodes of a scene by their class."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import slicer


def nodes_of_class(scene: slicer.vtkMRMLScene, kind: str) -> list[Any]:
    """Return the nodes of a class, and of those derived from it, in the order of the scene.

    Args:
        scene: that is searched.
        kind: such as ``vtkMRMLScalarVolumeNode``.
    """
    return [scene.GetNthNodeByClass(number, kind) for number in range(scene.GetNumberOfNodesByClass(kind))]
