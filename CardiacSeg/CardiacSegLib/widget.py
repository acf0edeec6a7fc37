"""The heart panel: what is its own beside what all of QuantSeg's panels do."""

from types import MappingProxyType

import qt
import slicer
import vtk
from slicer.i18n import tr as _

from CardiacSegLib.cineWords import speakOfCines
from CardiacSegLib.copySection import CopySection
from CardiacSegLib.cycleSection import CycleSection, effectWords
from CardiacSegLib.heartView import HeartView
from CardiacSegLib.licence import agreeToLicence
from CardiacSegLib.loading import loadHeart
from CardiacSegLib.logic import CardiacSegLogic
from CardiacSegLib.samples import PHANTOM, loadSample
from CardiacSegLib.shortAxisViews import turnToShortAxis
from QuantSegLib.dicomExport import SlicerDicomExporter
from QuantSegLib.panelParts import placeAfter
from QuantSegLib.panelWidget import SegmentationPanel
from QuantSegLib.views import jumpToSegments

_OF_THE_PATIENT = {"heightCm": 0.0, "weightKg": 0.0, "heartRate": 0.0, "endDiastole": 0, "endSystole": 0}


class CardiacSegWidget(SegmentationPanel):
    """Segments cines and single stacks."""

    moduleTitle = "CardiacSeg"
    logicClass = CardiacSegLogic
    ofTheImage = MappingProxyType({**SegmentationPanel.ofTheImage, **_OF_THE_PATIENT})
    logic: CardiacSegLogic

    def placeOwnParts(self):
        """Put bull's-eye, heart cycle and copying between the parts that all panels share."""
        super().placeOwnParts()
        ui = self.ui
        placeAfter(ui.resultPlotPlace, ui.bullsEyeComboBox, ui.bullsEyeLabel)
        placeAfter(ui.resultCollapsibleButton, ui.cycleCollapsibleButton)
        placeAfter(ui.segmentEditorWidget, ui.copyPlace)
        speakOfCines(ui)

    def makeParts(self):
        """Make the parts that show and move."""
        self.resultView = HeartView(self.ui, self.moduleTitle, self.showFrame)
        self.cycle = CycleSection(self.ui, self)
        self.copying = CopySection(self.ui, self)
        self._browser = self._result = None
        self._seek = self._makeSeekWidget()
        self.ui.loadCineButton.clicked.connect(self.onLoadButton)

    def sampleVolume(self):
        """Load the beating phantom that ships with QuantSeg."""
        return loadSample(PHANTOM)

    def onLoadButton(self, _pressed=False):
        """Load a heart from a file that the user chooses."""
        path = self.chooseFile()
        if not path:
            return
        try:
            self._parameterNode.inputVolume = loadHeart(path)
        except Exception as error:
            self.showError(error)

    def chooseFile(self):
        """Ask for an image file; empty if the user thinks better of it."""
        kinds = _("Hearts") + " (*.nii *.nii.gz *.nrrd *.nhdr *.mha *.mhd)"
        chosen = qt.QFileDialog.getOpenFileName(slicer.util.mainWindow(), _("Load a cine or a frame"), "", kinds)
        # Qt for Python gives the chosen kind as well.
        return chosen[0] if isinstance(chosen, tuple) else chosen

    def bringViews(self, volume, segmentation):
        """Show the acquired slices, unless one of the views does so already, and the left ventricle in all views."""
        turnToShortAxis(volume, always=False)
        jumpToSegments(segmentation, rather="lv_cavity")

    def prepareRun(self, choices):
        """Ask once for the licence of a model that forbids commercial use."""
        agreeToLicence(choices.model.value)

    def startRun(self, choices):
        """Start the engine on the chosen frames."""
        patient = {"heightCm": choices.heightCm, "weightKg": choices.weightKg, "heartRate": choices.heartRate}
        return self.logic.startRun(
            choices.inputVolume, choices.runFrames, choices.model, self._phasesByHand(), patient, choices.device
        )

    def mayReceive(self, choices, segmentation):
        """Tell whether a segmentation shows the same frames; a run on fewer shall not take the place of more."""
        from quantseg.errors import QuantSegError
        from quantseg.tasks.heart.reading.cine import CineKind
        from quantseg.tasks.heart.review.run import frames_to_run

        try:
            case = self.logic.case(choices.inputVolume, segmentation)
        except QuantSegError:
            return False
        phases = self._phasesByHand()
        _kind, frames = frames_to_run(case.cine(), CineKind(choices.runFrames.value), case.shown_frame, phases)
        return case.document is None or case.frames == frames

    def saveForUndo(self, volume, segmentation):
        """Keep every frame: the editor's own Undo knows the shown one alone."""
        super().saveForUndo(volume, segmentation)
        self.copying.keep(self.logic.case(volume, segmentation))

    def exportTo(self, case, folder):
        """Write all files of a case, and a DICOM segmentation of each frame where the cine came from DICOM."""
        shown = case.shown_frame
        try:
            return self.logic.exportCase(case, folder, lambda one, frame: FrameDicomExporter(one, frame))
        finally:
            if case.nodes is not None:
                case.nodes.show(shown)

    def showFrame(self, number):
        """Show a frame of the cine, counted from 1."""
        from quantseg.mrml.sequences import cine_nodes

        volume = self._parameterNode.inputVolume
        nodes = None if volume is None else cine_nodes(volume)
        if nodes is not None:
            nodes.show(number - 1)

    def shownFrame(self):
        """Return the frame that is shown, counted from 0."""
        return 0 if self._browser is None else max(self._browser.GetSelectedItemNumber(), 0)

    def marks(self):
        """Return end-diastole and end-systole as marked before there is a result, counted from 0, None where not."""
        choices = self._parameterNode
        if choices is None:
            return None, None
        return tuple(number - 1 if number else None for number in (choices.endDiastole, choices.endSystole))

    def setMarks(self, ed, es):
        """Keep marks until there is a result."""
        self._parameterNode.endDiastole = 0 if ed is None else ed + 1
        self._parameterNode.endSystole = 0 if es is None else es + 1

    def onChosen(self):
        """Follow a decision about phases or slices."""
        case = self.currentCase()
        if case is None:
            self._updateCycle(None)
            return
        with self.correction.watcher.silenced():
            self._showResult(self.logic.measure(case))
        self.worklist.onEdited()

    def onFramesChanged(self):
        """Follow a change of many frames at once, as an edit of one."""
        self.onEdited()
        self.copying.update()

    def onFrameShown(self, caller=None, event=None):
        """Follow the browser to another frame, once Slicer has brought that frame into its nodes."""
        qt.QTimer.singleShot(0, self._followFrame)

    def setParameterNode(self, parameterNode):
        """Bind the panel to choices; None to none."""
        super().setParameterNode(parameterNode)
        for spin in (self.ui.heightSpinBox, self.ui.weightSpinBox, self.ui.heartRateSpinBox):
            # Binding takes the limits away, at the lower one of which "not known" is shown.
            spin.setMinimum(0)

    def onChoiceChanged(self, caller=None, event=None):
        """Follow the browser of the chosen cine, too."""
        self._followBrowser()
        super().onChoiceChanged(caller, event)

    def _followFrame(self):
        if self._browser is None or self._parameterNode is None:
            return
        surfaces = self.surfaces.shown
        self.correction.watcher.flush()
        self.correction.edit(self._parameterNode.outputSegmentation, self._parameterNode.inputVolume)
        self.cycle.updateSlices()
        if surfaces:
            self.surfaces.showAgain()
        case = self.currentCase()
        if case is not None and self._result is not None:
            self.logic.mark(self._result, case.keeper, self.shownFrame())

    def _followBrowser(self):
        from quantseg.mrml.sequences import cine_nodes

        volume = None if self._parameterNode is None else self._parameterNode.inputVolume
        nodes = None if volume is None else cine_nodes(volume)
        browser = None if nodes is None else nodes.browser
        if browser is self._browser:
            return
        if self._browser is not None:
            self.removeObserver(self._browser, vtk.vtkCommand.ModifiedEvent, self.onFrameShown)
        self._browser = browser
        if browser is not None:
            self.addObserver(browser, vtk.vtkCommand.ModifiedEvent, self.onFrameShown)
        self._seek.setMRMLSequenceBrowserNode(browser)
        self.ui.seekPlace.setVisible(browser is not None)
        self._updateCycle(self._result)

    def _showCase(self):
        self._result = None
        super()._showCase()
        if self.currentCase() is None:
            self._updateCycle(None)
        self.copying.update()

    def _showResult(self, result):
        super()._showResult(result)
        self._result = result
        self.logic.mark(result, self._case.keeper, self.shownFrame())
        self._updateCycle(result)

    def _updateCycle(self, result):
        case = self.currentCase()
        count = self._browser.GetNumberOfItems() if self._browser is not None else 0
        words = "" if result is None else effectWords(case, result, result.name)
        self.cycle.update(result, count, words)

    def _phasesByHand(self):
        """Return the phases that a person chose, or those of the result where only two frames are to be run."""
        from CardiacSegLib.parameters import FramesChoice

        case = self.currentCase()
        if case is None:
            return self.marks()
        if self._parameterNode.runFrames is FramesChoice.PHASES and self._result is not None and self._result.phases:
            return tuple(case.frames[self._result.phases[name]] for name in ("ED", "ES"))
        return case.choices.end_diastole, case.choices.end_systole

    def _makeSeekWidget(self):
        # No .ui file of ours can name it: its Designer plugin may be missing.
        widget = slicer.qMRMLSequenceBrowserSeekWidget()
        widget.setMRMLScene(slicer.mrmlScene)
        self.ui.seekPlace.layout().addWidget(widget)
        self.ui.seekPlace.setVisible(False)
        return widget


class FrameDicomExporter:
    """Writes a DICOM SEG of one frame: shows it, and lets Slicer's plugin write what is shown.

    :param case: quantseg.tasks.heart.review.case.HeartCase.
    :param frame: of the cine, counted from 0.
    """

    def __init__(self, case, frame):
        self._case, self._frame = case, frame

    def export(self, result, sourceFiles, path, reviewer):
        """Write a file; see quantseg.dicom.segmentation."""
        if self._case.nodes is not None:
            self._case.nodes.show(self._frame)
        SlicerDicomExporter(self._case.segmentation_node).export(result, sourceFiles, path, reviewer)
