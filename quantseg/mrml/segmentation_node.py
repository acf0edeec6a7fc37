"""Labels into a segmentation node that may hold a person's own segments, and labels back out of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from quantseg.measure.segments import Segment
from quantseg.measure.statistics import bounding_box, crop
from quantseg.mrml.images import affine_of, oriented_image, volume_of_image
from quantseg.mrml.nearest_voxels import paint
from quantseg.mrml.segments import AlgorithmType, algorithm_type, describe_segment, made_by, set_algorithm
from quantseg.mrml.volume_node import refuse_transform
from quantseg.volume import Grid, Volume

if TYPE_CHECKING:
    import slicer


def write_labels(
    labels: Volume,
    segments: Sequence[Segment],
    algorithm: str,
    node: slicer.vtkMRMLSegmentationNode,
    volume_node: slicer.vtkMRMLScalarVolumeNode,
) -> None:
    """Write a label map into a segmentation node, in place of an earlier one; every other segment is kept.

    Args:
        labels: uint8 label map, ijk order, anywhere in the volume node's space.
        segments: as for :func:`write_segments`.
        algorithm: as for :func:`write_segments`.
        node: receives the segments, and the volume node as reference geometry.
        volume_node: what was segmented.
    """
    node.SetReferenceImageGeometryParameterFromVolumeNode(volume_node)
    write_segments(labels, segments, algorithm, node)


def write_segments(
    labels: Volume, segments: Sequence[Segment], algorithm: str, node: slicer.vtkMRMLSegmentationNode
) -> None:
    """Write a label map into a segmentation node that has its reference geometry.

    Only the box that holds labels is written, on the lattice of the reference geometry: Slicer's editor takes for
    granted that segments lie on it. A segment without a voxel is there all the same, to be drawn into.

    Args:
        labels: uint8 label map, ijk order; where its lattice differs from the node's, the nearest voxel decides, and
            what lies outside is lost.
        segments: what its values mean; their keys become segment IDs.
        algorithm: name that a DICOM export carries as Segment Algorithm Name; empty if a person drew the labels.
        node: receives the segments.
    """
    segmentation = node.GetSegmentation()
    lattice = reference_grid(node) or labels.grid
    for described in segments:
        if segmentation.GetSegment(described.key) is None:
            segmentation.AddEmptySegment(described.key, described.name)
        segment = segmentation.GetSegment(described.key)
        describe_segment(segment, described)
        set_algorithm(segment, made_by(algorithm, edited=False), algorithm)
        _replace(node, described.key, labels.with_array((labels.array == described.value).astype(np.uint8)), lattice)


def set_reference_geometry(node: slicer.vtkMRMLSegmentationNode, grid: Grid) -> None:
    """Let segments be drawn on a grid, whether or not the scene has an image of it."""
    import slicer

    converter = slicer.vtkSegmentationConverter
    image = oriented_image(Volume(np.zeros(grid.shape, np.uint8), grid.affine))
    node.GetSegmentation().SetConversionParameter(
        converter.GetReferenceImageGeometryParameterName(), converter.SerializeImageGeometry(image)
    )


def labels_of_node(node: slicer.vtkMRMLSegmentationNode, grid: Grid, segments: Sequence[Segment]) -> np.ndarray:
    """Return the segments of a node as a label map, uint8, on a grid.

    Where two segments overlap, the one that stands later in ``segments`` counts.

    Args:
        node: a segmentation; segments that it lacks count as empty, others of it are passed over.
        grid: such as that of the image; where the node's lattice differs, the nearest voxel decides.
        segments: what to look for.

    Raises:
        InputRefused: the node lies under a transform.
    """
    refuse_transform(node)
    labels = np.zeros(grid.shape, np.uint8)
    for described in segments:
        mask = mask_of_segment(node, described.key)
        if mask is not None:
            paint(mask, described.value, labels, grid)
    return labels


def remove_segments(node: slicer.vtkMRMLSegmentationNode, segments: Sequence[Segment]) -> None:
    """Take some segments out of a node; those that it lacks are passed over."""
    for described in present_segments(node, segments):
        node.GetSegmentation().RemoveSegment(described.key)


def change_voxels(
    node: slicer.vtkMRMLSegmentationNode, before: Volume, after: np.ndarray, segments: Sequence[Segment]
) -> None:
    """Give some voxels of a node another label; all that lies elsewhere, and every other segment, stays as it is.

    Args:
        node: holds the segments, on whatever lattice.
        before: label map of the part that changes, at its place.
        after: what it shall be, same shape.
        segments: what the values mean; what has none of them belongs to no segment.

    Raises:
        InputRefused: the node lies under a transform.
    """
    refuse_transform(node)
    lattice = reference_grid(node) or before.grid
    changed = before.array != after
    for described in segments:
        lost, gained = changed & (before.array == described.value), changed & (after == described.value)
        if not (lost.any() or gained.any()):
            continue
        voxels = np.zeros(lattice.shape, np.uint8)
        mask = mask_of_segment(node, described.key)
        if mask is not None:
            paint(mask, 1, voxels, lattice)
        for part, value in ((lost, 0), (gained, 1)):
            paint(before.with_array(part.astype(np.uint8)), value, voxels, lattice)
        _replace(node, described.key, Volume(voxels, lattice.affine), lattice)


def present_segments(node: slicer.vtkMRMLSegmentationNode, segments: Sequence[Segment]) -> tuple[Segment, ...]:
    """Return those of some segments that a node has."""
    segmentation = node.GetSegmentation()
    return tuple(described for described in segments if segmentation.GetSegment(described.key) is not None)


def edited_segments(node: slicer.vtkMRMLSegmentationNode, segments: Sequence[Segment]) -> tuple[str, ...]:
    """Return the keys of the segments that are no longer, or never were, what an algorithm alone made."""
    segmentation = node.GetSegmentation()
    return tuple(
        described.key
        for described in present_segments(node, segments)
        if algorithm_type(segmentation.GetSegment(described.key)) is not AlgorithmType.AUTOMATIC
    )


def set_edited(node: slicer.vtkMRMLSegmentationNode, edited: Mapping[str, bool]) -> None:
    """Say on segments whether a person changed what an algorithm made; what a person drew stays theirs.

    Args:
        node: holds the segments.
        edited: by segment key.
    """
    for key, by_hand in edited.items():
        segment = node.GetSegmentation().GetSegment(key)
        kind = AlgorithmType.SEMIAUTOMATIC if by_hand else AlgorithmType.AUTOMATIC
        # A tag that is set again as it is would be an event for whoever observes the segmentation.
        if segment is not None and algorithm_type(segment) not in (AlgorithmType.MANUAL, kind):
            set_algorithm(segment, kind)


def reference_grid(node: slicer.vtkMRMLSegmentationNode) -> Grid | None:
    """Return the lattice on which the editor works; None if none was set."""
    import slicer
    from vtkmodules.vtkCommonMath import vtkMatrix4x4

    converter, image = slicer.vtkSegmentationConverter, slicer.vtkOrientedImageData()
    serialised = node.GetSegmentation().GetConversionParameter(converter.GetReferenceImageGeometryParameterName())
    if not serialised or not converter.DeserializeImageGeometry(serialised, image, False):
        return None
    matrix = vtkMatrix4x4()
    image.GetImageToWorldMatrix(matrix)
    return Grid(tuple(image.GetDimensions()), affine_of(matrix))


def _replace(node: slicer.vtkMRMLSegmentationNode, key: str, mask: Volume, lattice: Grid) -> None:
    import slicer

    placed = Volume(np.zeros(lattice.shape, np.uint8), lattice.affine)
    filled = bounding_box(mask.array)
    if filled is not None:
        paint(crop(mask, filled), 1, placed.array, lattice)
    box = bounding_box(placed.array) or (slice(0, 1), slice(0, 1), slice(0, 1))
    # Cut out, but with the lattice's own origin: with another one the editor would erase elsewhere than it draws.
    image = oriented_image(crop(placed, box), (box[0].start, box[1].start, box[2].start))
    logic = slicer.vtkSlicerSegmentationsModuleLogic
    # The segments of one label map do not overlap, so that none has to give way to another: each may share a layer.
    logic.SetBinaryLabelmapToSegment(image, node, key, logic.MODE_REPLACE, image.GetExtent(), False, [])


def mask_of_segment(node: slicer.vtkMRMLSegmentationNode, key: str) -> Volume | None:
    """Return the voxels of a segment as a mask at its place, whatever overlaps it; None if the segment has none."""
    import slicer

    if node.GetSegmentation().GetSegment(key) is None:
        return None
    image = slicer.vtkOrientedImageData()
    if not node.GetBinaryLabelmapRepresentation(key, image):
        return None
    return volume_of_image(image)
