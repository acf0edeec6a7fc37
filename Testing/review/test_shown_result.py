"""What a task presents as nodes of a scene, whatever the task."""

import dataclasses

import pytest

from quantseg.measure.values import Measurement
from quantseg.results.presentation import Presentation
from quantseg.results.sections import Bars, BarSeries, CurveLine, Curves, KeyNumber
from quantseg.review.shown_result import mark_shown_frame, show_result

_AGE = KeyNumber("age", "Brain age", Measurement("age", "brain", 63.4, "a", "by a made-up network"))


def presented(chart=None):
    return Presentation("Made-up age", picture=lambda: None, picture_alt="", sections=(_AGE,), chart=chart)


@pytest.fixture
def keeper(a_scene):
    return a_scene.scene.AddNewNodeByClass("vtkMRMLSegmentationNode", "keeper")


def series(chart):
    return [chart.GetNthPlotSeriesNode(n).GetName() for n in range(chart.GetNumberOfPlotSeriesNodes())]


def test_a_number_alone_fills_a_table_and_no_chart(keeper, a_crop_result):
    table, chart = show_result(a_crop_result, presented(), keeper)
    assert chart is None
    assert table.GetTable().GetValue(0, 0).ToString().startswith("Brain age")
    assert table.GetTable().GetValue(0, 1).ToString().startswith("63.4")


def test_bars_are_drawn_in_their_unit_and_filled_again_in_the_same_nodes(keeper, a_scene, a_crop_result):
    left, right = BarSeries("Left", (240, 160, 0), (900.0, 950.0)), BarSeries("Right", (0, 190, 140), (880.0, None))
    bars = Bars("mm2", ("L3", "L4"), (left, right))
    table, chart = show_result(a_crop_result, presented(bars), keeper)
    assert series(chart) == ["Left", "Right"]
    assert chart.GetYAxisTitle() == "mm²"
    assert chart.GetNthPlotSeriesNode(1).GetColor() == pytest.approx((0, 190 / 255, 140 / 255))
    assert tuple(chart.GetXAxisRange()) == (-0.5, 1.5)
    before = a_scene.scene.GetNumberOfNodes()
    fewer = dataclasses.replace(bars, series=(left,))
    assert show_result(a_crop_result, presented(fewer), keeper) == (table, chart)
    assert series(chart) == ["Left"]
    assert a_scene.scene.GetNumberOfNodes() == before - 1


def test_a_copy_of_what_keeps_a_result_gets_nodes_of_its_own(keeper, a_scene, a_crop_result):
    bars = Bars("mm2", ("L3",), (BarSeries("Left", (240, 160, 0), (900.0,)),))
    table, chart = show_result(a_crop_result, presented(bars), keeper)
    copy = a_scene.scene.AddNewNodeByClass("vtkMRMLSegmentationNode", "copy")
    # As Slicer's Data module clones it, references and all.
    copy.Copy(keeper)
    others = dataclasses.replace(bars, series=(BarSeries("Left", (240, 160, 0), (100.0,)),))
    its_table, its_chart = show_result(a_crop_result, presented(others), copy)
    assert its_table is not table
    assert its_chart is not chart
    assert show_result(a_crop_result, presented(others), copy) == (its_table, its_chart)
    assert show_result(a_crop_result, presented(bars), keeper) == (table, chart)
    plotted = keeper.GetNodeReference("QuantSeg.plotted"), copy.GetNodeReference("QuantSeg.plotted")
    assert [one.GetTable().GetValueByName(0, "Left").ToDouble() for one in plotted] == [900.0, 100.0]


def test_curves_are_drawn_over_time_with_marks_and_the_frame_that_is_shown(keeper, a_crop_result):
    curves = Curves(
        key="uptake",
        heading="Uptake",
        quantity="Activity",
        unit="kBq/ml",
        lines=(CurveLine("tumour", (200, 10, 10), (1.0, 4.0, 3.0)),),
        frame_numbers=(1, 2, 3),
        times_ms=(0.0, 500.0, 1500.0),
        marks={"peak": 1},
    )
    _table, chart = show_result(a_crop_result, presented(curves), keeper)
    assert (chart.GetXAxisTitle(), chart.GetYAxisTitle()) == ("Time, ms", "Activity, kBq/ml")
    assert tuple(chart.GetXAxisRange()) == (0.0, 1500.0)
    mark_shown_frame(presented(curves), keeper, 2)
    assert series(chart) == ["tumour", "peak", "shown"]
    second = dataclasses.replace(curves, lines=(*curves.lines, CurveLine("liver", (10, 10, 200), (2.0, 2.0, 2.0))))
    show_result(a_crop_result, presented(second), keeper)
    assert series(chart) == ["tumour", "liver", "peak", "shown"]
    show_result(a_crop_result, presented(curves), keeper)
    marks = chart.GetNthPlotSeriesNode(2).GetTableNode().GetTable()
    assert [marks.GetColumnByName(name).GetValue(1) for name in ("shown time", "shown")] == [1500.0, 4.0]
