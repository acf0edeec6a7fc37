"""A table and a bar chart as nodes of the scene, made once and then filled anew."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import slicer

_BAR_COLOURS = ((0.94, 0.65, 0.0), (0.0, 0.75, 0.55))
_LABEL_COLUMN = "Part"


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
    chart.SetTitle(title)
    chart.SetYAxisTitle(unit)
    chart.SetXAxisTitleVisibility(False)
    return BarChart(chart, table)


def fill_bar_chart(
    bars: BarChart, groups: Sequence[str], series: Sequence[str], values: Sequence[Sequence[float | None]]
) -> None:
    """Draw the values of each series side by side, group by group.

    Args:
        bars: from :func:`add_bar_chart`; its series nodes are used again.
        groups: names along the axis.
        series: name of each series.
        values: by series, then by group; None leaves a gap.
    """
    from vtkmodules.vtkCommonCore import vtkDoubleArray, vtkStringArray
    from vtkmodules.vtkCommonDataModel import vtkTable

    table = vtkTable()
    labels = vtkStringArray()
    labels.SetName(_LABEL_COLUMN)
    for group in groups:
        labels.InsertNextValue(group)
    table.AddColumn(labels)
    for name, heights in zip(series, values, strict=True):
        column = vtkDoubleArray()
        column.SetName(name)
        for height in heights:
            column.InsertNextValue(0.0 if height is None else height)
        table.AddColumn(column)
    bars.table.SetAndObserveTable(table)
    scene = bars.chart.GetScene()
    for index, name in enumerate(series):
        node = bars.chart.GetNthPlotSeriesNode(index)
        if node is None:
            node = scene.AddNewNodeByClass("vtkMRMLPlotSeriesNode", name)
            bars.chart.AddAndObservePlotSeriesNodeID(node.GetID())
        node.SetName(name)
        node.SetPlotType(node.PlotTypeBar)
        node.SetAndObserveTableNodeID(bars.table.GetID())
        node.SetLabelColumnName(_LABEL_COLUMN)
        node.SetYColumnName(name)
        node.SetColor(*_BAR_COLOURS[index % len(_BAR_COLOURS)])
    while bars.chart.GetNumberOfPlotSeriesNodes() > len(series):
        scene.RemoveNode(bars.chart.GetNthPlotSeriesNode(len(series)))
    bars.chart.Modified()
