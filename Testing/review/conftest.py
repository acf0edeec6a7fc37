"""Cases in a real scene on slicer-core."""

import numpy as np
import pytest
from scene_nodes import (
    a_crop_result,
    a_head_result,
    a_scene,
    a_segmentation_node,
    a_volume_node,
    labels_on,
    segment_editor,
)

from quantseg.mrml.images import oriented_image
from quantseg.review.volume_case import VolumeCase, written_of
from quantseg.tasks.hippocampus.correcting import corrected

__all__ = [
    "a_crop_result",
    "a_head_result",
    "a_scene",
    "a_segmentation_node",
    "a_volume_node",
    "labels_on",
    "segment_editor",
]


@pytest.fixture
def a_case(a_volume_node, a_segmentation_node, a_head_result):
    """A head in the scene, segmented."""
    case = VolumeCase(a_volume_node(a_head_result.volume), a_segmentation_node, corrected)
    case.write(written_of(a_head_result))
    return case


@pytest.fixture
def draw(segment_editor):
    """Adds a box of voxels to a segment, or takes it away, through the editor's own logic, as its effects do."""

    def into(case, key, box, erase=False):
        mask = np.zeros(case.volume().array.shape, np.uint8)
        mask[box] = 1
        segment_editor.SetSegmentationNode(case.segmentation_node)
        segment_editor.SetSourceVolumeNode(case.volume_node)
        segment_editor.SetCurrentSegmentID(key)
        mode = segment_editor.ModificationModeRemove if erase else segment_editor.ModificationModeAdd
        image = oriented_image(case.volume().with_array(mask))
        segment_editor.ModifySegmentByLabelmap(case.segmentation_node, key, image, mode, False, True)

    return into
