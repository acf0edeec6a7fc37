"""Smart correction in the panel, with stand-ins for Slicer's widgets around real nodes and real interactors."""

import numpy as np
import pytest
from slicer_standins.desktop import until

from quantseg.review.volume_case import written_of
from quantseg.tasks.hippocampus.review.corrector import HippocampusCorrector


@pytest.fixture
def a_bitten_head(a_panel, a_volume_node, a_segmentation_node, a_head_result):
    """A head whose left anterior part misses a bite; returns the panel and the bite's middle, RAS in mm."""
    labels = a_head_result.labels.copy()
    places = np.argwhere(labels == 1)
    end = places[places[:, 1].argmax()]
    bite = np.linalg.norm(np.indices(labels.shape).T - end, axis=-1).T <= 3
    labels[bite & (labels == 1)] = 0
    volume = a_volume_node(a_head_result.volume, "Head")
    bitten = a_head_result.with_label_map(array=labels)
    HippocampusCorrector().case(volume, a_segmentation_node).write(written_of(bitten))
    a_panel.showCase(volume, a_segmentation_node)
    a_panel.ui.segmentEditorWidget.setCurrentSegmentID("left_anterior")
    return a_panel, a_head_result.volume.grid.to_world(end - (0, 1, 0))


@pytest.fixture
def click(application):
    """Clicks a place in the red view, as the mouse does."""

    def at(ras):
        view = application.sliceViews["Red"]
        view.node.SetDimensions(300, 300, 1)
        view.node.SetFieldOfView(300, 300, 1)
        matrix = view.node.GetSliceToRAS()
        for row in range(3):
            matrix.SetElement(row, 3, ras[row])
        view.node.UpdateMatrices()
        view.interactor().SetEventInformation(150, 150)
        view.interactor().InvokeEvent("LeftButtonPressEvent")

    return at


def _previews(a_scene):
    scene = a_scene.scene
    count = scene.GetNumberOfNodesByClass("vtkMRMLModelNode")
    nodes = [scene.GetNthNodeByClass(n, "vtkMRMLModelNode") for n in range(count)]
    return [node for node in nodes if node.GetName() == "Proposed border"]


def test_a_click_is_previewed_and_written_only_when_accepted(a_bitten_head, click, a_scene):
    panel, place = a_bitten_head
    before = panel.currentCase().labels().array
    panel.correction.keys.press("S")
    assert panel.ui.smartButton.isChecked()
    assert panel.ui.segmentEditorWidget.calls[-1] == "setActiveEffect"
    click(place)
    assert "Return accepts" in panel.ui.smartLabel.text(), panel.ui.smartLabel.text()
    assert "mm³ to the left anterior hippocampus" in panel.ui.smartLabel.text()
    assert len(_previews(a_scene)) == 1
    assert np.array_equal(panel.currentCase().labels().array, before)
    panel.ui.smartAcceptButton.click()
    after = panel.currentCase().labels().array
    assert _previews(a_scene) == []
    assert (after == 1).sum() > (before == 1).sum()
    until(lambda: "Changed by hand: Left anterior" in panel.ui.verdictLabel.text(), 30)
    panel.ui.segmentEditorWidget.undo()
    assert np.array_equal(panel.currentCase().labels().array, before)


def test_leaving_a_proposal_changes_nothing(a_bitten_head, click, a_scene):
    panel, place = a_bitten_head
    before = panel.currentCase().labels().array
    panel.ui.smartButton.click()
    click(place)
    panel.ui.smartDropButton.click()
    assert _previews(a_scene) == []
    assert panel.ui.smartButton.isChecked()
    assert not panel.ui.smartAcceptButton.isEnabled()
    assert np.array_equal(panel.currentCase().labels().array, before)
    assert "saveStateForUndo" not in panel.ui.segmentEditorWidget.calls


def test_return_and_escape_are_the_proposals_only_while_there_is_one(a_bitten_head, click):
    panel, place = a_bitten_head
    keys, calls = panel.correction.keysOfProposal, panel.ui.segmentEditorWidget.calls
    panel.ui.smartButton.click()
    assert keys.names == ()
    click(place)
    assert keys.names == ("Return", "Escape")
    assert calls[-1] == "uninstallKeyboardShortcuts"
    keys.press("Escape")
    assert keys.names == ()
    assert calls[-1] == "installKeyboardShortcuts"


def test_a_proposal_is_the_only_outline(a_bitten_head, click, a_scene):
    panel, place = a_bitten_head
    case = panel.currentCase()
    panel.correction.doubts.marker.show(case.labels().with_array((case.labels().array == 2).astype(np.uint8)))
    panel.ui.smartButton.click()
    click(place)
    assert len(_previews(a_scene)) == 1
    assert not panel.correction.doubts.marker.isShown


def test_a_click_that_proposes_nothing_says_why(a_bitten_head, click, a_scene):
    panel, place = a_bitten_head
    panel.ui.smartButton.click()
    click(place + 500)
    assert panel.ui.smartLabel.text() == "⚠ The click lies outside the image; click inside it."
    assert _previews(a_scene) == []


def test_without_the_button_pressed_a_click_is_slicers(a_bitten_head, click, a_scene):
    panel, place = a_bitten_head
    click(place)
    panel.ui.smartButton.click()
    panel.ui.smartButton.click()
    click(place)
    assert _previews(a_scene) == []


def test_taking_up_a_tool_of_the_editor_ends_it(a_bitten_head, click, a_scene):
    panel, place = a_bitten_head
    panel.ui.smartButton.click()
    click(place)
    a_scene.scene.GetSingletonNode("HippoSegEditor", "vtkMRMLSegmentEditorNode").SetActiveEffectName("Paint")
    assert not panel.ui.smartButton.isChecked()
    assert _previews(a_scene) == []


def test_leaving_the_module_or_the_case_takes_the_proposal_away(a_bitten_head, click, a_scene):
    panel, place = a_bitten_head
    for leave in (panel.exit, lambda: setattr(panel._parameterNode, "outputSegmentation", None)):
        panel.ui.smartButton.setChecked(True)
        click(place)
        assert len(_previews(a_scene)) == 1
        leave()
        assert _previews(a_scene) == []
        panel.enter()
    assert not panel.ui.smartButton.isEnabled()


def test_the_brush_begins_at_the_organs_size(a_bitten_head, a_scene):
    assert a_bitten_head
    editor = a_scene.scene.GetSingletonNode("HippoSegEditor", "vtkMRMLSegmentEditorNode")
    assert float(editor.GetAttribute("BrushAbsoluteDiameter")) == 2.5
    assert editor.GetAttribute("BrushDiameterIsRelative") == "0"


def test_other_segments_are_spared_by_the_editors_own_masking(a_bitten_head, a_scene):
    panel, _ = a_bitten_head
    editor = a_scene.scene.GetSingletonNode("HippoSegEditor", "vtkMRMLSegmentEditorNode")
    segmentation = panel.currentCase().segmentation_node
    panel.ui.spareOthersCheckBox.click()
    assert editor.GetMaskMode() == segmentation.EditAllowedOutsideAllSegments
    editor.SetMaskMode(segmentation.EditAllowedEverywhere)
    assert not panel.ui.spareOthersCheckBox.isChecked()


def test_keys_are_listed_in_the_help_of_both_modules(application):
    assert application
    import types

    import CardiacSeg
    import HippoSeg

    for module in (HippoSeg.HippoSeg, CardiacSeg.CardiacSeg):
        parent = types.SimpleNamespace()
        module(parent)
        for key in ("N", "P", "H", "M", "S", "Return", "Escape"):
            assert f"<b>{key}</b>" in parent.helpText
