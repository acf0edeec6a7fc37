"""The button that shows the segments as surfaces."""

import slicer

from QuantSegLib.views import frameIn3D


class SurfaceButton:
    """Makes surfaces, or takes them away.

    :param button: QPushButton that stays pressed.
    :param host: panel with currentCase() and correction.
    """

    def __init__(self, button, host):
        self._button, self._host, self.shown = button, host, False
        button.toggled.connect(self.onToggled)

    def update(self):
        """Let the button say whether there are surfaces, whoever made them: this panel, the editor, a saved scene."""
        case = self._host.currentCase()
        self.shown = case is not None and _hasSurfaces(case)
        self._button.blockSignals(True)
        self._button.setChecked(self.shown)
        self._button.blockSignals(False)
        self._button.setEnabled(case is not None)

    def showAgain(self):
        """Make surfaces of a frame that is shown in place of one that had them; nobody's camera is moved."""
        case = self._host.currentCase()
        if case is not None and not _hasSurfaces(case):
            with self._host.correction.watcher.silenced():
                case.segmentation_node.CreateClosedSurfaceRepresentation()
        self.update()

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
                for node in case.segmentations():
                    node.RemoveClosedSurfaceRepresentation()
        self.shown = shown


def _hasSurfaces(case):
    surfaces = slicer.vtkSegmentationConverter.GetSegmentationClosedSurfaceRepresentationName()
    return case.segmentation_node.GetSegmentation().ContainsRepresentation(surfaces)
