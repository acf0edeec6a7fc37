"""A cine and its segmentations as sequences of one browser: ten frames, one edited, saved, loaded, all exact."""

import numpy as np
import pytest
from heart_phantom import frame_times_ms, phantom_affine, phantom_labels
from scene_nodes import loaded_bundle, turned

from quantseg.errors import InputRefused
from quantseg.mrml.images import oriented_image, vtk_matrix
from quantseg.mrml.segmentation_node import labels_of_node, write_segments
from quantseg.mrml.sequences import CineNodes, add_cine, add_segmentation_sequence, cine_nodes, frames_of_cine
from quantseg.tasks.heart.anatomy import HEART_SEGMENTS
from quantseg.volume import Grid, Volume

_FRAMES, _EDITED = 10, 3
_TIMES_MS = tuple(frame_times_ms()[::2])
_BOX = (slice(2, 6), slice(3, 9), slice(5, 6))


@pytest.fixture(scope="module")
def labels():
    return phantom_labels()[::2]


@pytest.fixture(params=["as stored", "right-handed", "oblique"])
def affine(request):
    stored = phantom_affine()
    if request.param == "as stored":
        assert np.linalg.det(stored[:3, :3]) < 0
        return stored
    placed = np.eye(4)
    spacing_mm = np.diag([1.8, 1.8, 8.0])
    placed[:3, :3] = (np.eye(3) if request.param == "right-handed" else turned(23, 17)) @ spacing_mm
    placed[:3, 3] = (-40.0, 13.0, 7.0)
    return placed


@pytest.fixture
def a_cine(a_scene, labels, affine):
    return add_cine((labels * 50).astype(np.int16), affine, _TIMES_MS, range(1, 11), "cine", a_scene.scene)


@pytest.fixture
def a_segmented_cine(a_cine, labels, affine):
    """The cine, its segmentation sequence, and the labels of each frame on the grid of the scene's volumes."""
    sequence = add_segmentation_sequence(a_cine, "labels")
    placed = np.stack([np.asarray(_on(frames_of_cine(a_cine)[1], Volume(one, affine))) for one in labels])
    for node, one in zip(a_cine.segmentations(sequence), labels, strict=True):
        write_segments(Volume(one, affine), HEART_SEGMENTS, "QuantSeg heart 1.0.0", node)
    return a_cine, sequence, placed


def _on(grid, volume):
    """The same labels in the voxel order of a grid that differs by flips at most."""
    turned_round = np.linalg.inv(volume.affine) @ grid.affine
    flips = [axis for axis in range(3) if turned_round[axis, axis] < 0]
    return np.flip(volume.array, flips)


def read(node, grid):
    return labels_of_node(node, grid, HEART_SEGMENTS)


def draw(editor, cine, sequence, key="lv_cavity"):
    """Adds a box to the frame that is shown, as an effect of the Segment Editor does: in the proxy."""
    proxy, grid = cine.browser.GetProxyNode(sequence), frames_of_cine(cine)[1]
    mask = np.zeros(grid.shape, np.uint8)
    mask[_BOX] = 1
    editor.SetSegmentationNode(proxy)
    editor.SetSourceVolumeNode(cine.volume)
    editor.SetCurrentSegmentID(key)
    image = oriented_image(Volume(mask, grid.affine))
    editor.ModifySegmentByLabelmap(proxy, key, image, editor.ModificationModeAdd, False, True)


def test_frames_come_back_exactly_at_their_place_in_space(a_cine, labels, affine):
    frames, grid = frames_of_cine(a_cine)
    assert frames.dtype == np.int16
    assert np.linalg.det(grid.affine[:3, :3]) > 0
    stored = Grid(labels.shape[1:], affine)
    for index in ([0, 0, 0], [87, 3, 12], [40, 50, 6]):
        place = np.rint(grid.to_voxel(stored.to_world(np.array(index)))).astype(int)
        assert np.array_equal(frames[:, *place], labels[:, *index] * 50)
    assert np.array_equal(np.sort(frames, axis=None), np.sort(labels * 50, axis=None))


def test_frames_are_named_by_their_time_or_counted_from_one(a_cine, a_scene, labels, affine):
    assert a_cine.frame_times_ms == _TIMES_MS
    assert a_cine.images.GetIndexName() == "time"
    counted = add_cine(labels[:3], affine, None, (1, 2, 3), "counted", a_scene.scene)
    assert list(counted.index_values()) == ["1", "2", "3"]
    assert counted.frame_times_ms is None


def test_cine_is_found_from_the_node_that_shows_it(a_cine, a_volume_node, affine):
    assert cine_nodes(a_cine.volume) == a_cine
    assert cine_nodes(a_volume_node(Volume(np.zeros((4, 4, 4)), affine))) is None


def test_labels_are_written_by_index_value_whatever_is_shown(a_segmented_cine):
    cine, sequence, placed = a_segmented_cine
    assert list(cine.index_values()) == [sequence.GetNthIndexValue(n) for n in range(_FRAMES)]
    assert sequence.GetIndexUnit() == "ms"
    assert cine.browser.GetSaveChanges(sequence)
    _, grid = frames_of_cine(cine)
    for number, node in enumerate(cine.segmentations(sequence)):
        assert np.array_equal(read(node, grid), placed[number]), number
    proxy = cine.browser.GetProxyNode(sequence)
    for number in (7, 0, 9):
        cine.show(number)
        assert np.array_equal(read(proxy, grid), placed[number])


def test_proxy_refers_to_the_proxy_of_the_image(a_segmented_cine):
    cine, sequence, _ = a_segmented_cine
    proxy = cine.browser.GetProxyNode(sequence)
    assert proxy.GetNodeReference(proxy.GetReferenceImageGeometryReferenceRole()) is cine.volume
    assert cine.labels_sequence(proxy) is sequence


def test_an_edit_of_one_frame_survives_a_change_of_frame_and_touches_no_other(a_segmented_cine, segment_editor):
    cine, sequence, placed = a_segmented_cine
    _, grid = frames_of_cine(cine)
    expected = placed.copy()
    expected[_EDITED][_BOX] = 3
    cine.show(_EDITED)
    draw(segment_editor, cine, sequence)
    cine.show(8)
    cine.show(_EDITED)
    for number, node in enumerate(cine.segmentations(sequence)):
        assert np.array_equal(read(node, grid), expected[number]), number
    assert np.array_equal(read(cine.browser.GetProxyNode(sequence), grid), expected[_EDITED])


def test_undo_in_the_editor_reaches_the_frame(a_segmented_cine, segment_editor):
    cine, sequence, placed = a_segmented_cine
    _, grid = frames_of_cine(cine)
    cine.show(_EDITED)
    segment_editor.SetSegmentationNode(cine.browser.GetProxyNode(sequence))
    segment_editor.SetSourceVolumeNode(cine.volume)
    segment_editor.SaveStateForUndo()
    draw(segment_editor, cine, sequence)
    segment_editor.Undo()
    cine.show(0)
    assert np.array_equal(read(cine.segmentations(sequence)[_EDITED], grid), placed[_EDITED])


def test_scene_saved_and_loaded_has_every_voxel_of_every_frame(a_scene, a_segmented_cine, segment_editor, tmp_path):
    cine, sequence, placed = a_segmented_cine
    cine.show(_EDITED)
    draw(segment_editor, cine, sequence)
    placed[_EDITED][_BOX] = 3
    cine.show(6)
    frames, grid = frames_of_cine(cine)
    assert a_scene.scene.WriteToMRB(str(tmp_path / "scene.mrb"))

    other = loaded_bundle(tmp_path / "scene.mrb")
    browser = other.scene.GetFirstNodeByClass("vtkMRMLSequenceBrowserNode")
    loaded = CineNodes(browser, browser.GetMasterSequenceNode())
    assert loaded.shown_frame == 6
    assert loaded.frame_times_ms == pytest.approx(_TIMES_MS)
    again, same_grid = frames_of_cine(loaded)
    assert np.array_equal(again, frames)
    assert same_grid.same_as(grid)
    labels = loaded.labels_sequence(other.scene.GetFirstNodeByClass("vtkMRMLSegmentationNode"))
    assert browser.GetSaveChanges(labels)
    for number, node in enumerate(loaded.segmentations(labels)):
        assert np.array_equal(read(node, same_grid), placed[number]), number
    loaded.show(_EDITED)
    assert np.array_equal(read(browser.GetProxyNode(labels), same_grid), placed[_EDITED])


def test_frames_of_unlike_size_are_refused(a_cine, affine):
    node = a_cine.images.GetNthDataNode(4)
    moved = affine.copy()
    moved[0, 3] += 5
    node.SetIJKToRASMatrix(vtk_matrix(moved))
    with pytest.raises(InputRefused, match="Frame 5 of cine has another size or place"):
        frames_of_cine(a_cine)


def test_cine_under_a_transform_is_refused(a_cine, a_scene):
    transform = a_scene.scene.AddNewNodeByClass("vtkMRMLLinearTransformNode", "Shift")
    a_cine.volume.SetAndObserveTransformNodeID(transform.GetID())
    with pytest.raises(InputRefused, match="under the transform Shift"):
        frames_of_cine(a_cine)
