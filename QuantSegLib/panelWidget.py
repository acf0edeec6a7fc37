"""What QuantSeg's panels do alike: run and cancel, show and correct a result, compare, approve, export, worklist."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import qt
import slicer
from slicer.i18n import tr as _
from slicer.ScriptedLoadableModule import ScriptedLoadableModuleWidget

from QuantSegLib.approvalSection import ApprovalSection
from QuantSegLib.archiveSending import dicomSources
from QuantSegLib.chosenImage import ChosenImage
from QuantSegLib.comparisonSection import ComparisonSection
from QuantSegLib.correctionSection import CorrectionSection
from QuantSegLib.deviceChoice import DeviceChoice
from QuantSegLib.dicomExport import SlicerDicomExporter
from QuantSegLib.panelLogic import PanelLogic
from QuantSegLib.panelParts import loadParts, placeAfter, takeAllHeight
from QuantSegLib.panelWords import inPanelWords
from QuantSegLib.queueSection import QueueSection
from QuantSegLib.reloading import forgetPackages
from QuantSegLib.resultView import ResultView
from QuantSegLib.reviewer import Reviewer
from QuantSegLib.runSection import RunSection
from QuantSegLib.scenePanel import ScenePanel
from QuantSegLib.surfaceButton import SurfaceButton
from QuantSegLib.views import jumpToSegments
from QuantSegLib.worklistSection import WorklistSection


class SegmentationPanel(ScenePanel):
    """A panel; a module's own names itself, its logic and its sample, and adds what only its task has."""

    moduleTitle = ""
    """Name of the module, and of the .ui file with the section Input and further parts of its own."""
    logicClass: type[PanelLogic]
    """The module's own."""
    logic: PanelLogic
    ofTheImage: Mapping[str, Any] = MappingProxyType({"laterDate": "", "sameAcquisition": False})
    """Parameters that are of one image alone, and the values by which they are unknown of the next."""

    def sampleVolume(self):
        """Load the sample that a first-time user begins with, and return its volume node."""
        raise NotImplementedError

    def placeOwnParts(self):
        """Put the parts of the module's own .ui file where they belong."""
        placeAfter(self.ui.worklistCollapsibleButton, self.ui.inputCollapsibleButton)

    def makeParts(self):
        """Set ``resultView``, and connect the module's own widgets."""
        self.resultView = ResultView(self.ui, self.moduleTitle)

    def startRun(self, choices):
        """Start the engine with the present choices, and return the run."""
        return self.logic.startRun(choices.inputVolume, **self.logic.chosen(choices))

    def newSegmentation(self, volume):
        """Add a segmentation node for the result on an image, and return it."""
        image = self.logic.corrector().named_node(volume).GetName()
        return self.logic.addSegmentation(volume, f"{image} {self.logic.taskName.replace('-', ' ')}")

    def prepareRun(self, choices):
        """Settle what must be settled before the engine may start; raises what the user shall read."""

    def showFrame(self, number):
        """Show a frame of a cine, counted from 1, where the module has cines."""

    def beforeEdits(self):
        """Make ready for a person's edits; called again and again while an effect is chosen."""

    def bringViews(self, volume, segmentation):
        """Bring the slice views to what was segmented."""
        jumpToSegments(segmentation)

    def mayReceive(self, choices, segmentation):
        """Tell whether the result may go into a segmentation that is there already: no result of another image."""
        from quantseg.review.image_of_result import OtherImage

        try:
            self.logic.case(choices.inputVolume, segmentation)
        except OtherImage:
            return False
        return True

    def setup(self):
        """Build the panel; called when the user first opens the module."""
        ScriptedLoadableModuleWidget.setup(self)
        uiWidget = loadParts(self.resourcePath(f"UI/{self.moduleTitle}.ui"))
        self.layout.addWidget(uiWidget)
        self.ui = slicer.util.childWidgetVariables(uiWidget)
        self.placeOwnParts()
        self.logic = self.logicClass()
        self.run = RunSection(self.ui, self)
        self.runner = self.run.runner
        self.correction = CorrectionSection(self.ui, f"{self.moduleTitle}Editor", self)
        self.surfaces = SurfaceButton(self.ui.show3DButton, self)
        self.comparison = ComparisonSection(self.ui, self)
        self.image = ChosenImage(self)
        self.reviewerName = Reviewer(self.ui.reviewerLineEdit)
        self.makeParts()
        self.approval = ApprovalSection(self.ui, self)
        self.worklist = WorklistSection(self.ui, self)
        self.queue = QueueSection(self.ui, self)
        self.devices = DeviceChoice(self.ui.deviceComboBox, self.onDeviceChosen)

        # The panel's own, so that it ends with it.
        self._heightTimer = qt.QTimer(self.parent)
        self._heightTimer.setSingleShot(True)
        self._heightTimer.timeout.connect(lambda: takeAllHeight(self.parent))

        self.followScene()
        self.ui.sampleButton.clicked.connect(self.onSampleButton)
        self.initializeParameterNode()

    def cleanup(self):
        """Leave nothing running or observed when the module is unloaded."""
        self.runner.cancel()
        self.queue.queue.cancelAll()
        self.worklist.abandonCase()
        self.devices.stop()
        self.approval.sender.stop()
        self.correction.cleanup()
        self.setParameterNode(None)
        self.removeObservers()

    def onReload(self):
        """Read the panel's packages anew too."""
        forgetPackages(f"{self.moduleTitle}Lib", "QuantSegLib", "quantseg")
        ScriptedLoadableModuleWidget.onReload(self)

    def enter(self):
        """Take up work when the user comes to the module."""
        self._heightTimer.start(0)
        self.initializeParameterNode()
        self.correction.enter()
        self.devices.detect()

    def exit(self):
        """Lay work down when the user goes to another module."""
        self.worklist.save()
        self.correction.exit()
        self._disconnectParameterNode()

    def onChoiceChanged(self, caller=None, event=None):
        """Enable what can be done with the present choices, and show the chosen segmentation's result."""
        choices = self._parameterNode
        if slicer.mrmlScene.IsBatchProcessing():
            # A scene that is being loaded is not whole yet.
            return
        if choices is not None:
            self.image.follow(choices)
        self.run.update()
        self.surfaces.update()
        if choices is not None and self._isOtherCase():
            self._showCase()
        self.comparison.update()
        self.approval.update()

    def onImageModified(self):
        """Show nothing of an image that is no longer what was segmented, and show it again once it is."""
        self.run.update()
        if self._parameterNode is not None and self._stampOfImage() != self._shownStamp:
            self._showCase()
            self.comparison.update()
            self.approval.update()

    def _stampOfImage(self):
        volume = self._parameterNode.inputVolume
        return None if volume is None else self.logic.corrector().image_stamp(volume)

    def _isOtherCase(self):
        segmentation, volume = self._parameterNode.outputSegmentation, self._parameterNode.inputVolume
        if segmentation is None or volume is None:
            return self._case is not None
        return self._case is None or (self._case.segmentation_node, self._case.volume_node) != (segmentation, volume)

    def currentCase(self):
        """Return the case that is shown, None where nothing was segmented."""
        return self._case if self._case is not None and self._case.document is not None else None

    def showCase(self, volume, segmentation):
        """Choose an image and its segmentation, as the worklist opens a case."""
        self._case = None
        self.ui.statusLabel.setText("")
        self._parameterNode.inputVolume = volume
        self._parameterNode.outputSegmentation = segmentation
        slicer.util.setSliceViewerLayers(background=volume, fit=True)
        self.bringViews(volume, segmentation)

    def onSampleButton(self):
        """Load the sample that ships with QuantSeg, and choose it."""
        try:
            self._parameterNode.inputVolume = self.sampleVolume()
        except Exception as error:
            self.showError(error)

    def saveForUndo(self, volume, segmentation):
        """Let the result that is written next be one step that can be taken back."""
        self.correction.edit(segmentation, volume)
        self.correction.saveStateForUndo()

    def onRunChanged(self):
        """Follow the beginning and the end of a run."""
        self.onChoiceChanged()

    def onResult(self, volume, segmentation, result, moved=""):
        """Show a new result, unless another image was chosen meanwhile, and keep it in the worklist.

        :param moved: why it is not where it was asked for.
        """
        done = [_("Done on {device}.").format(device=result.facts.get("device", "")), moved]
        if self._parameterNode.inputVolume is volume:
            self._case = None
            self._parameterNode.outputSegmentation = segmentation
            self.bringViews(volume, segmentation)
        else:
            segmentation.SetDisplayVisibility(False)
            named = self.logic.corrector().named_node(volume).GetName()
            done.append(_("It is the result of {image}; choose that image to see it.").format(image=named))
        self.run.end(" ".join(filter(None, done)))
        self.worklist.onSegmented(result)

    def onQueuedResult(self, volume, segmentation):
        """Show a result of the queue if its image is the chosen one and has no other; hide it otherwise."""
        choices = self._parameterNode
        if choices is not None and choices.inputVolume is volume and choices.outputSegmentation is None:
            choices.outputSegmentation = segmentation
        else:
            segmentation.SetDisplayVisibility(False)

    def onListed(self):
        """Show the worklist as it is now."""
        self.worklist.update()

    def showError(self, error):
        """Show an error once, in its own words, as far as these are a panel's."""
        words = inPanelWords(str(error), self.logic.task().options, self._parameterNode)
        self.ui.statusLabel.setText("⚠ " + words)

    def forgetWords(self):
        """Take away how the last run ended, unless one is under way."""
        if not self.runner.isRunning:
            self.ui.statusLabel.setText("")

    def onEdited(self):
        """Follow a person's edit in table, plot, tags, approval and worklist."""
        if self.currentCase() is None:
            return
        try:
            result = self.logic.measure(self._case)
        except Exception as error:
            self._refuse(error)
            return
        self._showResult(result)
        self.worklist.onEdited()

    def reportEdits(self):
        """Follow at once an edit whose pause is not over."""
        self.correction.watcher.flush()

    def _showCase(self):
        """Show the chosen segmentation, whatever it holds."""
        choices = self._parameterNode
        both = choices.inputVolume is not None and choices.outputSegmentation is not None
        self._shownStamp = self._stampOfImage()
        if self._isRefused:
            self.ui.statusLabel.setText("")
        self._isRefused = False
        try:
            self._case = self.logic.case(choices.inputVolume, choices.outputSegmentation) if both else None
            with self.correction.watcher.silenced():
                result = None if self.currentCase() is None else self.logic.measure(self._case)
        except Exception as error:
            self._refuse(error)
            return
        self.correction.edit(choices.outputSegmentation, choices.inputVolume)
        if result is None:
            self._showNothing()
            return
        # So that numbers and editor are in sight; the section says of which image they are.
        self.ui.inputCollapsibleButton.collapsed = True
        with self.correction.watcher.silenced():
            self._showResult(result)

    def _showNothing(self):
        self.comparison.forget()
        self.resultView.clear()
        self.surfaces.update()
        self.correction.setDoubts(())

    def _refuse(self, error):
        """Show nothing of image and segmentation, and let nothing be drawn, but why they make no case."""
        self._case = None
        self._showNothing()
        self.correction.edit(None, None)
        self.showError(error)
        self._isRefused = True
        self.approval.update()

    def _showResult(self, result):
        self.comparison.forget()
        table, chart = self.logic.show(result, self._case.keeper)
        self.resultView.show(result, self.logic.present(result), table, chart)
        self.surfaces.update()
        self.correction.setDoubts(result.doubtful_slices)
        self.approval.update()

    def comparedResults(self):
        """Return the results of the earlier and of this scan, as they are now."""
        choices = self._parameterNode
        earlier = self.logic.case(choices.earlierVolume, choices.earlierSegmentation)
        return self.logic.measure(earlier), self.logic.measure(self.currentCase())

    def onDeviceChosen(self, device):
        """Keep the processor that was chosen."""
        if self._parameterNode is not None:
            self._parameterNode.device = device

    def onApproved(self):
        """Follow an approval."""
        self.approval.update()
        self.worklist.onApproved()

    def exportTo(self, case, folder):
        """Write all files of a case."""
        return self.logic.exportCase(case, folder, SlicerDicomExporter(case.segmentation_node))

    def isFromDicom(self, case):
        """Tell whether an archive knows whose a case is."""
        return bool(dicomSources(self.logic, case))
