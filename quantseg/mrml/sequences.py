"""A cine in a scene: its frames in a sequence, and segmentations that move with them in the same browser.

Slicer shows a sequence through proxy nodes, which hold the frame that is shown. Frames are written by index value,
never through a proxy, so that nothing depends on which one is shown.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from quantseg.errors import InputRefused
from quantseg.mrml.scene_nodes import nodes_of_class
from quantseg.mrml.segmentation_node import set_reference_geometry
from quantseg.mrml.volume_node import add_volume_node, refuse_transform, volume_of_node
from quantseg.volume import Grid, Volume

if TYPE_CHECKING:
    import slicer

_TIMES = "QuantSeg.FrameTimesMs"
_MS_PER_UNIT = {"ms": 1.0, "msec": 1.0, "s": 1e3, "sec": 1e3}


@dataclass(frozen=True)
class CineNodes:
    """A cine in the scene.

    Attributes:
        browser: shows it.
        images: its frames.
    """

    browser: slicer.vtkMRMLSequenceBrowserNode
    images: slicer.vtkMRMLSequenceNode

    @property
    def frame_count(self) -> int:
        """Number of frames."""
        return int(self.images.GetNumberOfDataNodes())

    @property
    def shown_frame(self) -> int:
        """Index of the frame that is shown."""
        return int(self.browser.GetSelectedItemNumber())

    @property
    def volume(self) -> slicer.vtkMRMLScalarVolumeNode:
        """The proxy: the node that shows one frame at a time."""
        return self.browser.GetProxyNode(self.images)

    @property
    def frame_times_ms(self) -> tuple[float, ...] | None:
        """Time of each frame: the sequence's index where that has a unit of time, or else what was kept."""
        scale = _MS_PER_UNIT.get((self.images.GetIndexUnit() or "").strip())
        if scale is None:
            kept = json.loads(self.images.GetAttribute(_TIMES) or "[]")
            return tuple(kept) if len(kept) == self.frame_count else None
        try:
            return tuple(float(value) * scale for value in self.index_values())
        except ValueError:
            return None

    def keep_frame_times(self, times_ms: Sequence[float]) -> None:
        """Keep the time of each frame in a sequence whose index does not tell it; saved with the scene."""
        self.images.SetAttribute(_TIMES, json.dumps([float(time) for time in times_ms]))

    def index_values(self) -> Iterator[str]:
        """Yield what names each frame."""
        return (self.images.GetNthIndexValue(frame) for frame in range(self.frame_count))

    def show(self, frame: int) -> None:
        """Show a frame; indices beyond either end show the nearest one."""
        self.browser.SetSelectedItemNumber(min(max(frame, 0), self.frame_count - 1))

    def labels_sequence(self, proxy: slicer.vtkMRMLSegmentationNode) -> slicer.vtkMRMLSequenceNode | None:
        """Return the sequence that a segmentation node shows a frame of; None if it belongs to no such sequence."""
        return self.browser.GetSequenceNode(proxy)

    def sequences(self) -> list[slicer.vtkMRMLSequenceNode]:
        """Return all sequences that the browser shows, the images first."""
        from vtkmodules.vtkCommonCore import vtkCollection

        found = vtkCollection()
        self.browser.GetSynchronizedSequenceNodes(found, True)
        return [found.GetItemAsObject(number) for number in range(found.GetNumberOfItems())]

    def volumes(self) -> list[slicer.vtkMRMLScalarVolumeNode]:
        """Return the image of every frame."""
        return [self.images.GetNthDataNode(frame) for frame in range(self.frame_count)]

    def segmentations(self, sequence: slicer.vtkMRMLSequenceNode) -> list[slicer.vtkMRMLSegmentationNode]:
        """Return the segmentation of every frame."""
        return [sequence.GetDataNodeAtValue(value) for value in self.index_values()]


def cine_nodes(volume_node: slicer.vtkMRMLScalarVolumeNode) -> CineNodes | None:
    """Return the cine of which a volume node shows a frame; None if it is a volume of its own."""
    for browser in _browsers(volume_node.GetScene()):
        sequence = browser.GetSequenceNode(volume_node)
        if sequence is not None:
            return CineNodes(browser, sequence)
    return None


def shows_a_frame(node: slicer.vtkMRMLNode) -> bool:
    """Tell whether a node shows one frame of a sequence at a time, and so holds nothing of its own."""
    return any(browser.GetSequenceNode(node) is not None for browser in _browsers(node.GetScene()))


def _browsers(scene: slicer.vtkMRMLScene) -> Iterator[slicer.vtkMRMLSequenceBrowserNode]:
    yield from nodes_of_class(scene, "vtkMRMLSequenceBrowserNode")


def add_cine(
    frames: np.ndarray,
    affine: np.ndarray,
    times_ms: Sequence[float] | None,
    numbers: Sequence[int],
    name: str,
    scene: slicer.vtkMRMLScene,
) -> CineNodes:
    """Add a cine to a scene, with a browser that shows its first frame.

    Args:
        frames: shape (T, I, J, K).
        affine: of each, from (i, j, k) to RAS in mm.
        times_ms: time of each frame, by which frames are told apart; None where it is unknown.
        numbers: of each frame, which take its place.
        name: of the nodes.
        scene: receives them; its logic of the Sequences module makes what is shown.
    """
    images = scene.AddNewNodeByClass("vtkMRMLSequenceNode", name)
    images.SetIndexName("frame" if times_ms is None else "time")
    images.SetIndexUnit("" if times_ms is None else "ms")
    for number, frame in enumerate(frames):
        index = str(numbers[number]) if times_ms is None else f"{times_ms[number]:.6g}"
        node = add_volume_node(right_handed(Volume(frame, affine)), name, scene, displayed=False)
        images.SetDataNodeAtValue(node, index)
        scene.RemoveNode(node)
    browser = scene.AddNewNodeByClass("vtkMRMLSequenceBrowserNode", f"{name} browser")
    browser.SetAndObserveMasterSequenceNodeID(images.GetID())
    browser.SetSelectedItemNumber(0)
    return CineNodes(browser, images)


def add_segmentation_sequence(nodes: CineNodes, name: str) -> slicer.vtkMRMLSequenceNode:
    """Add an empty segmentation for every frame, shown together with the cine; edits of a frame are kept in it.

    Every frame gets one at once: Slicer would fill a frame that lacks its segmentation with its predecessor's.
    """
    scene = nodes.browser.GetScene()
    sequence = scene.AddNewNodeByClass("vtkMRMLSequenceNode", name)
    sequence.SetIndexName(nodes.images.GetIndexName())
    sequence.SetIndexUnit(nodes.images.GetIndexUnit())
    sequence.SetIndexType(nodes.images.GetIndexType())
    grid = volume_of_node(nodes.images.GetNthDataNode(0)).grid
    for index in nodes.index_values():
        node = scene.AddNewNodeByClass("vtkMRMLSegmentationNode", name)
        set_reference_geometry(node, grid)
        sequence.SetDataNodeAtValue(node, index)
        scene.RemoveNode(node)
    modified = nodes.browser.StartModify()
    nodes.browser.AddSynchronizedSequenceNodeID(sequence.GetID())
    # Before the first frame is shown: only then the proxy shares its segments with the frame, instead of a copy.
    nodes.browser.SetSaveChanges(sequence, True)
    nodes.browser.EndModify(modified)
    proxy = nodes.browser.GetProxyNode(sequence)
    proxy.SetNodeReferenceID(proxy.GetReferenceImageGeometryReferenceRole(), nodes.volume.GetID())
    return sequence


def remove_sequence(nodes: CineNodes, sequence: slicer.vtkMRMLSequenceNode) -> None:
    """Take a segmentation of all frames out of the scene, with the node that shows it."""
    scene, proxy = nodes.browser.GetScene(), nodes.browser.GetProxyNode(sequence)
    nodes.browser.RemoveSynchronizedSequenceNode(sequence.GetID())
    for node in (proxy, sequence):
        if node is not None and scene.IsNodePresent(node):
            scene.RemoveNode(node)


def frames_of_cine(nodes: CineNodes) -> tuple[np.ndarray, Grid]:
    """Return a copy of all frames, shape (T, I, J, K), and where each of them lies.

    Raises:
        InputRefused: the frames do not lie on one grid, are no images, or lie under a transform.
    """
    refuse_transform(nodes.volume)
    volumes = [volume_of_node(node) for node in nodes.volumes()]
    grid = volumes[0].grid
    for number, volume in enumerate(volumes, start=1):
        if not volume.grid.same_as(grid):
            raise InputRefused(
                f"Frame {number} of {nodes.images.GetName()} has another size or place than the first; expected one "
                "short-axis stack over time, choose that."
            )
    return np.stack([volume.array for volume in volumes]), grid


def right_handed(volume: Volume) -> Volume:
    """Turn a left-handed volume round along its last axis, as Slicer does on loading."""
    if np.linalg.det(volume.affine[:3, :3]) > 0:
        return volume
    turned = np.diag([1.0, 1.0, -1.0, 1.0])
    turned[2, 3] = volume.array.shape[2] - 1
    return Volume(volume.array[:, :, ::-1], volume.affine @ turned)
