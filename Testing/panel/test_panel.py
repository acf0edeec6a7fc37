"""The panel under PySide6 with stand-ins for Slicer's widgets: its own handlers and rules, not Slicer's."""

import sys

import numpy as np
import pytest
import slicer
from slicer_standins.desktop import until
from vtkmodules.vtkChartsCore import vtkAxis

from quantseg.review.volume_case import written_of
from quantseg.tasks.hippocampus.review.corrector import HippocampusCorrector


@pytest.fixture
def a_segmented_head(a_panel, a_volume_node, a_segmentation_node, a_head_result):
    """A head with a result, chosen in the panel."""
    volume = a_volume_node(a_head_result.volume, "Head")
    HippocampusCorrector().case(volume, a_segmentation_node).write(written_of(a_head_result))
    a_panel.showCase(volume, a_segmentation_node)
    return a_panel


def test_without_an_image_nothing_can_be_started(a_panel):
    for name in ("applyButton", "cancelButton", "compareButton", "approveButton", "exportButton", "show3DButton"):
        assert not getattr(a_panel.ui, name).isEnabled(), name
    assert a_panel.ui.applyButton.toolTip() == "Choose an image first."


def test_first_image_is_chosen_and_can_be_segmented(a_panel, a_sample_crop):
    a_panel.enter()
    assert a_panel.ui.inputSelector.currentNode() is a_sample_crop
    assert a_panel.ui.applyButton.isEnabled()


@pytest.mark.usefixtures("a_sample_crop")
def test_choices_are_bound_both_ways(a_panel):
    from HippoSegLib.parameters import InputKindChoice, SideChoice

    a_panel.ui.inputKindComboBox.setCurrentText("Whole head")
    assert a_panel._parameterNode.inputKind is InputKindChoice.HEAD
    a_panel._parameterNode.side = SideChoice.RIGHT
    assert a_panel.ui.sideComboBox.currentText() == "Right (of the patient)"
    a_panel.ui.reviewerLineEdit.setText("Ada")
    assert a_panel._parameterNode.reviewer == "Ada"
    a_panel.ui.sameAcquisitionCheckBox.setChecked(True)
    assert a_panel._parameterNode.sameAcquisition is True


def test_a_result_fills_table_plot_light_and_doubts(a_segmented_head):
    ui = a_segmented_head.ui
    rows = [ui.resultTableView.item(row, 0).text() for row in range(ui.resultTableView.rowCount())]
    assert "Total, mm³" in rows
    assert "Intracranial volume (ICV), ml" in rows
    assert "Needs a look" in ui.verdictLabel.text()
    assert "agree with a Dice of 0.84" in ui.verdictLabel.text()
    chart = a_segmented_head.logic.show(
        a_segmented_head.currentCase().result("head"), a_segmented_head.currentCase().segmentation_node
    )[1]
    plot = a_segmented_head.resultView.plotView
    assert plot.node.GetPlotChartNodeID() == chart.GetID()
    names = plot.chart().GetAxis(vtkAxis.BOTTOM).GetTickLabels()
    assert [names.GetValue(n) for n in range(names.GetNumberOfValues())] == ["Anterior", "Posterior"]
    # The middle of two of four bars that share 0.8 of the room between two groups.
    places = plot.chart().GetAxis(vtkAxis.BOTTOM).GetTickPositions()
    assert [places.GetValue(n) for n in range(2)] == pytest.approx([-0.2, 1.2], abs=0.01)
    assert [chart.GetNthPlotSeriesNode(n).GetName() for n in range(chart.GetNumberOfPlotSeriesNodes())] == [
        "Left anterior",
        "Right anterior",
        "Left posterior",
        "Right posterior",
    ]
    assert not ui.nextDoubtButton.isEnabled()
    assert ui.doubtComboBox.currentText() == "No doubtful slices"


@pytest.mark.slow
def test_segmenting_the_sample_crop_from_button_to_table_and_undo(a_panel, a_sample_crop, a_scene):
    """A real run of the engine in a process of its own."""
    view = a_scene.scene.AddNewNodeByClass("vtkMRMLSliceNode")
    view.SetOrientationToCoronal()
    a_panel.enter()
    a_panel.ui.inputKindComboBox.setCurrentText("Crop around one hippocampus")
    steps = []
    a_panel.ui.applyButton.click()
    assert a_panel.ui.cancelButton.isEnabled(), a_panel.ui.statusLabel.text()
    assert not a_panel.ui.applyButton.isEnabled()

    def finished():
        steps.append(a_panel.ui.statusLabel.text())
        return not a_panel.runner.isRunning

    until(finished, 900)
    assert a_panel.ui.statusLabel.text().startswith("Done on CPU"), a_panel.ui.statusLabel.text()
    assert "Segmenting …" in steps
    case = a_panel.currentCase()
    assert case.volume_node is a_sample_crop
    assert set(case.result("x").labels.ravel()) == {0, 1, 2}
    assert a_panel.ui.resultTableView.rowCount() >= 3
    anterior = case.segmentation_node.GetSegmentCenterRAS("anterior")
    assert view.GetSliceToRAS().GetElement(1, 3) == pytest.approx(anterior[1])
    assert a_panel.ui.nextDoubtButton.isEnabled()
    assert a_panel.ui.segmentEditorWidget.calls.count("saveStateForUndo") == 1
    a_panel.ui.segmentEditorWidget.undo()
    assert not case.labels().array.any()


@pytest.mark.usefixtures("a_sample_crop")
def test_cancel_ends_the_run_and_leaves_the_scene_as_it_was(a_panel, a_scene):
    a_panel.enter()
    before = a_scene.scene.GetNumberOfNodes()
    a_panel.ui.applyButton.click()
    assert a_panel.runner.isRunning
    a_panel.ui.cancelButton.click()
    assert not a_panel.runner.isRunning
    assert a_scene.scene.GetNumberOfNodes() == before
    assert a_panel.ui.statusLabel.text() == "Cancelled; nothing was changed."
    assert a_panel.ui.applyButton.isEnabled()


@pytest.mark.usefixtures("a_sample_crop")
def test_missing_packages_are_declined_in_words(a_panel, monkeypatch):
    import slicer

    from quantseg import dependencies

    monkeypatch.setattr(dependencies, "missing_dependencies", lambda: dependencies.FOR_GPU)
    asked = []
    monkeypatch.setattr(
        slicer.util, "confirmOkCancelDisplay", lambda text, **_: asked.append(text) and False, raising=False
    )
    a_panel.enter()
    a_panel.ui.applyButton.click()
    assert not a_panel.runner.isRunning
    assert "torch>=2.8 (about 200 MB): runs the networks" in asked[0]
    assert "Nothing was installed" in a_panel.ui.statusLabel.text()


@pytest.mark.parametrize(
    ("answer", "starts", "keeps"), [("cancel", False, True), ("keep", True, True), ("replace", True, False)]
)
def test_running_again_over_edits_asks_first(a_segmented_head, draw_in, monkeypatch, answer, starts, keeps):
    panel = a_segmented_head
    draw_in(panel)
    monkeypatch.setattr(panel.run, "askBeforeReplacing", lambda _question: answer)
    followed = []
    monkeypatch.setattr(panel.runner, "follow", followed.append)
    monkeypatch.setattr(panel.logic, "startRun", lambda *_, **_named: "a run")
    edited = panel.currentCase().segmentation_node
    panel.ui.applyButton.click()
    assert followed == (["a run"] if starts else [])
    if starts:
        assert (panel.run.target is edited) is not keeps


@pytest.fixture
def draw_in(segment_editor):
    """Draws a box into the left anterior part and waits until the panel has followed."""

    def draw(panel):
        from quantseg.mrml.images import oriented_image

        case = panel.currentCase()
        mask = np.zeros(case.volume().array.shape, np.uint8)
        mask[4:10, 4:10, 4:10] = 1
        segment_editor.SetSegmentationNode(case.segmentation_node)
        segment_editor.SetSourceVolumeNode(case.volume_node)
        segment_editor.SetCurrentSegmentID("left_anterior")
        add = segment_editor.ModificationModeAdd
        image = oriented_image(case.volume().with_array(mask))
        segment_editor.ModifySegmentByLabelmap(case.segmentation_node, "left_anterior", image, add, False, True)
        until(lambda: case.is_edited, 30)

    return draw


def total_left(ui):
    """The first value of the table; half of its interval stands behind it."""
    return float(ui.resultTableView.item(0, 1).text().split()[0].replace(",", ""))


def test_an_edit_reaches_table_tags_and_approval(a_segmented_head, draw_in):
    panel, ui = a_segmented_head, a_segmented_head.ui
    ui.reviewerLineEdit.setText("Ada")
    assert ui.approveButton.isEnabled()
    ui.approveButton.click()
    assert "Approved by Ada" in ui.approvalLabel.text()
    before = total_left(ui)
    draw_in(panel)
    until(lambda: "revoked" in ui.approvalLabel.text(), 30)
    assert total_left(ui) == pytest.approx(before + 216, abs=0.1)
    assert "Changed by hand: Left anterior hippocampus" in ui.verdictLabel.text()


def test_button_for_surfaces_follows_whoever_makes_them(a_segmented_head):
    panel, button = a_segmented_head, a_segmented_head.ui.show3DButton
    node = panel.currentCase().segmentation_node
    button.click()
    assert node.GetSegmentation().ContainsRepresentation("Closed surface")
    button.click()
    assert not node.GetSegmentation().ContainsRepresentation("Closed surface")
    node.CreateClosedSurfaceRepresentation()
    panel.correction.watcher.flush()
    assert button.isChecked()


def test_approval_waits_for_a_name(a_segmented_head):
    assert not a_segmented_head.ui.approveButton.isEnabled()
    assert "name" in a_segmented_head.ui.approveButton.toolTip()
    a_segmented_head.ui.reviewerLineEdit.setText("Ada")
    assert a_segmented_head.ui.approveButton.isEnabled()


def test_export_marks_a_draft_until_approved(a_segmented_head, tmp_path, monkeypatch):
    panel, ui = a_segmented_head, a_segmented_head.ui
    monkeypatch.setattr(panel.approval, "chooseFolder", lambda: str(tmp_path))
    ui.exportButton.click()
    assert [path.name for path in tmp_path.iterdir()] == ["DRAFT_Head"]
    assert "DRAFT" in (tmp_path / "DRAFT_Head" / "report.html").read_text(encoding="utf-8")
    ui.reviewerLineEdit.setText("Ada")
    ui.approveButton.click()
    ui.exportButton.click()
    report = (tmp_path / "Head" / "report.html").read_text(encoding="utf-8")
    assert "Approved by Ada" in report
    assert "DRAFT" not in report


def test_comparison_shows_change_beside_its_bound(a_segmented_head, a_volume_node, a_scene, a_head_result):
    panel, ui = a_segmented_head, a_segmented_head.ui
    smaller = a_head_result.labels.copy()
    smaller[:, :40] = 0
    from quantseg.tasks.hippocampus.correcting import corrected

    earlier = a_scene.scene.AddNewNodeByClass("vtkMRMLSegmentationNode", "Earlier")
    volume = a_volume_node(a_head_result.volume, "Earlier head")
    assert np.count_nonzero(smaller) < np.count_nonzero(a_head_result.labels)
    HippocampusCorrector().case(volume, earlier).write(
        written_of(corrected(a_head_result, smaller, ["left_posterior"]))
    )
    panel._parameterNode.earlierVolume, panel._parameterNode.earlierSegmentation = volume, earlier
    assert ui.compareButton.isEnabled()
    ui.compareButton.click()
    assert "The dates of both scans are needed" in ui.comparisonLabel.text()
    panel._parameterNode.earlierDate, panel._parameterNode.laterDate = "2020-01-01", "2022-01-01"
    ui.sameAcquisitionCheckBox.setChecked(True)
    ui.compareButton.click()
    assert "Larger than chance" in ui.comparisonLabel.text()
    assert "bound ±" in ui.comparisonLabel.text()


def test_leaving_and_coming_back_lays_the_editor_down_and_takes_it_up(a_panel):
    a_panel.ui.segmentEditorWidget.calls.clear()
    a_panel.exit()
    assert a_panel.ui.segmentEditorWidget.calls == [
        "setActiveEffect",
        "uninstallKeyboardShortcuts",
        "removeViewObservations",
    ]
    a_panel.enter()
    assert "installKeyboardShortcuts" in a_panel.ui.segmentEditorWidget.calls


def test_closing_the_scene_leaves_a_panel_that_works(a_segmented_head, a_scene):
    a_segmented_head.ui.segmentEditorWidget.calls.clear()
    a_segmented_head.onSceneStartClose()
    # With a brush that still follows the views Slicer would not survive it.
    assert {"setActiveEffect", "removeViewObservations"} <= set(a_segmented_head.ui.segmentEditorWidget.calls)
    a_scene.scene.Clear(0)
    a_segmented_head.onSceneReady()
    assert "setupViewObservations" in a_segmented_head.ui.segmentEditorWidget.calls
    assert a_segmented_head.currentCase() is None
    assert not a_segmented_head.ui.applyButton.isEnabled()
    assert a_segmented_head.ui.verdictLabel.text() == "Nothing was segmented yet."
    assert a_segmented_head.ui.approvalLabel.text() == ""


def test_scene_that_is_loaded_brings_its_case(a_segmented_head, a_scene, tmp_path):
    panel = a_segmented_head
    panel.ui.reviewerLineEdit.setText("Ada")
    panel.ui.approveButton.click()
    labels = panel.currentCase().labels().array
    bundle = str(tmp_path / "scene.mrb")
    assert a_scene.scene.WriteToMRB(bundle)
    panel.onSceneStartClose()
    a_scene.scene.Clear(0)
    panel.onSceneReady()
    cache, manager = slicer.vtkCacheManager(), slicer.vtkDataIOManager()
    cache.SetRemoteCacheDirectory(str(tmp_path))
    manager.SetCacheManager(cache)
    a_scene.scene.SetDataIOManager(manager)
    assert a_scene.scene.ReadFromMRB(bundle)
    assert (panel.currentCase().labels().array == labels).all()
    assert "Approved by Ada" in panel.ui.approvalLabel.text()
    assert "Needs a look" in panel.ui.verdictLabel.text()


@pytest.fixture
def modules_as_they_were():
    """Other tests hold classes of the modules that are there now."""
    before = dict(sys.modules)
    yield before
    sys.modules.update(before)


def test_reload_reads_the_packages_anew(a_panel, modules_as_they_were):
    sys.modules.pop("HippoSeg")
    a_panel.onReload()
    after = sys.modules["HippoSegLib.widget"]
    assert after is not modules_as_they_were["HippoSegLib.widget"]
    assert a_panel.reloaded.HippoSegWidget is after.HippoSegWidget
    assert sys.modules["QuantSegLib.views"] is not modules_as_they_were["QuantSegLib.views"]
    assert "quantseg.review.engine_run" not in sys.modules
