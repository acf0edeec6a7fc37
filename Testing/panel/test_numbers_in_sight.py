"""What a person sees while painting: numbers above the scroll area, no scroll bar in another, one button for 3D."""

import pytest
from PySide6 import QtCore, QtWidgets
from slicer_standins.desktop import until
from test_panel import a_segmented_head, draw_in

__all__ = ["a_segmented_head", "draw_in"]


def test_light_and_totals_stand_above_what_scrolls(a_segmented_head):
    ui = a_segmented_head.ui
    words = ui.inShortLabel.text()
    assert "Needs a look" in words
    assert words.index("Left") < words.index("Right") < words.index("asymmetry")
    assert "&nbsp;±&nbsp;" in words
    for name in ("inShortLabel", "statusLabel", "progressBar", "applyButton", "cancelButton", "show3DButton"):
        assert not ui.panelScrollArea.isAncestorOf(getattr(ui, name)), name
    for name in ("inputCollapsibleButton", "verdictLabel", "segmentEditorWidget", "worklistTable"):
        assert ui.panelScrollArea.isAncestorOf(getattr(ui, name)), name


def test_an_edit_reaches_the_line_in_sight(a_segmented_head, draw_in):
    before = a_segmented_head.ui.inShortLabel.text()
    draw_in(a_segmented_head)
    until(lambda: a_segmented_head.ui.inShortLabel.text() != before, 30)


def test_input_is_folded_once_there_is_a_result_and_says_of_which_image(a_segmented_head):
    section = a_segmented_head.ui.inputCollapsibleButton
    assert section.collapsed
    assert section.text == "Input: Head"


def test_table_is_as_high_as_its_rows_at_any_width(a_segmented_head):
    view = a_segmented_head.ui.resultTableView
    a_segmented_head.parent.show()
    heights = []
    for width in (700, 360):
        a_segmented_head.parent.resize(width, 600)
        for _ in range(3):
            QtWidgets.QApplication.processEvents()
        heights.append(view.height())
        assert view.verticalScrollBar().maximum() == 0
        assert view.verticalScrollBarPolicy() == QtCore.Qt.ScrollBarAlwaysOff
        assert view.viewport().height() >= view.verticalHeader().length()
    assert heights[1] >= heights[0]


def test_reasons_of_passed_checks_can_be_read_without_taking_room(a_segmented_head):
    ui = a_segmented_head.ui
    titles = [ui.resultTableView.item(row, 0).text() for row in range(ui.resultTableView.rowCount())]
    assert not any(title.startswith("Check") for title in titles)
    passed = [c for c in a_segmented_head.currentCase().result("x").checks if c.verdict.value == "good"]
    assert f"Passed checks: {len(passed)}" in ui.verdictLabel.text()
    assert all(check.reason in ui.verdictLabel.toolTip() for check in passed)


def test_3d_can_be_asked_for_before_there_is_anything_to_show(a_panel, a_volume_node, a_scene, a_head_result):
    from quantseg.review.volume_case import written_of
    from quantseg.tasks.hippocampus.review.corrector import HippocampusCorrector

    volume = a_volume_node(a_head_result.volume, "Head")
    a_panel.enter()
    button = a_panel.ui.show3DButton
    assert button.isEnabled()
    assert "as soon as" in button.toolTip()
    button.click()
    node = a_scene.scene.AddNewNodeByClass("vtkMRMLSegmentationNode", "Result")
    HippocampusCorrector().case(volume, node).write(written_of(a_head_result))
    a_panel.showCase(volume, node)
    assert node.GetSegmentation().ContainsRepresentation("Closed surface")
    assert button.isChecked()
    button.click()
    assert not node.GetSegmentation().ContainsRepresentation("Closed surface")


def test_3d_stays_asked_for_from_case_to_case(a_segmented_head, a_volume_node, a_scene, a_head_result):
    from quantseg.review.volume_case import written_of
    from quantseg.tasks.hippocampus.review.corrector import HippocampusCorrector
    from quantseg.volume import Volume

    panel = a_segmented_head
    panel.ui.show3DButton.click()
    node = panel.currentCase().segmentation_node
    # As when a case is closed: its parts go one by one, and the panel follows each.
    node.RemoveClosedSurfaceRepresentation()
    panel.onChoiceChanged()
    assert not panel.ui.show3DButton.isChecked()
    other = a_volume_node(Volume(a_head_result.volume.array + 1, a_head_result.volume.affine), "Next head")
    following = a_scene.scene.AddNewNodeByClass("vtkMRMLSegmentationNode", "Next result")
    HippocampusCorrector().case(other, following).write(written_of(a_head_result))
    panel.showCase(other, following)
    assert following.GetSegmentation().ContainsRepresentation("Closed surface")


@pytest.mark.parametrize("parallel", [True, False], ids=["parallel", "perspective"])
@pytest.mark.parametrize("size", [(400, 300), (300, 500)], ids=["wide", "high"])
@pytest.mark.parametrize("extent", [(60, 10, 10), (10, 10, 60), (40, 40, 40)], ids=["broad", "tall", "even"])
def test_segments_fill_a_3d_view_of_any_shape(application, monkeypatch, parallel, size, extent):
    import types

    from vtkmodules.vtkRenderingCore import vtkRenderer, vtkRenderWindow

    from QuantSegLib import views

    renderer, window = vtkRenderer(), vtkRenderWindow()
    window.SetSize(*size)
    window.AddRenderer(renderer)
    renderer.GetActiveCamera().SetPosition(0, 500, 0)
    renderer.GetActiveCamera().SetViewUp(0, 0, 1)
    renderer.GetActiveCamera().SetParallelProjection(parallel)
    view = types.SimpleNamespace(renderWindow=lambda: window, scheduleRender=lambda: None)
    widget = types.SimpleNamespace(threeDView=lambda: view)
    layout = types.SimpleNamespace(threeDViewCount=1, threeDWidget=lambda _index: widget)
    monkeypatch.setattr(application, "layoutManager", lambda: layout)
    bounds = [sign * length / 2 for length in extent for sign in (-1, 1)]
    segmentation = types.SimpleNamespace(GetRASBounds=lambda found: found.__setitem__(slice(None), bounds))
    views.frameIn3D(segmentation)
    assert views._shareOfView(renderer, bounds) == pytest.approx(0.85, abs=0.02)


def test_an_export_leaves_the_approval_in_sight_and_opens_its_report(a_segmented_head, tmp_path, monkeypatch, draw_in):
    panel, ui = a_segmented_head, a_segmented_head.ui
    opened = []
    monkeypatch.setattr(panel.approval, "chooseFolder", lambda: str(tmp_path))
    monkeypatch.setattr(panel.approval, "openInBrowser", lambda path: opened.append(path) or True)
    assert ui.openReportButton.isHidden()
    ui.reviewerLineEdit.setText("Ada")
    ui.approveButton.click()
    ui.exportButton.click()
    assert "Approved by Ada" in ui.approvalLabel.text()
    assert ui.exportLabel.text() == f"Written to {tmp_path / 'Head'}."
    ui.openReportButton.click()
    assert opened == [tmp_path / "Head" / "report.html"]
    draw_in(panel)
    until(lambda: "revoked" in ui.approvalLabel.text(), 30)
    assert "before its last change" in ui.exportLabel.text()


def test_an_export_is_not_said_of_another_case(a_segmented_head, tmp_path, monkeypatch):
    panel, ui = a_segmented_head, a_segmented_head.ui
    monkeypatch.setattr(panel.approval, "chooseFolder", lambda: str(tmp_path))
    ui.exportButton.click()
    assert not ui.openReportButton.isHidden()
    panel._parameterNode.outputSegmentation = None
    assert ui.openReportButton.isHidden()
    assert ui.exportLabel.text() == ""


def test_a_report_that_is_gone_is_said(a_segmented_head, tmp_path, monkeypatch):
    import shutil

    panel, ui = a_segmented_head, a_segmented_head.ui
    monkeypatch.setattr(panel.approval, "chooseFolder", lambda: str(tmp_path))
    ui.exportButton.click()
    shutil.rmtree(tmp_path / "DRAFT_Head")
    ui.openReportButton.click()
    assert "could not be opened" in ui.statusLabel.text()
