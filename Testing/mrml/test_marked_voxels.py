"""Voxels marked for a while, in a node that no list shows and no scene keeps."""

import numpy as np
import pytest
from scene_nodes import DIRECTIONS

from quantseg.mrml.marked_voxels import fade, mark_voxels
from quantseg.mrml.segmentation_node import mask_of_segment


@pytest.mark.parametrize("direction", DIRECTIONS.values(), ids=DIRECTIONS)
def test_marks_lie_where_the_voxels_lie(direction, labels_on, a_scene):
    labels = labels_on(direction)
    mask = labels.with_array((labels.array == 3).astype(np.uint8))
    node = mark_voxels(mask, "Marked", 0.3, a_scene.scene)
    found = mask_of_segment(node, "marked")
    places = found.grid.to_world(np.argwhere(found.array))
    expected = mask.grid.to_world(np.argwhere(mask.array))
    assert len(places) == len(expected)
    assert np.allclose(np.array(sorted(map(tuple, places.round(3)))), sorted(map(tuple, expected.round(3))))


def test_marks_are_seen_but_neither_listed_nor_saved(labels_on, a_scene):
    labels = labels_on(DIRECTIONS["RAS"])
    node = mark_voxels(labels.with_array((labels.array == 3).astype(np.uint8)), "Marked", 0.3, a_scene.scene)
    display = node.GetDisplayNode()
    assert node.GetHideFromEditors()
    assert not node.GetSaveWithScene()
    assert not display.GetSaveWithScene()
    assert display.GetOpacity2DFill() == 0.3
    fade(node, 0.25)
    assert display.GetOpacity2DOutline() == 0.25
