"""Which segmentations of a scene are results of an image: the one to choose with it, and those to see with it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from quantseg.errors import QuantSegError
from quantseg.mrml.scene_nodes import nodes_of_class
from quantseg.review.image_of_result import OtherImage
from quantseg.review.reviewed_case import ReviewedCase

if TYPE_CHECKING:
    import slicer

    CaseOf = Callable[[slicer.vtkMRMLScalarVolumeNode, slicer.vtkMRMLSegmentationNode], ReviewedCase]
    """Returns the case that an image and its segmentation make, or refuses those that make none."""


def own_result(volume_node: slicer.vtkMRMLScalarVolumeNode, case_of: CaseOf) -> slicer.vtkMRMLSegmentationNode | None:
    """Return the segmentation that holds the latest result of an image; None if the scene has no result of it."""
    found = [node for node in _segmentations(volume_node.GetScene()) if _result_of(volume_node, node, case_of)]
    return found[-1] if found else None


def show_results_of(volume_node: slicer.vtkMRMLScalarVolumeNode, case_of: CaseOf) -> None:
    """Show the results of an image, and hide those of every other: on one grid nobody could tell them apart."""
    for node in _segmentations(volume_node.GetScene()):
        own = _result_of(volume_node, node, case_of)
        if own is not None and node.GetDisplayNode() is not None:
            node.SetDisplayVisibility(own)


def _segmentations(scene: slicer.vtkMRMLScene) -> Iterator[slicer.vtkMRMLSegmentationNode]:
    yield from nodes_of_class(scene, "vtkMRMLSegmentationNode")


def _result_of(
    volume_node: slicer.vtkMRMLScalarVolumeNode, node: slicer.vtkMRMLSegmentationNode, case_of: CaseOf
) -> bool | None:
    """Tell whether a segmentation holds a result of this image, or of another; None where it holds none."""
    try:
        return True if case_of(volume_node, node).document is not None else None
    except OtherImage:
        return False
    except QuantSegError:
        return None
