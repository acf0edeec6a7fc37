"""A table and a bar chart as nodes of the scene, made once and then filled anew."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import slicer

CHART_FONT_SIZE = 11
"""In points: a chart in a panel is a hand wide."""
_LABEL_COLUMN = "Part"
# Beside the outermost groups of bars, whose places are counted from 0.
_MARGIN = 0.5


def fill_table(node: slicer.vtkMRMLTableNode, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Replace what a table node holds.

    Args:
        node: shown by whoever shows it already.
        columns: headings.
        rows: a text a column.
    """
    from vtkmodules.vtkCommonCore import vtkStringArray
    from vtkmodules.vtkCommonDataModel import vtkTable

    table = vtkTable()
    for index, heading in enumerate(columns):
        column = vtkStringArray()
        column.SetName(heading)
        for row in rows:
            column.InsertNextValue(row[index])
        table.AddColumn(column)
    node.SetUseColumnTitleAsColumnHeader(True)
    node.SetAndObserveTable(table)


@dataclass(frozen=True)
class BarChart:
    """The nodes of a bar chart.

    Attributes:
        chart: to be shown in a plot view.
        table: the numbers behind it.
    """

    chart: slicer.vtkMRMLPlotChartNode
    table: slicer.vtkMRMLTableNode


def add_bar_chart(scene: slicer.vtkMRMLScene, title: str, unit: str) -> BarChart:
    """Add an empty bar chart to a scene."""
    table = scene.AddNewNodeByClass("vtkMRMLTableNode", f"{title} (plotted)")
    chart = scene.AddNewNodeByClass("vtkMRMLPlotChartNode", title)
    chart.SetYAxisTitle(unit)
    chart.SetXAxisTitleVisibility(False)
    return BarChart(chart, table)


@dataclass(frozen=True)
class PlottedBars:
    """The bars of one series.

    Attributes:
        name: as the legend shows it.
        colour: red, green, blue from 0 to 255.
        heights: by group; None leaves a gap.
    """

    name: str
    colour: tuple[int, int, int]
    heights: Sequence[float | None]


def fill_bar_chart(bars: BarChart, groups: Sequence[str], series: Sequence[PlottedBars]) -> None:
    """Draw the values of each series side by side, group by group.

    Args:
        bars: from :func:`add_bar_chart`; its series nodes are used again.
        groups: names along the axis.
        series: in the order of the legend.
    """
    from vtkmodules.vtkCommonCore import vtkDoubleArray, vtkStringArray
    from vtkmodules.vtkCommonDataModel import vtkTable

    table = vtkTable()
    labels = vtkStringArray()
    labels.SetName(_LABEL_COLUMN)
    for group in groups:
        labels.InsertNextValue(group)
    table.AddColumn(labels)
    for one in series:
        column = vtkDoubleArray()
        column.SetName(one.name)
        for height in one.heights:
            column.InsertNextValue(0.0 if height is None else height)
        table.AddColumn(column)
    bars.table.SetAndObserveTable(table)
    scene = bars.chart.GetScene()
    for index, one in enumerate(series):
        node = bars.chart.GetNthPlotSeriesNode(index)
        if node is None:
            node = scene.AddNewNodeByClass("vtkMRMLPlotSeriesNode", one.name)
            bars.chart.AddAndObservePlotSeriesNodeID(node.GetID())
        node.SetName(one.name)
        node.SetPlotType(node.PlotTypeBar)
        node.SetAndObserveTableNodeID(bars.table.GetID())
        node.SetLabelColumnName(_LABEL_COLUMN)
        node.SetYColumnName(one.name)
        node.SetColor(*(channel / 255 for channel in one.colour))
    while bars.chart.GetNumberOfPlotSeriesNodes() > len(series):
        scene.RemoveNode(bars.chart.GetNthPlotSeriesNode(len(series)))
    bars.chart.SetTitleVisibility(False)
    for set_size in (bars.chart.SetLegendFontSize, bars.chart.SetAxisTitleFontSize, bars.chart.SetAxisLabelFontSize):
        set_size(CHART_FONT_SIZE)
    bars.chart.SetXAxisRangeAuto(False)
    bars.chart.SetXAxisRange(-_MARGIN, len(groups) - 1 + _MARGIN)
    bars.chart.Modified()
