"""The part of a panel that shows a result: verdict, table and chart."""

import qt
import slicer
from slicer.i18n import tr as _

from QuantSegLib.singletons import singletonNode
from QuantSegLib.verdictText import verdictHtml


class ResultView:
    """Fills the widgets of a panel's section Result.

    :param ui: has verdictLabel, resultTableView and resultPlotPlace.
    :param tag: makes the plot view's node the module's own, such as "HippoSeg".
    """

    def __init__(self, ui, tag):
        self._ui, self._tag = ui, tag
        # No .ui file can name this class: Slicer has no Designer plugin for it.
        self.plotView = slicer.qMRMLPlotView()
        self.plotView.setMRMLScene(slicer.mrmlScene)
        ui.resultPlotPlace.layout().addWidget(self.plotView)
        ui.resultTableView.verticalHeader().setVisible(False)
        self.clear()

    def clear(self):
        """Show that there is no result."""
        self._ui.verdictLabel.setText(_("Nothing was segmented yet."))
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
        self._ui.resultTableView.setMRMLTableNode(table)
        self._fitTable()
        self._ui.resultTableView.setVisible(True)
        self._ui.resultPlotPlace.setVisible(chart is not None)
        if chart is not None:
            node = singletonNode("vtkMRMLPlotViewNode", self._tag)
            self.plotView.setMRMLPlotViewNode(node)
            node.SetPlotChartNodeID(chart.GetID())
            if isinstance(presentation.chart, Bars):
                self._labelGroups(chart)

    def _fitTable(self):
        """Let numbers be seen whole; what they are the number of is wrapped into the width that is left."""
        view = self._ui.resultTableView
        header = view.horizontalHeader()
        for column in range(view.model().columnCount()):
            mode = qt.QHeaderView.Stretch if column == 0 else qt.QHeaderView.ResizeToContents
            header.setSectionResizeMode(column, mode)
        view.verticalHeader().setSectionResizeMode(qt.QHeaderView.ResizeToContents)

    def _labelGroups(self, chart):
        """Write the groups' names below their bars, where Slicer writes the numbers 0, 1, 2."""
        from vtkmodules.vtkChartsCore import vtkAxis
        from vtkmodules.vtkCommonCore import vtkDoubleArray

        series = chart.GetNthPlotSeriesNode(0)
        names = series.GetTableNode().GetTable().GetColumnByName(series.GetLabelColumnName())
        places = vtkDoubleArray()
        for index in range(names.GetNumberOfValues()):
            places.InsertNextValue(index)
        self.plotView.chart().GetAxis(vtkAxis.BOTTOM).SetCustomTickPositions(places, names)
