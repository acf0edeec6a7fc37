"""Curves over the frames of a cine as a chart of the scene, with marks on single frames."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from quantseg.mrml.result_nodes import CHART_FONT_SIZE

if TYPE_CHECKING:
    import slicer

_TIME = "time"
_VALUES, _MARKS, _ROLE = "QuantSeg.values", "QuantSeg.marks", "QuantSeg.Role"
_INK = (0.35, 0.35, 0.35)


@dataclass(frozen=True)
class CurveChart:
    """The nodes of a chart of curves.

    Attributes:
        chart: to be shown in a plot view.
        values: the numbers behind the curves, a row a frame.
        marks: the numbers behind the marks.
    """

    chart: slicer.vtkMRMLPlotChartNode
    values: slicer.vtkMRMLTableNode
    marks: slicer.vtkMRMLTableNode


@dataclass(frozen=True)
class PlottedCurve:
    """One curve.

    Attributes:
        name: as the legend shows it.
        colour: red, green, blue from 0 to 255.
        values: by frame.
    """

    name: str
    colour: tuple[int, int, int]
    values: Sequence[float]


def add_curve_chart(scene: slicer.vtkMRMLScene, title: str) -> CurveChart:
    """Add an empty chart to a scene."""
    values = scene.AddNewNodeByClass("vtkMRMLTableNode", f"{title} (plotted)")
    marks = scene.AddNewNodeByClass("vtkMRMLTableNode", f"{title} (marks)")
    chart = scene.AddNewNodeByClass("vtkMRMLPlotChartNode", title)
    chart.SetTitleVisibility(False)
    for set_size in (chart.SetLegendFontSize, chart.SetAxisTitleFontSize, chart.SetAxisLabelFontSize):
        set_size(CHART_FONT_SIZE)
    # So that it can be filled again in a scene that was saved and loaded.
    chart.SetNodeReferenceID(_VALUES, values.GetID())
    chart.SetNodeReferenceID(_MARKS, marks.GetID())
    return CurveChart(chart, values, marks)


def fill_curve_chart(
    plot: CurveChart, times: Sequence[float], axes: tuple[str, str], curves: Sequence[PlottedCurve]
) -> None:
    """Draw curves over time.

    Args:
        plot: from :func:`add_curve_chart`; its series nodes are used again.
        times: of the frames.
        axes: titles of the horizontal and the vertical axis.
        curves: at least one.
    """
    changing = plot.chart.StartModify()
    plot.chart.SetXAxisTitle(axes[0])
    plot.chart.SetYAxisTitle(axes[1])
    _fill(plot.values, {_TIME: times} | {curve.name: curve.values for curve in curves})
    highest = max(max(curve.values) for curve in curves)
    # From nought: what is half as high is half as much.
    plot.chart.SetYAxisRangeAuto(False)
    plot.chart.SetYAxisRange(0, max(highest, 1.0) * 1.05)
    plot.chart.SetXAxisRangeAuto(False)
    plot.chart.SetXAxisRange(min(times), max(times))
    kept = [_series(plot, f"curve {number}") for number, _ in enumerate(curves)]
    for node, curve in zip(kept, curves, strict=True):
        _draw(node, plot.values, (_TIME, curve.name), curve.name, [channel / 255 for channel in curve.colour])
        node.SetMarkerStyle(node.MarkerStyleCircle)
        node.SetMarkerSize(6)
        node.SetLineWidth(2)
    _drop_others(plot, "curve ", kept)
    _put_in_order(plot)
    plot.chart.EndModify(changing)


def mark_frames(plot: CurveChart, marks: Mapping[str, tuple[float, float]]) -> None:
    """Draw vertical lines.

    Args:
        plot: the chart.
        marks: time, and height of the line, by the name that the legend shows.
    """
    changing = plot.chart.StartModify()
    columns: dict[str, Sequence[float]] = {}
    for name, (time, height) in marks.items():
        columns |= {f"{name} {_TIME}": (time, time), name: (0.0, height)}
    _fill(plot.marks, columns)
    styles = ("LineStyleDash", "LineStyleDashDot", "LineStyleDot")
    kept = []
    for number, name in enumerate(marks):
        node = _series(plot, f"mark {number}")
        _draw(node, plot.marks, (f"{name} {_TIME}", name), name, _INK)
        node.SetMarkerStyle(node.MarkerStyleNone)
        node.SetLineStyle(getattr(node, styles[number % len(styles)]))
        node.SetLineWidth(2)
        kept.append(node)
    _drop_others(plot, "mark ", kept)
    plot.chart.EndModify(changing)


def is_curve(series: slicer.vtkMRMLPlotSeriesNode | None) -> bool:
    """Tell whether a series is a curve over all frames, and no mark."""
    return series is not None and (series.GetAttribute(_ROLE) or "").startswith("curve ")


def curve_chart_of(chart: slicer.vtkMRMLPlotChartNode) -> CurveChart | None:
    """Return the chart with its tables, as :func:`add_curve_chart` made it; None where a table is gone."""
    values, marks = chart.GetNodeReference(_VALUES), chart.GetNodeReference(_MARKS)
    return None if values is None or marks is None else CurveChart(chart, values, marks)


def _series(plot: CurveChart, role: str) -> slicer.vtkMRMLPlotSeriesNode:
    for number in range(plot.chart.GetNumberOfPlotSeriesNodes()):
        node = plot.chart.GetNthPlotSeriesNode(number)
        if node.GetAttribute(_ROLE) == role:
            return node
    node = plot.chart.GetScene().AddNewNodeByClass("vtkMRMLPlotSeriesNode", role)
    node.SetAttribute(_ROLE, role)
    plot.chart.AddAndObservePlotSeriesNodeID(node.GetID())
    return node


def _draw(
    node: slicer.vtkMRMLPlotSeriesNode,
    table: slicer.vtkMRMLTableNode,
    columns: tuple[str, str],
    name: str,
    colour: Sequence[float],
) -> None:
    changing = node.StartModify()
    node.SetName(name)
    node.SetPlotType(node.PlotTypeScatter)
    node.SetAndObserveTableNodeID(table.GetID())
    node.SetXColumnName(columns[0])
    node.SetYColumnName(columns[1])
    node.SetColor(*colour)
    node.EndModify(changing)


def _drop_others(plot: CurveChart, prefix: str, kept: Sequence[slicer.vtkMRMLPlotSeriesNode]) -> None:
    nodes = [plot.chart.GetNthPlotSeriesNode(n) for n in range(plot.chart.GetNumberOfPlotSeriesNodes())]
    for node in nodes:
        if (node.GetAttribute(_ROLE) or "").startswith(prefix) and node not in kept:
            plot.chart.GetScene().RemoveNode(node)


def _put_in_order(plot: CurveChart) -> None:
    """Let curves stand before marks, each as they were given, so that the legend keeps its order."""
    nodes = [plot.chart.GetNthPlotSeriesNode(n) for n in range(plot.chart.GetNumberOfPlotSeriesNodes())]
    ordered = sorted(nodes, key=lambda node: node.GetAttribute(_ROLE) or "")
    if ordered != nodes:
        plot.chart.RemoveAllPlotSeriesNodeIDs()
        for node in ordered:
            plot.chart.AddAndObservePlotSeriesNodeID(node.GetID())


def _fill(node: slicer.vtkMRMLTableNode, columns: Mapping[str, Sequence[float]]) -> None:
    from vtkmodules.vtkCommonCore import vtkDoubleArray
    from vtkmodules.vtkCommonDataModel import vtkTable

    table = vtkTable()
    for name, values in columns.items():
        column = vtkDoubleArray()
        column.SetName(name)
        for value in values:
            column.InsertNextValue(value)
        table.AddColumn(column)
    node.SetAndObserveTable(table)
