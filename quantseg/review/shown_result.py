"""What a task presents of a result as nodes of the scene: one table and one chart, made once and then filled anew."""

from __future__ import annotations

from typing import TYPE_CHECKING

from quantseg.mrml.curve_nodes import (
    CurveChart,
    PlottedCurve,
    add_curve_chart,
    curve_chart_of,
    fill_curve_chart,
    mark_frames,
)
from quantseg.mrml.result_nodes import BarChart, PlottedBars, add_bar_chart, fill_bar_chart, fill_table
from quantseg.results.case import CaseResult
from quantseg.results.case_table import case_table
from quantseg.results.numbers import unit_in_words
from quantseg.results.presentation import Presentation
from quantseg.results.sections import Bars, Curves

if TYPE_CHECKING:
    import slicer

_TABLE, _CHART, _PLOTTED = "QuantSeg.table", "QuantSeg.chart", "QuantSeg.plotted"
_SHOWN = "shown"
OWNER_ROLE = "QuantSegOwner"
"""Role of the reference from table and chart back to what keeps the result that they show."""


def show_result(
    result: CaseResult, presentation: Presentation, keeper: slicer.vtkMRMLNode
) -> tuple[slicer.vtkMRMLTableNode, slicer.vtkMRMLPlotChartNode | None]:
    """Fill table and chart of a result, which refer to the node that keeps it, and so are found in a loaded scene.

    Args:
        result: as measured now.
        presentation: what its task shows of it.
        keeper: node that keeps what is known of the result.

    Returns:
        the table; the chart, None where there is nothing to draw.
    """
    table = own_part(keeper, _TABLE)
    if table is None:
        table = keeper.GetScene().AddNewNodeByClass("vtkMRMLTableNode", f"{presentation.title} (table)")
        keeper.SetNodeReferenceID(_TABLE, table.GetID())
    table.SetNodeReferenceID(OWNER_ROLE, keeper.GetID())
    # Whoever shows the table says the verdict with its reasons beside it, where sentences have room.
    content = case_table(result, presentation, with_checks=False)
    fill_table(table, content.columns, content.rows)
    drawn = presentation.chart
    if isinstance(drawn, Bars):
        bars = _bar_chart(keeper, presentation.title, unit_in_words(drawn.unit))
        for node in (bars.chart, bars.table):
            node.SetNodeReferenceID(OWNER_ROLE, keeper.GetID())
        fill_bar_chart(bars, drawn.groups, [PlottedBars(one.name, one.colour, one.values) for one in drawn.series])
        return table, bars.chart
    if isinstance(drawn, Curves):
        plot = _curve_chart(keeper, presentation.title)
        plot.chart.SetNodeReferenceID(OWNER_ROLE, keeper.GetID())
        curves = [PlottedCurve(line.name, line.colour, line.values) for line in drawn.lines]
        fill_curve_chart(plot, drawn.positions, drawn.axis_titles, curves)
        return table, plot.chart
    return table, None


def mark_shown_frame(presentation: Presentation, keeper: slicer.vtkMRMLNode, shown: int) -> None:
    """Mark the frame that is shown, and those that the task marks, in the chart of a result.

    Args:
        presentation: what the task shows of the result.
        keeper: node that keeps it; without a chart of curves nothing is marked.
        shown: frame, counted from 0.
    """
    chart, drawn = own_part(keeper, _CHART), presentation.chart
    plot = None if chart is None else curve_chart_of(chart)
    if plot is None or not isinstance(drawn, Curves):
        return
    top = max(max(line.values) for line in drawn.lines)
    marked = {**drawn.marks, _SHOWN: shown}
    mark_frames(plot, {name: (drawn.positions[frame], top) for name, frame in marked.items()})


def own_part(keeper: slicer.vtkMRMLNode, role: str) -> slicer.vtkMRMLNode | None:
    """Return a node that was made for a result; None where there is none, or only that of the node's original.

    Slicer's copy of a node refers to whatever the original refers to.
    """
    part = keeper.GetNodeReference(role)
    if part is None or part.GetNodeReference(OWNER_ROLE) in (None, keeper):
        return part
    return None


def _bar_chart(keeper: slicer.vtkMRMLNode, title: str, unit: str) -> BarChart:
    chart, plotted = own_part(keeper, _CHART), own_part(keeper, _PLOTTED)
    if chart is not None and plotted is not None:
        return BarChart(chart, plotted)
    bars = add_bar_chart(keeper.GetScene(), title, unit)
    keeper.SetNodeReferenceID(_CHART, bars.chart.GetID())
    keeper.SetNodeReferenceID(_PLOTTED, bars.table.GetID())
    return bars


def _curve_chart(keeper: slicer.vtkMRMLNode, title: str) -> CurveChart:
    chart = own_part(keeper, _CHART)
    plot = None if chart is None else curve_chart_of(chart)
    if plot is None:
        plot = add_curve_chart(keeper.GetScene(), title)
        keeper.SetNodeReferenceID(_CHART, plot.chart.GetID())
    return plot
