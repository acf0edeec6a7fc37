"""A label map as Slicer's segmentation file: names, colours, terminology and the tags that a DICOM export repeats."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from quantseg.measure.segments import Segment
from quantseg.mrml.images import oriented_image
from quantseg.mrml.segments import describe_segment, made_by, set_algorithm
from quantseg.volume import Volume

if TYPE_CHECKING:
    import slicer


def write_segmentation_file(
    labels: Volume,
    segments: Sequence[Segment],
    algorithm: str,
    path: Path,
    scene: slicer.vtkMRMLScene,
    edited: Collection[str] = (),
) -> None:
    """Write a ``.seg.nrrd`` file that covers the label map's own grid, voxel by voxel.

    Every segment is written, one without a voxel too, so that a person can draw into it.

    Args:
        labels: uint8 label map, ijk order.
        segments: what its values mean.
        algorithm: name that DICOM SEG carries as Segment Algorithm Name, such as "QuantSeg liver 1.0.0".
        path: file to write; must end in ``.seg.nrrd``.
        scene: any scene; nothing stays in it.
        edited: keys of the segments that a person has changed.

    Raises:
        OSError: the file could not be written.
    """
    node = add_segmentation(labels, segments, algorithm, scene, edited)
    storage = scene.AddNewNodeByClass("vtkMRMLSegmentationStorageNode")
    storage.SetFileName(str(path))
    written = storage.WriteData(node)
    scene.RemoveNode(node)
    scene.RemoveNode(storage)
    # On a full disk slicer-core calls a file written that is cut off.
    if not written or not _is_whole(path):
        raise OSError(f"slicer-core could not write {path.name}; is the disk full?")


def _is_whole(path: Path) -> bool:
    """Tell whether the voxels of an NRRD file, which follow the first blank line, are there to the last."""
    try:
        return bool(gzip.decompress(path.read_bytes().partition(b"\n\n")[2]))
    except (OSError, EOFError, zlib.error):
        return False


def add_segmentation(
    labels: Volume,
    segments: Sequence[Segment],
    algorithm: str,
    scene: slicer.vtkMRMLScene,
    edited: Collection[str] = (),
) -> slicer.vtkMRMLSegmentationNode:
    """Add a label map to a scene as a segmentation node.

    Args:
        labels: uint8 label map, ijk order.
        segments: what its values mean.
        algorithm: name that a DICOM export carries as Segment Algorithm Name.
        scene: receives the node.
        edited: keys of the segments that a person has changed.

    Returns:
        the node, in the scene.
    """
    import slicer

    image = oriented_image(labels)
    node = scene.AddNewNodeByClass("vtkMRMLSegmentationNode", "Segmentation")
    segmentation = node.GetSegmentation()
    converter = slicer.vtkSegmentationConverter
    representation = converter.GetSegmentationBinaryLabelmapRepresentationName()
    segmentation.SetSourceRepresentationName(representation)
    # Without it the file would be cropped to the segments, and its voxels would no longer be those of the image.
    segmentation.SetConversionParameter(
        converter.GetReferenceImageGeometryParameterName(), converter.SerializeImageGeometry(image)
    )
    for described in segments:
        segment = slicer.vtkSegment()
        describe_segment(segment, described)
        segment.SetLabelValue(described.value)
        set_algorithm(segment, made_by(algorithm, described.key in edited), algorithm)
        # One image shared by all segments: a single layer, as label maps without overlap should be.
        segment.AddRepresentation(representation, image)
        segmentation.AddSegment(segment, described.key)
    return node
