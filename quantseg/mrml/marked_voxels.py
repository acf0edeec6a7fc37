"""Voxels outlined in the slice views for a while, by a model of their surface that no list shows and no scene keeps."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from quantseg.mrml.images import oriented_image, vtk_matrix
from quantseg.volume import Volume

if TYPE_CHECKING:
    import slicer

# No segment of ours has it; it stands out from grey, orange, blue, yellow and green.
_COLOUR = (1.0, 0.25, 0.9)
_OUTLINE_PIXELS = 3


def mark_voxels(mask: Volume, name: str, scene: slicer.vtkMRMLScene) -> slicer.vtkMRMLModelNode:
    """Outline voxels in every slice view that cuts them.

    Args:
        mask: 0 and 1, uint8, anywhere.
        name: of the node, which nobody sees unless hidden nodes are shown.
        scene: receives the node; :func:`fade` and its removal are the caller's.
    """
    display = scene.CreateNodeByClass("vtkMRMLModelDisplayNode")
    display.UnRegister(None)
    display.SetHideFromEditors(True)
    display.SetSaveWithScene(False)
    display.SetColor(*_COLOUR)
    display.SetVisibility2D(True)
    display.SetVisibility3D(False)
    display.SetSliceIntersectionThickness(_OUTLINE_PIXELS)
    display = scene.AddNode(display)
    node = scene.CreateNodeByClass("vtkMRMLModelNode")
    node.UnRegister(None)
    node.SetName(name)
    node.SetHideFromEditors(True)
    node.SetSaveWithScene(False)
    node.SetAndObservePolyData(_surface(mask))
    node = scene.AddNode(node)
    node.SetAndObserveDisplayNodeID(display.GetID())
    return node


def fade(node: slicer.vtkMRMLModelNode, opacity: float) -> None:
    """Let outlined voxels be seen through, from 1 for all to 0 for nothing of the outline."""
    node.GetDisplayNode().SetSliceIntersectionOpacity(opacity)


def remove_marks(node: slicer.vtkMRMLModelNode) -> None:
    """Take outlined voxels out of the scene, if they are still in it."""
    scene = node.GetScene()
    if scene is not None:
        for one in (node.GetDisplayNode(), node):
            if one is not None:
                scene.RemoveNode(one)


def _surface(mask: Volume) -> object:
    """Return the surface around the voxels of a mask, vtkPolyData in RAS."""
    from vtkmodules.vtkCommonTransforms import vtkTransform
    from vtkmodules.vtkFiltersCore import vtkFlyingEdges3D
    from vtkmodules.vtkFiltersGeneral import vtkTransformPolyDataFilter

    padded = Volume(np.pad(mask.array, 1), np.eye(4))
    edges = vtkFlyingEdges3D()
    edges.SetInputData(oriented_image(padded))
    edges.SetValue(0, 0.5)
    edges.ComputeNormalsOff()
    to_ras = vtkTransform()
    to_ras.SetMatrix(vtk_matrix(mask.grid.window((-1, -1, -1), padded.array.shape).affine))
    placed = vtkTransformPolyDataFilter()
    placed.SetInputConnection(edges.GetOutputPort())
    placed.SetTransform(to_ras)
    placed.Update()
    return placed.GetOutput()
