"""The part of a panel that shows a result: verdict, table and chart."""

import qt
import slicer
from slicer.i18n import tr as _

from QuantSegLib.singletons import singletonNode
from QuantSegLib.verdictText import inShortHtml, passedText, verdictHtml
from QuantSegLib.wholeTable import TableAsHighAsItsContent


class ResultView:
    """Fills the widgets of a panel's section Result.

    :param ui: has inShortLabel, verdictLabel, resultTableView and resultPlotPlace.
    :param tag: makes the plot view's node the module's own, such as "HippoSeg".
    """

    def __init__(self, ui, tag):
        self._ui, self._tag = ui, tag
        # No .ui file can name this class: Slicer has no Designer plugin for it.
        self.plotView = slicer.qMRMLPlotView()
        self.plotView.setMRMLScene(slicer.mrmlScene)
        ui.resultPlotPlace.layout().addWidget(self.plotView)
        # Beside the curves, which run to the end of their axis.
        self.plotView.chart().GetLegend().SetInline(False)
        # Numbers read from the left in every language; its text is a node's, which is saved and exported.
        ui.resultTableView.setLayoutDirection(qt.Qt.LeftToRight)
        self._table = TableAsHighAsItsContent(ui.resultTableView)
        self.clear()

    def clear(self):
        """Show that there is no result."""
        self._ui.verdictLabel.setText(_("Nothing was segmented yet."))
        self._ui.verdictLabel.setToolTip("")
        self._ui.inShortLabel.setText("")
        self._ui.inShortLabel.setVisible(False)
        self._ui.resultTableView.setMRMLTableNode(None)
        self._ui.resultTableView.setVisible(False)
        self._ui.resultPlotPlace.setVisible(False)

    def show(self, result, presentation, table, chart):
        """Show a result.

        :param result: quantseg.results.case.CaseResult.
        :param presentation: what its task shows of it, quantseg.results.presentation.Presentation.
        :param table: table node, filled.
        :param chart: plot chart node, filled; None where there is nothing to draw.
        """
        from quantseg.results.sections import Bars

        self._ui.verdictLabel.setText(verdictHtml(result))
        self._ui.verdictLabel.setToolTip(passedText(result))
        self._ui.inShortLabel.setText(inShortHtml(result, presentation.in_short))
        self._ui.inShortLabel.setVisible(True)
        self._ui.resultTableView.setMRMLTableNode(table)
        self._table.fitColumns()
        self._ui.resultTableView.setVisible(True)
        self._ui.resultPlotPlace.setVisible(chart is not None)
        if chart is not None:
            node = singletonNode("vtkMRMLPlotViewNode", self._tag)
            self.plotView.setMRMLPlotViewNode(node)
            node.SetPlotChartNodeID(chart.GetID())
            if isinstance(presentation.chart, Bars):
                self._labelGroups(chart, presentation.chart)

    def _labelGroups(self, chart, bars):
        """Write the groups' names below their bars, where Slicer writes the numbers 0, 1, 2."""
        from vtkmodules.vtkChartsCore import vtkAxis
        from vtkmodules.vtkCommonCore import vtkDoubleArray

        names = _labels(chart)
        places = vtkDoubleArray()
        for group in range(names.GetNumberOfValues()):
            places.InsertNextValue(group + _middleOfBars(bars, group) * self.plotView.chart().GetBarWidthFraction())
        self.plotView.chart().GetAxis(vtkAxis.BOTTOM).SetCustomTickPositions(places, names)


def _labels(chart):
    series = chart.GetNthPlotSeriesNode(0)
    return series.GetTableNode().GetTable().GetColumnByName(series.GetLabelColumnName())


def _middleOfBars(bars, group):
    """Return how far the bars that a group has lie from its middle, as a share of the room for all series."""
    count = len(bars.series)
    drawn = [index for index, one in enumerate(bars.series) if one.values[group] is not None] or range(count)
    return (sum(drawn) / len(drawn) + 0.5) / count - 0.5
