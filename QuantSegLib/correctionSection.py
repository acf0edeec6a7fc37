"""The part of a panel where a person corrects labels: Slicer's Segment Editor, and the way through doubtful slices."""

from typing import TYPE_CHECKING

import slicer
from slicer.i18n import tr as _

from QuantSegLib.segmentationWatcher import SegmentationWatcher
from QuantSegLib.singletons import singletonNode

if TYPE_CHECKING:
    from quantseg.measure.doubt import DoubtfulSlice


class CorrectionSection:
    """Embeds the editor and reports edits.

    :param ui: has segmentEditorWidget, nextDoubtButton, previousDoubtButton and doubtLabel.
    :param tag: makes the editor's settings the module's own, such as "HippoSegEditor".
    :param onEdited: called without arguments when a person's edit has settled.
    :param showFrame: called with the number of a doubtful slice's frame, where there are frames.
    """

    def __init__(self, ui, tag, onEdited, showFrame=None):
        self._ui, self._tag, self._showFrame = ui, tag, showFrame
        self.watcher = SegmentationWatcher(onEdited)
        self._doubts: tuple[DoubtfulSlice, ...] = ()
        self._shown = -1
        ui.nextDoubtButton.clicked.connect(self.onNextDoubt)
        ui.previousDoubtButton.clicked.connect(self.onPreviousDoubt)

    def enter(self):
        """Make the editor ready, as the user comes to the panel."""
        self._selectEditorNode()
        self._ui.segmentEditorWidget.setupViewObservations()
        self._ui.segmentEditorWidget.installKeyboardShortcuts()
        self._ui.segmentEditorWidget.updateWidgetFromMRML()

    def exit(self):
        """Take the editor's hands off the views, as the user leaves the panel."""
        self._ui.segmentEditorWidget.setActiveEffect(None)
        self._ui.segmentEditorWidget.uninstallKeyboardShortcuts()
        self._ui.segmentEditorWidget.removeViewObservations()

    def edit(self, segmentation, volume):
        """Let the editor and the watcher work on a segmentation; None on none."""
        self._selectEditorNode()
        self._ui.segmentEditorWidget.setSegmentationNode(segmentation)
        if segmentation is not None:
            self._ui.segmentEditorWidget.setSourceVolumeNode(volume)
        self.watcher.watch(segmentation)

    def saveStateForUndo(self):
        """Let what is written next be one step of the editor's own Undo; a logic of ours would have its own history."""
        self._ui.segmentEditorWidget.saveStateForUndo()

    def setDoubts(self, doubts):
        """Offer doubtful slices.

        :param doubts: of quantseg.measure.doubt.DoubtfulSlice, the worst first.
        """
        if doubts != self._doubts:
            self._doubts, self._shown = doubts, -1
        self._update()

    def onNextDoubt(self):
        """Show the next doubtful slice."""
        self._show(self._shown + 1)

    def onPreviousDoubt(self):
        """Show the doubtful slice before."""
        self._show(self._shown - 1)

    def _show(self, index):
        if not 0 <= index < len(self._doubts):
            return
        self._shown = index
        if self._doubts[index].frame_number is not None and self._showFrame is not None:
            self._showFrame(self._doubts[index].frame_number)
        x, y, z = self._doubts[index].centre_ras_mm
        sliceNode = slicer.vtkMRMLSliceNode
        sliceNode.JumpAllSlices(slicer.mrmlScene, x, y, z, sliceNode.CenteredJumpSlice)
        self._update()

    def _update(self):
        count = len(self._doubts)
        self._ui.nextDoubtButton.setEnabled(self._shown + 1 < count)
        self._ui.previousDoubtButton.setEnabled(self._shown > 0)
        if not count:
            self._ui.doubtLabel.setText(_("No slices are known in which the networks disagree."))
        elif self._shown < 0:
            self._ui.doubtLabel.setText(_("{count} slices in which the networks disagree.").format(count=count))
        else:
            doubt = self._doubts[self._shown]
            region = doubt.region if doubt.frame_number is None else _("frame {n}").format(n=doubt.frame_number)
            self._ui.doubtLabel.setText(
                _("Slice {number} of {count}: {region}, the networks disagree about {volume} mm³.").format(
                    number=self._shown + 1, count=count, region=region, volume=f"{doubt.disagreement_mm3:.1f}"
                )
            )

    def _selectEditorNode(self):
        self._ui.segmentEditorWidget.setMRMLSegmentEditorNode(singletonNode("vtkMRMLSegmentEditorNode", self._tag))
