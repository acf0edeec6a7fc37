"""The part of a panel where one click on a wrong place proposes a better border nearby."""

import time
from typing import TYPE_CHECKING, Any

import slicer
from slicer.i18n import tr as _

from QuantSegLib.singletons import singletonNode
from QuantSegLib.sliceClicks import SliceClicks

if TYPE_CHECKING:
    from quantseg.review.smart_correction import SmartCorrection, Suggestion


class SmartSection:
    """Takes clicks, shows what they propose, and writes what is accepted.

    :param ui: has smartButton, smartAcceptButton, smartDropButton, smartLabel and segmentEditorWidget.
    :param host: panel with logic and currentCase().
    :param tag: of the editor's settings.
    :param onProposed: called with whether there is a proposal, as one comes and goes.
    """

    def __init__(self, ui, host, tag, onProposed):
        self._ui, self._host, self._tag, self._onProposed = ui, host, tag, onProposed
        self._clicks = SliceClicks(self.onClicked)
        self._smart: SmartCorrection | None = None
        self._suggestion: Suggestion | None = None
        self._ofCase: Any = None
        self._isOn = False
        self._preview: Any = None
        ui.smartButton.toggled.connect(self.onToggled)
        ui.smartAcceptButton.clicked.connect(self.onAccept)
        ui.smartDropButton.clicked.connect(self.onDrop)

    def update(self):
        """Offer clicks where there is a result; what was proposed before, of another result or frame, is forgotten."""
        case = self._host.currentCase()
        self._forget()
        if case is not self._ofCase:
            self._ofCase, self._smart = case, None
            self._say("")
        self._ui.smartButton.setEnabled(case is not None)
        if case is None:
            self.stop()

    def toggle(self):
        """Begin or end, as the button does."""
        if self._ofCase is not None:
            self._ui.smartButton.click()

    def stop(self):
        """Take no more clicks, and leave what is proposed."""
        self._isOn = False
        self._forget()
        self._clicks.stop()
        button = self._ui.smartButton
        button.blockSignals(True)
        button.setChecked(False)
        button.blockSignals(False)

    def onToggled(self, isOn):
        """Begin to take clicks, or end."""
        if not isOn:
            self.stop()
            self._say("")
            return
        self._isOn = True
        # A tool of the editor would draw where we are clicked.
        self._ui.segmentEditorWidget.setActiveEffect(None)
        self._clicks.start()
        self._say(
            _(
                "Click on a wrong place in a slice: outside the selected segment it shall belong to it, inside it to "
                "what lies nearest."
            )
        )

    def onEffectChosen(self):
        """End once the user takes up a tool of the editor."""
        if self._isOn and self._editor().GetActiveEffectName():
            self.stop()
            self._say("")

    def onClicked(self, ras):
        """Propose a border near a click, in place of what was proposed before."""
        self._forget()
        began = time.perf_counter()
        try:
            suggestion = self._correction().suggest(ras, self._editor().GetSelectedSegmentID() or "")
        except Exception as error:
            self._say("⚠ " + str(error))
            return
        from quantseg.mrml.marked_voxels import mark_voxels

        self._suggestion = suggestion
        self._preview = mark_voxels(suggestion.mask, _("Proposed border"), slicer.mrmlScene)
        self._enable(True)
        self._say(
            _(
                "{volume} mm³ to the {segment}, proposed in {seconds} s. Return accepts, Escape leaves it as it was; a "
                "click proposes anew."
            ).format(
                volume=f"{suggestion.volume_mm3:.0f}",
                segment=_inSentence(suggestion.name),
                seconds=f"{time.perf_counter() - began:.1f}",
            )
        )

    def onAccept(self, _pressed=False):
        """Write what is proposed, as one step of the editor's own Undo."""
        suggestion = self._suggestion
        if suggestion is None:
            return
        self._forget()
        try:
            self._ui.segmentEditorWidget.saveStateForUndo()
            self._correction().accept(suggestion)
        except Exception as error:
            self._say("⚠ " + str(error))
            return
        self._say(_("Accepted; the editor's Undo takes it back. Click on the next wrong place."))

    def onDrop(self, _pressed=False):
        """Leave the border as it is; without a proposal, end."""
        if self._suggestion is None:
            self.stop()
            self._say("")
            return
        self._forget()
        self._say(_("Left as it was. Click on another wrong place."))

    def _say(self, words):
        """Show words, or take no room."""
        self._ui.smartLabel.setText(words)
        self._ui.smartLabel.setVisible(bool(words))

    def _forget(self):
        """Take the proposal out of sight."""
        if self._suggestion is None:
            return
        self._suggestion = None
        if self._preview is not None:
            from quantseg.mrml.marked_voxels import remove_marks

            remove_marks(self._preview)
        self._preview = None
        self._enable(False)

    def _enable(self, isProposed):
        self._onProposed(isProposed)
        for button in (self._ui.smartAcceptButton, self._ui.smartDropButton):
            button.setEnabled(isProposed)

    def _correction(self) -> "SmartCorrection":
        from quantseg.review.smart_correction import SmartCorrection

        if self._smart is None:
            brush_mm = self._host.logic.corrector().brush_mm
            self._smart = SmartCorrection(self._host.currentCase(), self._editor(), brush_mm)
        return self._smart

    def _editor(self):
        return singletonNode("vtkMRMLSegmentEditorNode", self._tag)


def _inSentence(name):
    return name[:1].lower() + name[1:]
