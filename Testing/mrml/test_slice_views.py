"""Slice views brought close to a structure and back, on real nodes."""

import numpy as np
import pytest
from scene_nodes import DIRECTIONS, turned

from quantseg.mrml.images import affine_of, vtk_matrix
from quantseg.mrml.segmentation_node import write_labels
from quantseg.mrml.slice_views import ViewPlace, corners_around, look_closely, view_nodes
from quantseg.tasks.hippocampus.anatomy import SIDED_SEGMENTS

_KEYS = tuple(segment.key for segment in SIDED_SEGMENTS)
_THROUGH = np.array([3.0, -4.0, 5.0])
_POINTS = np.array([[-10.0, -20, -5], [12, 8, 6], [2, 3, 30]])


@pytest.fixture(params=["axial", "coronal", "oblique"])
def a_view(request, a_scene):
    node = a_scene.scene.AddNewNodeByClass("vtkMRMLSliceNode")
    node.SetDimensions(500, 200, 1)
    node.SetFieldOfView(250, 100, 1)
    if request.param == "coronal":
        node.SetOrientationToCoronal()
    if request.param == "oblique":
        place = np.eye(4)
        place[:3, :3] = turned(23, 17)
        node.GetSliceToRAS().DeepCopy(vtk_matrix(place))
    node.UpdateMatrices()
    return node


def _pixels(view, points):
    to_pixels = np.linalg.inv(affine_of(view.GetXYToRAS()))
    return points @ to_pixels[:3, :3].T + to_pixels[:3, 3]


def test_all_points_come_into_view_and_fill_it(a_view):
    before = affine_of(a_view.GetSliceToRAS())[:3, :3]
    look_closely(a_view, _POINTS, _THROUGH)
    x, y, depth = _pixels(a_view, np.vstack([_POINTS, _THROUGH])).T
    assert min(x.min(), y.min()) > 0
    assert x.max() < 500
    assert y.max() < 200
    assert max((x.max() - x.min()) / 500, (y.max() - y.min()) / 200) > 0.7
    assert depth[-1] == pytest.approx(0, abs=1e-6)
    assert np.allclose(affine_of(a_view.GetSliceToRAS())[:3, :3], before)
    width, height, _ = a_view.GetFieldOfView()
    assert width / height == pytest.approx(500 / 200)


def test_a_view_goes_back_to_where_it_was_but_keeps_its_slice(a_view):
    before = ViewPlace.of(a_view)
    look_closely(a_view, _POINTS, _THROUGH)
    before.show(a_view, _THROUGH)
    assert np.allclose(a_view.GetFieldOfView(), before.field_of_view_mm)
    assert _pixels(a_view, _THROUGH[None])[0, 2] == pytest.approx(0, abs=1e-6)
    before.show(a_view)
    assert np.allclose(affine_of(a_view.GetSliceToRAS()), before.slice_to_ras)


def test_views_are_those_of_the_scene(a_view, a_scene):
    assert view_nodes(a_scene.scene) == [a_view]


@pytest.mark.parametrize("direction", DIRECTIONS.values(), ids=DIRECTIONS)
def test_a_structure_is_seen_with_what_touches_it_and_not_the_other_side(
    direction, labels_on, a_volume_node, a_segmentation_node
):
    labels = labels_on(direction)
    write_labels(labels, SIDED_SEGMENTS, "model", a_segmentation_node, a_volume_node(labels))
    corners = corners_around(a_segmentation_node, "left_anterior", _KEYS)
    left = np.argwhere((labels.array == 1) | (labels.array == 2))
    low, high = left.min(axis=0) - 0.5, left.max(axis=0) + 0.5
    found = labels.grid.to_voxel(corners)
    assert np.allclose(found.min(axis=0), low)
    assert np.allclose(found.max(axis=0), high)


def test_a_segment_without_voxels_has_no_corners(labels_on, a_volume_node, a_segmentation_node):
    labels = labels_on(DIRECTIONS["RAS"])
    empty = labels.with_array(np.zeros_like(labels.array))
    write_labels(empty, SIDED_SEGMENTS, "model", a_segmentation_node, a_volume_node(labels))
    assert not len(corners_around(a_segmentation_node, "left_anterior", _KEYS))
