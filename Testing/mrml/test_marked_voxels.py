"""Voxels outlined for a while, by a node that no list shows and no scene keeps."""

import numpy as np
import pytest
from scene_nodes import DIRECTIONS
from vtkmodules.util.numpy_support import vtk_to_numpy

from quantseg.mrml.marked_voxels import fade, mark_voxels, remove_marks


@pytest.fixture
def a_mask(labels_on):
    def on(direction):
        labels = labels_on(direction)
        return labels.with_array((labels.array == 3).astype(np.uint8))

    return on


@pytest.mark.parametrize("direction", DIRECTIONS.values(), ids=DIRECTIONS)
def test_the_outline_lies_around_the_voxels(direction, a_mask, a_scene):
    mask = a_mask(direction)
    node = mark_voxels(mask, "Marked", a_scene.scene)
    found = mask.grid.to_voxel(vtk_to_numpy(node.GetPolyData().GetPoints().GetData()).astype(float))
    places = np.argwhere(mask.array)
    assert np.allclose(found.min(axis=0), places.min(axis=0) - 0.5, atol=1e-3)
    assert np.allclose(found.max(axis=0), places.max(axis=0) + 0.5, atol=1e-3)


def test_voxels_at_the_end_of_their_box_are_outlined_too(a_mask, a_scene):
    mask = a_mask(DIRECTIONS["RAS"])
    full = mask.with_array(np.ones_like(mask.array))
    assert mark_voxels(full, "Marked", a_scene.scene).GetPolyData().GetNumberOfPoints() > 0


def test_marks_are_seen_in_slices_but_neither_listed_nor_saved(a_mask, a_scene):
    before = a_scene.scene.GetNumberOfNodes()
    node = mark_voxels(a_mask(DIRECTIONS["RAS"]), "Marked", a_scene.scene)
    display = node.GetDisplayNode()
    assert display.GetVisibility2D()
    assert not display.GetVisibility3D()
    for one in (node, display):
        assert one.GetHideFromEditors()
        assert not one.GetSaveWithScene()
    fade(node, 0.25)
    assert display.GetSliceIntersectionOpacity() == 0.25
    remove_marks(node)
    assert a_scene.scene.GetNumberOfNodes() == before
    remove_marks(node)
