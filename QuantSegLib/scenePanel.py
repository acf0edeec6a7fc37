"""A panel whose choices live in Slicer's scene: bound to it, and let go before it is closed."""

from typing import Any

import slicer
import vtk
from slicer.ScriptedLoadableModule import ScriptedLoadableModuleWidget
from slicer.util import VTKObservationMixin


class ScenePanel(ScriptedLoadableModuleWidget, VTKObservationMixin):
    """What a panel does as scenes come and go; its parts are made by the class that is derived from it."""

    logic: Any
    ui: Any
    run: Any
    worklist: Any
    queue: Any
    correction: Any
    image: Any
    reviewerName: Any
    devices: Any
    comparison: Any

    def __init__(self, parent=None):
        ScriptedLoadableModuleWidget.__init__(self, parent)
        VTKObservationMixin.__init__(self)
        # Wrapped by Slicer; None where there is no scene to choose in.
        self._parameterNode: Any = None
        self._parameterNodeGuiTag = None
        # Of the task's own kind; None where none is chosen.
        self._case: Any = None
        self._isRefused = False
        # Of the chosen image as it was when it was shown last.
        self._shownStamp: Any = None

    def _showCase(self):
        """Show the chosen segmentation, whatever it holds."""
        raise NotImplementedError

    def onChoiceChanged(self, caller=None, event=None):
        """Follow a change of the choices."""
        raise NotImplementedError

    def followScene(self):
        """Hear when a scene is closed or loaded."""
        self.addObserver(slicer.mrmlScene, slicer.mrmlScene.StartCloseEvent, self.onSceneStartClose)
        # After a scene was closed or loaded; behind the editor, which looks for its nodes at the same moment.
        self.addObserver(slicer.mrmlScene, slicer.mrmlScene.EndBatchProcessEvent, self.onSceneReady, priority=-1.0)

    def onSceneStartClose(self, caller=None, event=None):
        """Let go of what is about to vanish."""
        self.run.onCancel()
        self.queue.queue.cancelAll()
        self.ui.statusLabel.setText("")
        self.worklist.abandonCase()
        self.correction.leaveScene()
        self.setParameterNode(None)

    def onSceneReady(self, caller=None, event=None):
        """Start with what the scene has now, if the user is here."""
        if self.parent.isEntered:
            self.correction.enterScene()
            self.initializeParameterNode()

    def initializeParameterNode(self):
        """Observe the scene's choices, and take the first image if none is chosen."""
        self.setParameterNode(self.logic.getParameterNode())
        if not self._parameterNode.inputVolume:
            first = slicer.mrmlScene.GetFirstNodeByClass("vtkMRMLScalarVolumeNode")
            if first:
                self._parameterNode.inputVolume = first

    def setParameterNode(self, parameterNode):
        """Bind the panel to choices; None to none."""
        self._disconnectParameterNode()
        self._parameterNode = parameterNode
        self._case = None
        self.image.begin(parameterNode)
        if parameterNode is None:
            return
        self.reviewerName.begin(parameterNode)
        self._parameterNodeGuiTag = parameterNode.connectGui(self.ui)
        self.addObserver(parameterNode, vtk.vtkCommand.ModifiedEvent, self.onChoiceChanged)
        self.devices.choose(parameterNode.device)
        self.comparison.choose(parameterNode)
        self._showCase()
        self.onChoiceChanged()

    def _disconnectParameterNode(self):
        if self._parameterNode is not None and self._parameterNodeGuiTag is not None:
            self._parameterNode.disconnectGui(self._parameterNodeGuiTag)
            self.removeObserver(self._parameterNode, vtk.vtkCommand.ModifiedEvent, self.onChoiceChanged)
            self._parameterNodeGuiTag = None

    def choices(self):
        """Return what the user has chosen; None where there is no scene to choose in."""
        return self._parameterNode

    def reviewer(self):
        """Return the name that was entered."""
        return self._parameterNode.reviewer if self._parameterNode is not None else ""
