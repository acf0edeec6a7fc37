"""What Slicer's Segment Editor is told to leave alone, on its real settings node."""

import numpy as np
import pytest
from scene_nodes import DIRECTIONS

from quantseg.mrml.editor_masks import begin_with_brush, editable_area, protected_segments
from quantseg.mrml.segmentation_node import write_labels
from quantseg.tasks.hippocampus.anatomy import SIDED_SEGMENTS


@pytest.fixture
def an_editor(a_scene):
    return a_scene.scene.AddNewNodeByClass("vtkMRMLSegmentEditorNode")


@pytest.fixture(params=DIRECTIONS.values(), ids=DIRECTIONS)
def case(request, labels_on, a_volume_node, a_segmentation_node):
    labels = labels_on(request.param)
    write_labels(labels, SIDED_SEGMENTS, "model", a_segmentation_node, a_volume_node(labels))
    a_segmentation_node.CreateDefaultDisplayNodes()
    return labels, a_segmentation_node


def test_the_brush_begins_in_mm_and_a_persons_own_size_stays(an_editor):
    # What Slicer's effects set before anybody else can.
    an_editor.SetAttribute("BrushAbsoluteDiameter", "5")
    an_editor.SetAttribute("BrushDiameterIsRelative", "1")
    begin_with_brush(an_editor, 2.5)
    assert an_editor.GetAttribute("BrushAbsoluteDiameter") == "2.5"
    assert an_editor.GetAttribute("BrushDiameterIsRelative") == "0"
    an_editor.SetAttribute("BrushAbsoluteDiameter", "7")
    begin_with_brush(an_editor, 2.5)
    assert an_editor.GetAttribute("BrushAbsoluteDiameter") == "7"


def test_everything_may_be_edited_unless_told_otherwise(case, an_editor):
    labels, node = case
    assert editable_area(an_editor, node, labels, "left_anterior") is None
    assert protected_segments(an_editor, node, SIDED_SEGMENTS, "left_anterior") == {}


def test_editable_area_is_that_of_the_editors_masking(case, an_editor):
    labels, node = case
    an_editor.SetMaskMode(node.EditAllowedOutsideAllSegments)
    own = editable_area(an_editor, node, labels, "left_anterior")
    assert np.array_equal(own, np.isin(labels.array, (0, 1)))
    an_editor.SetMaskMode(node.EditAllowedInsideSingleSegment)
    an_editor.SetMaskSegmentID("right_anterior")
    inside = editable_area(an_editor, node, labels, "left_anterior")
    assert np.array_equal(inside, labels.array == 3)


def test_intensities_that_may_be_edited_bound_the_area(case, an_editor):
    labels, node = case
    image = labels.with_array(np.arange(labels.array.size, dtype=np.float32).reshape(labels.array.shape))
    an_editor.SetSourceVolumeIntensityMask(True)
    an_editor.SetSourceVolumeIntensityMaskRange(100, 200)
    area = editable_area(an_editor, node, image, "left_anterior")
    assert np.array_equal(area, (image.array >= 100) & (image.array <= 200))


def test_hidden_finished_and_masked_segments_are_protected(case, an_editor):
    import slicer

    _labels, node = case
    logic = slicer.vtkSlicerSegmentationsModuleLogic
    node.GetDisplayNode().SetSegmentVisibility("right_anterior", False)
    logic.SetSegmentStatus(node.GetSegmentation().GetSegment("right_posterior"), logic.Completed)
    kept = protected_segments(an_editor, node, SIDED_SEGMENTS, "left_anterior")
    assert kept == {"right_anterior": "hidden", "right_posterior": "marked as completed"}
    an_editor.SetOverwriteMode(an_editor.OverwriteNone)
    assert "left_posterior" in protected_segments(an_editor, node, SIDED_SEGMENTS, "left_anterior")
