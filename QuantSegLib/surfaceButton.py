"""The button that shows the segments as surfaces."""

import slicer

from QuantSegLib.views import frameIn3D


class SurfaceButton:
    """Makes surfaces, or takes them away.

    :param button: QPushButton that stays pressed.
    :param host: panel with currentCase() and correction.
    """

    def __init__(self, button, host):
        self._button, self._host = button, host
        button.toggled.connect(self.onToggled)

    def update(self):
        """Let the button say whether there are surfaces, whoever made them: this panel, the editor, a saved scene."""
        case = self._host.currentCase()
        surfaces = slicer.vtkSegmentationConverter.GetSegmentationClosedSurfaceRepresentationName()
        shown = case is not None and case.segmentation_node.GetSegmentation().ContainsRepresentation(surfaces)
        self._button.blockSignals(True)
        self._button.setChecked(shown)
        self._button.blockSignals(False)
        self._button.setEnabled(case is not None)

    def onToggled(self, shown):
        """Make surfaces, or take them away."""
        case = self._host.currentCase()
        if case is None:
            return
        with self._host.correction.watcher.silenced():
            if shown:
                case.segmentation_node.CreateClosedSurfaceRepresentation()
                frameIn3D(case.segmentation_node)
            else:
                case.segmentation_node.RemoveClosedSurfaceRepresentation()
