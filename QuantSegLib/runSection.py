"""The part of a panel that starts the engine, follows it, and takes its result."""

from typing import Any

import qt
import slicer
from slicer.i18n import tr as _

from QuantSegLib.installation import ensureDependencies
from QuantSegLib.runner import EngineRunner
from QuantSegLib.sameImage import isPresent, requireSameImage

_REPLACE, _KEEP_AS_NEW, _CANCEL = "replace", "keep", "cancel"


class RunSection:
    """One run at a time, into a segmentation of which a person's own work is safe.

    :param ui: has inputCollapsibleButton, applyButton, cancelButton, progressBar and statusLabel.
    :param host: panel with moduleTitle, logic, correction, choices(), prepareRun(choices),
        mayReceive(choices, segmentation), startRun(choices), newSegmentation(volume),
        saveForUndo(volume, segmentation), onRunChanged(), onResult(volume, segmentation, result, moved) and
        showError(error).
    """

    def __init__(self, ui, host):
        self._ui, self._host = ui, host
        self.runner = EngineRunner(self.onStep, self.onFinished)
        self._volume = self.target = None
        # As they were when the run began: quantseg.review.image_of_result.ImageIdentity, and what _stateOf returns.
        self._image: Any = None
        self._before: Any = None
        ui.applyButton.clicked.connect(self.onApply)
        ui.cancelButton.clicked.connect(self.onCancel)

    def update(self):
        """Enable what can be done with the present choices."""
        choices, running = self._host.choices(), self.runner.isRunning
        ready = choices is not None and choices.inputVolume is not None
        self._ui.applyButton.setEnabled(ready and not running)
        self._ui.applyButton.setToolTip(_("Segment the image.") if ready else _("Choose an image first."))
        self._ui.cancelButton.setEnabled(running)
        self._nameImage(choices.inputVolume if ready else None)

    def _nameImage(self, volume):
        """Name the image over the section Input, which is folded once there is a result."""
        section = self._ui.inputCollapsibleButton
        if volume is None:
            section.setText(_("Input"))
            section.collapsed = False
            return
        section.setText(_("Input: {image}").format(image=self._host.logic.corrector().named_node(volume).GetName()))

    def onApply(self, _pressed=False):
        """Start the engine, once all that it needs is there and the user's own work is safe."""
        host, choices = self._host, self._host.choices()
        self.target = choices.outputSegmentation
        try:
            ensureDependencies(host.moduleTitle)
            host.prepareRun(choices)
            if self.target is not None and not host.mayReceive(choices, self.target):
                self.target = None
            question = "" if self.target is None else self._question(host.logic.case(choices.inputVolume, self.target))
            answer = self.askBeforeReplacing(question) if question else _REPLACE
            if answer == _CANCEL:
                return
            if answer == _KEEP_AS_NEW:
                self.target = None
            self._ui.statusLabel.setText(_("Reading the image …"))
            # At once: nothing is drawn while the image is read.
            self._ui.statusLabel.repaint()
            self._before = self._stateOf(choices.inputVolume, self.target)
            run = host.startRun(choices)
        except Exception as error:
            host.showError(error)
            return
        # Only now, so that a refusal waits for no hash; nothing can have changed the image in between.
        self._image = host.logic.imageIdentity(choices.inputVolume)
        self._volume = choices.inputVolume
        self._ui.progressBar.setVisible(True)
        self.runner.follow(run)
        host.onRunChanged()

    def askBeforeReplacing(self, question):
        """Ask what shall become of segments that a person has changed or approved."""
        box = qt.QMessageBox(slicer.util.mainWindow())
        box.setText(question)
        box.setStandardButtons(qt.QMessageBox.Yes | qt.QMessageBox.No | qt.QMessageBox.Cancel)
        box.button(qt.QMessageBox.Yes).setText(_("Replace them"))
        box.button(qt.QMessageBox.No).setText(_("Keep them, write a new segmentation"))
        box.setDefaultButton(qt.QMessageBox.No)
        return {qt.QMessageBox.Yes: _REPLACE, qt.QMessageBox.No: _KEEP_AS_NEW}.get(box.exec_(), _CANCEL)

    def onCancel(self, _pressed=False):
        """End the run; the scene was not touched yet."""
        if not self.runner.isRunning:
            return
        self.runner.cancel()
        self.end(_("Cancelled; nothing was changed."))

    def onStep(self, step, progress):
        """Show how far the engine is."""
        self._ui.progressBar.setValue(int(100 * progress))
        self._ui.statusLabel.setText(step + " …")

    def onFinished(self, run):
        """Put the result into the scene, as one step that the editor's Undo takes back."""
        host, volume, target = self._host, self._volume, self.target
        segmentation, moved = None, ""
        try:
            requireSameImage(host.logic, volume, self._image)
            if target is not None:
                moved = self._movedBecause(volume, target)
                target = None if moved else target
            segmentation = target or host.newSegmentation(volume)
            with host.correction.watcher.silenced():
                result = host.logic.takeResult(
                    run, volume, segmentation, lambda: host.saveForUndo(volume, segmentation)
                )
        except Exception as error:
            run.close()
            if target is None and segmentation is not None:
                host.logic.removeSegmentation(volume, segmentation)
            self.end("")
            host.showError(error)
            return
        host.onResult(volume, segmentation, result, moved)

    def _question(self, case):
        """Return what to ask before a new result takes the place of what is there; empty where nobody worked on it."""
        if case.document is None:
            return ""
        case.note_edits()
        if case.approval is not None:
            approved = _("These segments were approved by {name}. What shall become of them?")
            return approved.format(name=case.approval.reviewer)
        return _("You have changed these segments. What shall become of them?") if case.is_edited else ""

    def _movedBecause(self, volume, target):
        """Return why a result cannot go where it was asked for; empty where it can."""
        from quantseg.review.image_of_result import OtherImage

        try:
            state = self._stateOf(volume, target) if isPresent(target) else None
        except OtherImage:
            target = None
        if target is None or not isPresent(target):
            return _("The chosen segmentation is no longer in the scene: the result is in a new one.")
        if state != self._before:
            return _("The chosen segmentation was changed or approved meanwhile: the result is in a new one.")
        return ""

    def _stateOf(self, volume, target):
        """Return what changes whenever a person changes or approves a result; None where there is none."""
        case = None if target is None else self._host.logic.case(volume, target)
        return None if case is None or case.document is None else (case.labels_sha256(), case.approval)

    def end(self, words):
        """Show that no run is under way.

        :param words: how the last one ended.
        """
        self._volume = None
        self._ui.progressBar.setVisible(False)
        self._ui.statusLabel.setText(words)
        self._host.onRunChanged()
