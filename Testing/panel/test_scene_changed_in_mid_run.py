"""A run whose image or segmentation changes before it ends: its result is found again, or said to be lost."""

from types import MappingProxyType

import numpy as np
import pytest
from slicer.util import updateVolumeFromArray

from quantseg.review.volume_case import written_of
from quantseg.tasks.hippocampus.review.corrector import HippocampusCorrector
from quantseg.volume import Volume


class FinishedRun:
    """Stands in for the engine's process: it has ended, and found this."""

    is_running, step, progress, seconds_left = False, "Measuring", 1.0, None
    step_seconds = MappingProxyType({})

    def __init__(self, written):
        self.written, self.closed = written, False

    def expect(self, _step_seconds):
        pass

    def result(self, _read):
        self.closed = True
        return self.written

    def close(self):
        self.closed = True


@pytest.fixture
def a_running_panel(a_panel, a_volume_node, a_segmentation_node, a_crop_result, monkeypatch):
    """A panel that segments a crop into a segmentation which has a result already."""
    volume = a_volume_node(a_crop_result.volume, "Crop")
    HippocampusCorrector().case(volume, a_segmentation_node).write(written_of(a_crop_result))
    a_panel.showCase(volume, a_segmentation_node)
    a_panel.finished = FinishedRun(written_of(a_crop_result))
    monkeypatch.setattr(a_panel.logic, "startRun", lambda *_, **_named: a_panel.finished)
    a_panel.ui.applyButton.click()
    assert a_panel.runner.isRunning
    return a_panel


def _kinds(scene):
    names = ("Segmentation", "Table", "PlotChart", "PlotSeries")
    return [scene.GetNumberOfNodesByClass(f"vtkMRML{name}Node") for name in names]


def test_a_segmentation_that_was_deleted_is_replaced_by_a_new_one(a_running_panel, a_segmentation_node, a_scene):
    before = _kinds(a_scene.scene)
    from QuantSegLib.sceneNodes import removeWithParts

    removeWithParts(a_segmentation_node)
    a_running_panel.runner.poll()
    case = a_running_panel.currentCase()
    assert case.segmentation_node is not a_segmentation_node
    assert "no longer in the scene: the result is in a new one" in a_running_panel.ui.statusLabel.text()
    assert _kinds(a_scene.scene) == before
    assert case.keeper.GetNodeReference("QuantSeg.table") is not None


@pytest.mark.parametrize("how", ["deleted", "replaced"])
def test_an_image_that_is_gone_leaves_nothing_and_says_so(a_running_panel, a_scene, how):
    case = a_running_panel.currentCase()
    before = _kinds(a_scene.scene)
    if how == "deleted":
        a_scene.scene.RemoveNode(case.volume_node)
    else:
        updateVolumeFromArray(case.volume_node, np.zeros(case.volume().array.shape[::-1], np.float32))
    a_running_panel.runner.poll()
    assert "Crop was changed, or taken out of the scene" in a_running_panel.ui.statusLabel.text()
    assert "Done" not in a_running_panel.ui.statusLabel.text()
    assert _kinds(a_scene.scene) == before
    assert a_running_panel.finished.closed


def test_an_approval_given_meanwhile_holds(a_running_panel, a_segmentation_node):
    a_running_panel.ui.reviewerLineEdit.setText("Ada")
    approved = a_running_panel.currentCase()
    a_running_panel.ui.approveButton.click()
    a_running_panel.runner.poll()
    assert "was changed or approved meanwhile" in a_running_panel.ui.statusLabel.text()
    assert a_running_panel.currentCase().segmentation_node is not a_segmentation_node
    assert approved.approval.reviewer == "Ada"


def test_another_image_chosen_meanwhile_does_not_get_the_result(a_running_panel, a_volume_node, a_segmentation_node):
    other = a_volume_node(Volume(np.ones((8, 8, 8), np.float32), np.eye(4)), "Other")
    a_segmentation_node.CreateDefaultDisplayNodes()
    a_running_panel._parameterNode.inputVolume = other
    a_running_panel.runner.poll()
    assert a_running_panel._parameterNode.inputVolume is other
    assert a_running_panel._parameterNode.outputSegmentation is None
    assert a_running_panel.currentCase() is None
    assert "It is the result of Crop; choose that image" in a_running_panel.ui.statusLabel.text()
    assert not a_segmentation_node.GetDisplayVisibility()
