"""The part of a panel where a person corrects labels: Slicer's Segment Editor, doubtful slices, smart correction."""

import slicer
import vtk
from slicer.util import VTKObservationMixin

from QuantSegLib import shortcuts
from QuantSegLib.doubtsSection import DoubtsSection
from QuantSegLib.segmentationWatcher import SegmentationWatcher
from QuantSegLib.singletons import singletonNode
from QuantSegLib.smartSection import SmartSection


class CorrectionSection(VTKObservationMixin):
    """Embeds the editor, reports edits, and listens to the keys while the user is in the module.

    :param ui: has the widgets of the section Correct.
    :param tag: makes the editor's settings the module's own, such as "HippoSegEditor".
    :param host: panel with logic, currentCase(), showFrame(number), beforeEdits(), which is called while an effect of
        the editor or smart correction is chosen, and onEdited(), which is called when a person's edit has settled.
    """

    def __init__(self, ui, tag, host):
        VTKObservationMixin.__init__(self)
        self._ui, self._tag, self._host = ui, tag, host
        self.watcher = SegmentationWatcher(host.onEdited)
        self.doubts = DoubtsSection(ui, host)
        self.smart = SmartSection(ui, host, tag, self.onProposed)
        self.keys = shortcuts.Shortcuts(
            {
                shortcuts.NEXT: self.doubts.onNext,
                shortcuts.PREVIOUS: self.doubts.onPrevious,
                shortcuts.WHOLE: self.doubts.onWholeView,
                shortcuts.MARK: self.doubts.onMark,
                shortcuts.SMART: self.smart.toggle,
            },
            ui.correctCollapsibleButton,
        )
        self.keysOfProposal = shortcuts.Shortcuts(
            {shortcuts.ACCEPT: self.smart.onAccept, shortcuts.DROP: self.smart.onDrop}, ui.correctCollapsibleButton
        )
        ui.smartButton.toggled.connect(self.onSmartToggled)
        ui.spareOthersCheckBox.toggled.connect(self.onSpareOthers)

    def enter(self):
        """Make the editor ready, as the user comes to the panel."""
        self._selectEditorNode()
        self._ui.segmentEditorWidget.setupViewObservations()
        self._ui.segmentEditorWidget.installKeyboardShortcuts()
        self._ui.segmentEditorWidget.updateWidgetFromMRML()
        self.keys.install()

    def exit(self):
        """Take our and the editor's hands off the views and the keys, as the user leaves the panel."""
        self.keys.uninstall()
        self.smart.stop()
        self.doubts.leave()
        self._ui.segmentEditorWidget.setActiveEffect(None)
        self._ui.segmentEditorWidget.uninstallKeyboardShortcuts()
        self._ui.segmentEditorWidget.removeViewObservations()

    def leaveScene(self):
        """Let go of a scene that is about to be closed: a brush that still follows its views takes Slicer down."""
        self.smart.stop()
        self.doubts.leave()
        self._ui.segmentEditorWidget.setActiveEffect(None)
        self.edit(None, None)
        self._ui.segmentEditorWidget.removeViewObservations()

    def enterScene(self):
        """Work in the views of the scene that there is now."""
        self._selectEditorNode()
        self._ui.segmentEditorWidget.setupViewObservations()

    def cleanup(self):
        """Leave nothing observed when the module is unloaded."""
        self.keys.uninstall()
        self.smart.stop()
        self.doubts.leave()
        self.watcher.watch(None)
        self.removeObservers()

    def edit(self, segmentation, volume):
        """Let the editor and the watcher work on a segmentation; None on none."""
        self._selectEditorNode()
        self._ui.segmentEditorWidget.setSegmentationNode(segmentation)
        if segmentation is not None:
            from quantseg.mrml.editor_masks import begin_with_brush

            self._ui.segmentEditorWidget.setSourceVolumeNode(volume)
            begin_with_brush(self._editor(), self._host.logic.corrector().brush_mm)
        self.smart.update()
        self.watcher.watch(segmentation)

    def saveStateForUndo(self):
        """Let what is written next be one step of the editor's own Undo; a logic of ours would have its own history."""
        self._ui.segmentEditorWidget.saveStateForUndo()

    def setDoubts(self, doubts):
        """Offer doubtful slices; see :meth:`DoubtsSection.show`."""
        self.doubts.show(doubts)
        self.smart.update()

    def onProposed(self, isProposed):
        """Give Return and Escape to the proposal while there is one; the editor takes Escape otherwise."""
        if isProposed:
            # Two outlines of one colour would tell nobody which of them is accepted.
            self.doubts.leave()
            self._ui.segmentEditorWidget.uninstallKeyboardShortcuts()
            self.keysOfProposal.install()
        else:
            self.keysOfProposal.uninstall()
            self._ui.segmentEditorWidget.installKeyboardShortcuts()

    def onSmartToggled(self, isOn):
        """Let the panel make ready for clicks that change labels."""
        if isOn:
            self._host.beforeEdits()

    def onSpareOthers(self, isSpared):
        """Keep strokes off all other segments, by the editor's own masking."""
        segmentations = slicer.vtkMRMLSegmentationNode
        mode = segmentations.EditAllowedOutsideAllSegments if isSpared else segmentations.EditAllowedEverywhere
        self._editor().SetMaskMode(mode)

    def onEditorModified(self, caller=None, event=None):
        """Follow what the user sets in the editor itself."""
        self.smart.onEffectChosen()
        if self._editor().GetActiveEffectName():
            self._host.beforeEdits()
        isSpared = self._editor().GetMaskMode() == slicer.vtkMRMLSegmentationNode.EditAllowedOutsideAllSegments
        box = self._ui.spareOthersCheckBox
        box.blockSignals(True)
        box.setChecked(isSpared)
        box.blockSignals(False)

    def _selectEditorNode(self):
        node = self._editor()
        self._ui.segmentEditorWidget.setMRMLSegmentEditorNode(node)
        if not self.hasObserver(node, vtk.vtkCommand.ModifiedEvent, self.onEditorModified):
            self.removeObservers(self.onEditorModified)
            self.addObserver(node, vtk.vtkCommand.ModifiedEvent, self.onEditorModified)

    def _editor(self):
        return singletonNode("vtkMRMLSegmentEditorNode", self._tag)
