"""The part of the panel that shows a heart: verdict, function, the volume curve, and the wall as a bull's-eye."""

from typing import TYPE_CHECKING

import qt

from QuantSegLib.resultView import ResultView
from QuantSegLib.singletons import singletonNode

if TYPE_CHECKING:
    from quantseg.results.sections import Picture

_BULLS_EYE_WIDTH = 340


class HeartView(ResultView):
    """Fills the widgets of the panel's section Result; a click on the curve shows that frame.

    :param ui: has bullsEyeComboBox and bullsEyeLabel beside what ResultView asks for.
    :param tag: makes the plot view's node the module's own.
    :param showFrame: called with the number of a frame, counted from 1.
    """

    def __init__(self, ui, tag, showFrame):
        self._ui, self._showFrame, self._clearing = ui, showFrame, False
        self._pictures: dict[str, Picture] = {}
        self._numbers: tuple[int, ...] = ()
        self._times: tuple[float, ...] = ()
        self._title = ""
        super().__init__(ui, tag)
        self.plotView.dataSelected.connect(self.onCurveClicked)
        ui.bullsEyeComboBox.currentTextChanged.connect(self.onBullsEyeChosen)

    def clear(self):
        """Show that there is no result."""
        super().clear()
        self._showWall(())

    def show(self, result, presentation, table, chart):
        """Show a result; parameters as for ResultView."""
        super().show(result, presentation, table, chart)
        curves = presentation.chart
        self._numbers, self._times = ((), ()) if curves is None else (curves.frame_numbers, curves.positions)
        if chart is not None:
            # A click on the curve selects a point.
            node = singletonNode("vtkMRMLPlotViewNode", self._tag)
            node.SetInteractionMode(node.InteractionModeSelectPoints)
        self._pictures = {picture.title: picture for picture in presentation.further_pictures}
        self._showWall(tuple(self._pictures))

    def onCurveClicked(self, seriesIds, selections):
        """Show the frame of the point that was clicked.

        :param seriesIds: vtkStringArray of the plot series in which points are selected.
        :param selections: vtkCollection of a vtkIdTypeArray with these points each.
        """
        import slicer

        from quantseg.mrml.curve_nodes import is_curve

        if self._clearing:
            return

        for index in range(selections.GetNumberOfItems()):
            points = selections.GetItemAsObject(index)
            series = slicer.mrmlScene.GetNodeByID(seriesIds.GetValue(index))
            if is_curve(series) and points.GetNumberOfValues() and points.GetValue(0) < len(self._numbers):
                self._showFrame(self._numbers[points.GetValue(0)])
                break
        else:
            self._showNearestFrame()
            return
        # The mark of the frame that is shown says enough.
        self._clearing = True
        self.plotView.RemovePlotSelections()
        self._clearing = False

    def _showNearestFrame(self):
        """Show the frame nearest in time to a click beside the curves' points, which select nothing."""
        from vtkmodules.vtkChartsCore import vtkAxis

        chart = self.plotView.chart()
        left, right = chart.GetPoint1()[0], chart.GetPoint2()[0]
        x = self.plotView.renderWindow().GetInteractor().GetEventPosition()[0]
        if not left <= x <= right or not self._numbers:
            return
        axis = chart.GetAxis(vtkAxis.BOTTOM)
        time = axis.GetMinimum() + (x - left) / (right - left) * (axis.GetMaximum() - axis.GetMinimum())
        nearest = min(range(len(self._times)), key=lambda frame: abs(self._times[frame] - time))
        self._showFrame(self._numbers[nearest])

    def onBullsEyeChosen(self, title):
        """Show another picture of the wall."""
        self._title = title or self._title
        pixmap = qt.QPixmap()
        if title:
            # The one that is shown and no other: drawing takes longer than measuring.
            pixmap.loadFromData(qt.QByteArray(self._pictures[title].png()))
            pixmap = pixmap.scaledToWidth(_BULLS_EYE_WIDTH, qt.Qt.SmoothTransformation)
        self._ui.bullsEyeLabel.setPixmap(pixmap)

    def _showWall(self, titles):
        box, chosen = self._ui.bullsEyeComboBox, self._title
        box.blockSignals(True)
        box.clear()
        for title in titles:
            box.addItem(title)
        if chosen in titles:
            box.setCurrentText(chosen)
        box.blockSignals(False)
        for widget in (box, self._ui.bullsEyeLabel):
            widget.setVisible(bool(titles))
        self.onBullsEyeChosen(chosen if chosen in titles else next(iter(titles), ""))
