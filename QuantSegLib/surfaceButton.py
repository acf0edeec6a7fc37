"""The button that shows the segments as surfaces, or lets them be shown as soon as there are segments."""

import slicer
from slicer.i18n import tr as _

from QuantSegLib.views import frameIn3D, showA3DView


class SurfaceButton:
    """Makes surfaces, or takes them away.

    :param button: QPushButton that stays pressed.
    :param host: panel with choices(), currentCase() and correction.
    """

    def __init__(self, button, host):
        self._button, self._host, self.shown = button, host, False
        # Asked for, whether or not there is anything to show yet.
        self._wanted = False
        self._node = None
        button.toggled.connect(self.onToggled)

    def update(self):
        """Let the button say whether there are surfaces, whoever made them: this panel, the editor, a saved scene.

        A case that is shown anew gets surfaces where they are asked for.
        """
        case, choices = self._host.currentCase(), self._host.choices()
        node = None if case is None else case.segmentation_node
        if node is not None and node is not self._node and self._wanted:
            self._make(case)
        self._node = node
        self.shown = case is not None and _hasSurfaces(case)
        # Surfaces that vanish, as with a case that is being closed, take nobody's wish back.
        self._wanted |= self.shown
        self._button.blockSignals(True)
        self._button.setChecked(self.shown if case is not None else self._wanted)
        self._button.blockSignals(False)
        self._button.setEnabled(choices is not None and choices.inputVolume is not None)
        self._button.setToolTip(
            _("Show every segment as a surface, as large as the 3D view allows.")
            if case is not None
            else _("Surfaces appear as soon as something is segmented.")
        )

    def showAgain(self):
        """Make surfaces of a frame that is shown in place of one that had them; nobody's camera is moved."""
        case = self._host.currentCase()
        if case is not None and not _hasSurfaces(case):
            with self._host.correction.watcher.silenced():
                case.segmentation_node.CreateClosedSurfaceRepresentation()
        self.update()

    def onToggled(self, shown):
        """Make surfaces, or take them away; remember the wish where there is nothing yet."""
        self._wanted = shown
        case = self._host.currentCase()
        if case is None:
            return
        if shown:
            self._make(case)
        else:
            with self._host.correction.watcher.silenced():
                for node in case.segmentations():
                    node.RemoveClosedSurfaceRepresentation()
        self.shown = shown

    def _make(self, case):
        with self._host.correction.watcher.silenced():
            case.segmentation_node.CreateClosedSurfaceRepresentation()
        showA3DView()
        frameIn3D(case.segmentation_node)


def _hasSurfaces(case):
    surfaces = slicer.vtkSegmentationConverter.GetSegmentationClosedSurfaceRepresentationName()
    return case.segmentation_node.GetSegmentation().ContainsRepresentation(surfaces)
