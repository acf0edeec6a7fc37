"""Voxels marked in the slice views for a while: a segmentation of their own that no list shows and no scene keeps."""

from __future__ import annotations

from typing import TYPE_CHECKING

from quantseg.mrml.images import oriented_image
from quantseg.mrml.segmentation_node import set_reference_geometry
from quantseg.mrml.sequences import right_handed
from quantseg.volume import Volume

if TYPE_CHECKING:
    import slicer

_KEY = "marked"
# No segment of ours has it; it stands out from grey, orange, blue and green.
_COLOUR = (1.0, 0.25, 0.9)
_OUTLINE_PIXELS = 3


def mark_voxels(mask: Volume, name: str, fill: float, scene: slicer.vtkMRMLScene) -> slicer.vtkMRMLSegmentationNode:
    """Outline voxels in every slice view that cuts them.

    Args:
        mask: 0 and 1, uint8, anywhere.
        name: of the node, which nobody sees unless hidden nodes are shown.
        fill: opacity of what lies within the outline, from 0 to 1.
        scene: receives the node; :func:`fade` and its removal are the caller's.
    """
    import slicer

    placed = right_handed(mask)
    node = scene.CreateNodeByClass("vtkMRMLSegmentationNode")
    node.UnRegister(None)
    node.SetName(name)
    node.SetHideFromEditors(True)
    node.SetSaveWithScene(False)
    node = scene.AddNode(node)
    set_reference_geometry(node, placed.grid)
    node.GetSegmentation().AddEmptySegment(_KEY, name, _COLOUR)
    logic = slicer.vtkSlicerSegmentationsModuleLogic
    image = oriented_image(placed)
    logic.SetBinaryLabelmapToSegment(image, node, _KEY, logic.MODE_REPLACE, image.GetExtent(), False, [])
    node.CreateDefaultDisplayNodes()
    display = node.GetDisplayNode()
    display.SetSaveWithScene(False)
    display.SetSliceIntersectionThickness(_OUTLINE_PIXELS)
    display.SetOpacity2DFill(fill)
    display.SetVisibility3D(False)
    return node


def fade(node: slicer.vtkMRMLSegmentationNode, opacity: float) -> None:
    """Let marked voxels be seen through, from 1 for all to 0 for nothing of the outline."""
    node.GetDisplayNode().SetOpacity2DOutline(opacity)
