"""What the heart panel shows of a result that is there: views, surfaces, curve, and a scene that was opened."""

import numpy as np
from slicer_standins import desktop
from test_heart_panel import a_heart_panel, a_home, a_segmented_heart, heart, settle

__all__ = ["a_heart_panel", "a_home", "a_segmented_heart", "heart"]


def test_a_panel_that_finds_a_result_in_the_scene_shows_its_phases_too(a_segmented_heart, monkeypatch):
    import CardiacSeg

    a_segmented_heart.ui.baseSlicesSpinBox.setValue(1)
    other = CardiacSeg.CardiacSegWidget(desktop.a_parent())
    other.setup()
    monkeypatch.setattr(other.devices, "detect", lambda: None)
    other.enter()
    for name in ("edLabel", "esLabel", "slicesLabel", "verdictLabel"):
        assert getattr(other.ui, name).text() == getattr(a_segmented_heart.ui, name).text(), name
    assert other.ui.esShowButton.isEnabled()
    other.cleanup()


def test_views_are_turned_to_the_short_axis_unless_one_shows_it_already(a_segmented_heart, application):
    from vtkmodules.vtkCommonMath import vtkMatrix4x4

    from quantseg.tasks.heart.review.short_axis_planes import short_axis_planes

    panel, case = a_segmented_heart, a_segmented_heart.currentCase()
    planes = short_axis_planes(case.cine())
    red, green, yellow = (application.sliceViews[name] for name in ("Red", "Green", "Yellow"))

    def matrix(view):
        found = view.node.GetSliceToRAS()
        return np.array([[found.GetElement(i, j) for j in range(4)] for i in range(4)])

    for view, plane in ((red, planes.short_axis), (green, planes.along_rows), (yellow, planes.along_columns)):
        assert np.allclose(matrix(view)[:3, :3], plane[:3, :3])
    swapped = matrix(red)
    yellow.node.GetSliceToRAS().DeepCopy(list(swapped.flat))
    red.node.GetSliceToRAS().DeepCopy(vtkMatrix4x4())
    panel.bringViews(case.volume_node, case.segmentation_node)
    assert np.array_equal(matrix(red), np.eye(4))
    assert np.array_equal(matrix(yellow), swapped)


def test_surfaces_follow_the_frame_that_is_shown_and_go_from_all(a_segmented_heart):
    panel, button = a_segmented_heart, a_segmented_heart.ui.show3DButton
    surfaces = "Closed surface"
    nodes = panel.currentCase().segmentations()
    button.click()
    panel.showFrame(3)
    settle()
    assert button.isChecked()
    shown = [node.GetSegmentation().ContainsRepresentation(surfaces) for node in nodes]
    assert shown == [True, False, True, False, False]
    assert panel.currentCase().segmentation_node.GetSegmentation().ContainsRepresentation(surfaces)
    assert not panel.currentCase().is_edited
    button.click()
    assert not any(node.GetSegmentation().ContainsRepresentation(surfaces) for node in nodes)
    panel.showFrame(1)
    settle()
    assert not button.isChecked()


def test_click_on_the_curve_shows_that_frame(a_segmented_heart):
    from vtkmodules.vtkCommonCore import vtkCollection, vtkIdTypeArray, vtkStringArray

    case = a_segmented_heart.currentCase()
    chart = case.keeper.GetNodeReference("QuantSeg.chart")
    ids, selections, points = vtkStringArray(), vtkCollection(), vtkIdTypeArray()
    ids.InsertNextValue(chart.GetNthPlotSeriesNode(0).GetID())
    points.InsertNextValue(3)
    selections.AddItem(points)
    a_segmented_heart.resultView.plotView.dataSelected.emit(ids, selections)
    assert case.shown_frame == 3
