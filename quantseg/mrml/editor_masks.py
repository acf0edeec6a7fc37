"""What Slicer's Segment Editor is told to leave alone: the editable area, hidden and finished segments, the brush."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from quantseg.measure.segments import Segment
from quantseg.mrml.images import oriented_image, volume_of_image
from quantseg.volume import Volume

if TYPE_CHECKING:
    import slicer

# As Slicer's effects name them.
_DIAMETER_MM, _IS_RELATIVE = "BrushAbsoluteDiameter", "BrushDiameterIsRelative"
_BEGUN = "QuantSeg.BrushBegun"


def begin_with_brush(editor: slicer.vtkMRMLSegmentEditorNode, diameter_mm: float) -> None:
    """Let the brush begin at a size in mm, once; whatever a person chooses afterwards stays.

    Args:
        editor: settings of an editor, in which its effects find the brush.
        diameter_mm: of the brush.
    """
    # The effects have set their own defaults by now, a share of the view, so that these tell nothing.
    if editor.GetAttribute(_BEGUN) is None:
        editor.SetAttribute(_BEGUN, "1")
        editor.SetAttribute(_DIAMETER_MM, f"{diameter_mm:g}")
        editor.SetAttribute(_IS_RELATIVE, "0")


def protected_segments(
    editor: slicer.vtkMRMLSegmentEditorNode,
    node: slicer.vtkMRMLSegmentationNode,
    segments: Sequence[Segment],
    edited: str,
) -> dict[str, str]:
    """Return the segments that must keep what they have, by key, each with the reason in words.

    Args:
        editor: settings of the editor.
        node: holds the segments.
        segments: those that matter.
        edited: key of the segment that is edited, which gives way to itself.
    """
    import slicer

    logic, display = slicer.vtkSlicerSegmentationsModuleLogic, node.GetDisplayNode()
    kept = {}
    for described in segments:
        segment = node.GetSegmentation().GetSegment(described.key)
        if segment is None:
            continue
        if display is not None and not display.GetSegmentVisibility(described.key):
            kept[described.key] = "hidden"
        elif logic.GetSegmentStatus(segment) == logic.Completed:
            kept[described.key] = "marked as completed"
        elif editor.GetOverwriteMode() == editor.OverwriteNone and described.key != edited:
            kept[described.key] = "not to be overwritten by the editor's masking"
    return kept


def editable_area(
    editor: slicer.vtkMRMLSegmentEditorNode, node: slicer.vtkMRMLSegmentationNode, image: Volume, edited: str
) -> np.ndarray | None:
    """Return where the editor's masking lets labels change, bool, shape of the image; None for everywhere.

    Args:
        editor: settings of the editor.
        node: holds the segments.
        image: source volume.
        edited: key of the segment that is edited.
    """
    import slicer

    by_intensity = bool(editor.GetSourceVolumeIntensityMask())
    if editor.GetMaskMode() == node.EditAllowedEverywhere and not by_intensity:
        return None
    lattice = oriented_image(image.with_array(np.zeros(image.array.shape, np.uint8)))
    mask = slicer.vtkOrientedImageData()
    node.GenerateEditMask(mask, editor.GetMaskMode(), lattice, edited, editor.GetMaskSegmentID() or "")
    kept_out = volume_of_image(mask)
    editable = np.ones(image.array.shape, bool) if kept_out is None else kept_out.array == 0
    if by_intensity:
        low, high = editor.GetSourceVolumeIntensityMaskRange()
        editable &= (image.array >= low) & (image.array <= high)
    return editable
