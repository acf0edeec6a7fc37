import numpy as np
import pytest
from scene_nodes import DIRECTIONS

from quantseg.measure.statistics import crop
from quantseg.mrml.images import oriented_image
from quantseg.mrml.segmentation_node import edited_segments, labels_of_node, set_edited, write_labels
from quantseg.mrml.segments import AlgorithmType, algorithm_name, algorithm_type, terminology_tag
from quantseg.tasks.hippocampus.anatomy import SIDED_SEGMENTS
from quantseg.volume import Volume

_ALGORITHM = "QuantSeg hippocampus 1.2.0"


def flipped(volume):
    flip = np.diag([1.0, 1.0, -1.0, 1.0])
    flip[2, 3] = volume.array.shape[2] - 1
    return Volume(volume.array[:, :, ::-1].copy(), volume.affine @ flip)


def part_of(volume):
    """The box that an image gives when it is looked at within a region of interest."""
    return crop(volume, (slice(2, 28), slice(4, 33), slice(1, 9)))


@pytest.mark.parametrize("name", DIRECTIONS)
def test_labels_come_back_voxel_by_voxel(a_volume_node, a_segmentation_node, labels_on, name):
    labels = labels_on(DIRECTIONS[name])
    write_labels(labels, SIDED_SEGMENTS, _ALGORITHM, a_segmentation_node, a_volume_node(labels))
    assert np.array_equal(labels_of_node(a_segmentation_node, labels.grid, SIDED_SEGMENTS), labels.array)


@pytest.mark.parametrize("name", ["LAS", "oblique left-handed"])
def test_labels_in_another_voxel_order_than_the_node_lie_at_their_place(
    a_volume_node, a_segmentation_node, labels_on, name
):
    labels = labels_on(DIRECTIONS[name])
    write_labels(flipped(labels), SIDED_SEGMENTS, _ALGORITHM, a_segmentation_node, a_volume_node(labels))
    assert np.array_equal(labels_of_node(a_segmentation_node, labels.grid, SIDED_SEGMENTS), labels.array)


def test_volume_becomes_the_reference_geometry(a_volume_node, a_segmentation_node, labels_on):
    labels = labels_on(np.eye(3))
    volume_node = a_volume_node(labels)
    write_labels(labels, SIDED_SEGMENTS, _ALGORITHM, a_segmentation_node, volume_node)
    role = a_segmentation_node.GetReferenceImageGeometryReferenceRole()
    assert a_segmentation_node.GetNodeReference(role) is volume_node


def test_names_terminology_and_tags_are_those_of_the_files(a_volume_node, a_segmentation_node, labels_on):
    labels = labels_on(np.eye(3))
    write_labels(labels, SIDED_SEGMENTS, _ALGORITHM, a_segmentation_node, a_volume_node(labels))
    segment = a_segmentation_node.GetSegmentation().GetSegment("right_posterior")
    assert segment.GetName() == "Right posterior hippocampus"
    assert "SCT^24028007^Right" in terminology_tag(segment)
    assert algorithm_type(segment) is AlgorithmType.AUTOMATIC
    assert algorithm_name(segment) == _ALGORITHM


def test_segments_of_a_person_are_kept_and_lie_apart(a_volume_node, a_segmentation_node, labels_on):
    labels = labels_on(np.eye(3))
    volume_node = a_volume_node(labels)
    own = SIDED_SEGMENTS[0]
    own = type(own)(1, "lesion", "Lesion", own.colour, own.terminology)
    drawn = labels.with_array((np.indices(labels.array.shape).sum(0) < 30).astype(np.uint8))
    write_labels(drawn, [own], "", a_segmentation_node, volume_node)
    write_labels(labels, SIDED_SEGMENTS, _ALGORITHM, a_segmentation_node, volume_node)
    assert np.array_equal(labels_of_node(a_segmentation_node, labels.grid, [own]), drawn.array)
    assert np.array_equal(labels_of_node(a_segmentation_node, labels.grid, SIDED_SEGMENTS), labels.array)


def test_a_second_run_replaces_the_first(a_volume_node, a_segmentation_node, labels_on):
    labels = labels_on(np.eye(3))
    volume_node = a_volume_node(labels)
    write_labels(labels, SIDED_SEGMENTS, _ALGORITHM, a_segmentation_node, volume_node)
    moved = labels.with_array(np.roll(labels.array, 3, axis=1))
    write_labels(moved, SIDED_SEGMENTS, _ALGORITHM, a_segmentation_node, volume_node)
    assert np.array_equal(labels_of_node(a_segmentation_node, labels.grid, SIDED_SEGMENTS), moved.array)


def test_empty_segments_are_there_to_be_drawn_into(a_volume_node, a_segmentation_node, labels_on):
    labels = labels_on(np.eye(3))
    left = labels.with_array(np.where(labels.array > 2, 0, labels.array).astype(np.uint8))
    write_labels(left, SIDED_SEGMENTS, _ALGORITHM, a_segmentation_node, a_volume_node(labels))
    assert a_segmentation_node.GetSegmentation().GetNumberOfSegments() == 4
    assert np.array_equal(labels_of_node(a_segmentation_node, labels.grid, SIDED_SEGMENTS), left.array)


def test_ai_result_is_one_step_of_the_editors_undo(a_volume_node, a_segmentation_node, labels_on, segment_editor):
    labels = labels_on(np.eye(3))
    volume_node = a_volume_node(labels)
    write_labels(labels, SIDED_SEGMENTS, _ALGORITHM, a_segmentation_node, volume_node)
    segment_editor.SetSegmentationNode(a_segmentation_node)
    segment_editor.SetSourceVolumeNode(volume_node)
    segment_editor.SaveStateForUndo()
    moved = labels.with_array(np.roll(labels.array, 3, axis=1))
    write_labels(moved, SIDED_SEGMENTS, _ALGORITHM, a_segmentation_node, volume_node)
    segment_editor.Undo()
    assert np.array_equal(labels_of_node(a_segmentation_node, labels.grid, SIDED_SEGMENTS), labels.array)
    segment_editor.Redo()
    assert np.array_equal(labels_of_node(a_segmentation_node, labels.grid, SIDED_SEGMENTS), moved.array)


def test_first_ai_result_can_be_undone_to_nothing(a_volume_node, a_segmentation_node, labels_on, segment_editor):
    labels = labels_on(np.eye(3))
    volume_node = a_volume_node(labels)
    a_segmentation_node.SetReferenceImageGeometryParameterFromVolumeNode(volume_node)
    segment_editor.SetSegmentationNode(a_segmentation_node)
    segment_editor.SetSourceVolumeNode(volume_node)
    segment_editor.SaveStateForUndo()
    write_labels(labels, SIDED_SEGMENTS, _ALGORITHM, a_segmentation_node, volume_node)
    segment_editor.Undo()
    assert not labels_of_node(a_segmentation_node, labels.grid, SIDED_SEGMENTS).any()


@pytest.mark.parametrize("name", ["RAS", "LAS", "oblique left-handed"])
@pytest.mark.parametrize("stored", ["as the image", "flipped", "a part"])
def test_editor_sets_a_segment_where_it_lies(
    a_volume_node, a_segmentation_node, segment_editor, labels_on, name, stored
):
    """Clear, Smoothing and the like first empty a segment: on another lattice than the image's they would miss it."""
    labels = labels_on(DIRECTIONS[name])
    volume_node = a_volume_node(labels)
    written = {"as the image": labels, "flipped": flipped(labels), "a part": part_of(labels)}[stored]
    write_labels(written, SIDED_SEGMENTS, _ALGORITHM, a_segmentation_node, volume_node)
    segment_editor.SetSegmentationNode(a_segmentation_node)
    segment_editor.SetSourceVolumeNode(volume_node)
    segment_editor.SetCurrentSegmentID("left_anterior")
    drawn = np.zeros(labels.array.shape, np.uint8)
    drawn[15:18, 30:33, 15:18] = 1
    mode = segment_editor.ModificationModeSet
    image = oriented_image(labels.with_array(drawn))
    segment_editor.ModifySegmentByLabelmap(a_segmentation_node, "left_anterior", image, mode, False, True)
    expected = np.where(labels.array == 1, 0, labels.array) + drawn
    assert np.array_equal(labels_of_node(a_segmentation_node, labels.grid, SIDED_SEGMENTS), expected)


def test_mark_of_an_edit_is_undone_by_a_new_run(a_volume_node, a_segmentation_node, labels_on):
    labels = labels_on(np.eye(3))
    volume_node = a_volume_node(labels)
    write_labels(labels, SIDED_SEGMENTS, _ALGORITHM, a_segmentation_node, volume_node)
    assert edited_segments(a_segmentation_node, SIDED_SEGMENTS) == ()
    set_edited(a_segmentation_node, {"left_anterior": True, "right_anterior": False})
    assert edited_segments(a_segmentation_node, SIDED_SEGMENTS) == ("left_anterior",)
    segment = a_segmentation_node.GetSegmentation().GetSegment("left_anterior")
    assert algorithm_name(segment) == _ALGORITHM
    write_labels(labels, SIDED_SEGMENTS, _ALGORITHM, a_segmentation_node, volume_node)
    assert edited_segments(a_segmentation_node, SIDED_SEGMENTS) == ()


def test_reading_a_whole_head_back_takes_less_than_a_second(a_volume_node, a_segmentation_node):
    import time

    array = np.zeros((192, 256, 256), np.uint8)
    array[40:70, 100:150, 90:130], array[120:150, 100:150, 90:130] = 1, 3
    labels = Volume(array, np.diag([1.0, 1.0, 1.0, 1.0]))
    write_labels(labels, SIDED_SEGMENTS, _ALGORITHM, a_segmentation_node, a_volume_node(labels))
    started = time.process_time()
    found = labels_of_node(a_segmentation_node, labels.grid, SIDED_SEGMENTS)
    assert time.process_time() - started < 1
    assert np.array_equal(found, array)
