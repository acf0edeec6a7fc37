"""The part of a panel that starts the engine, follows it, and takes its result."""

import qt
import slicer
from slicer.i18n import tr as _

from QuantSegLib.installation import ensureDependencies
from QuantSegLib.runner import EngineRunner

_REPLACE, _KEEP_AS_NEW, _CANCEL = "replace", "keep", "cancel"


class RunSection:
    """One run at a time, into a segmentation of which a person's own work is safe.

    :param ui: has applyButton, cancelButton, progressBar and statusLabel.
    :param host: panel with moduleTitle, logic, correction, choices(), prepareRun(choices),
        mayReceive(choices, segmentation), startRun(choices), newSegmentation(volume),
        saveForUndo(volume, segmentation), onRunChanged(), onResult(volume, segmentation, result) and
        showError(error).
    """

    def __init__(self, ui, host):
        self._ui, self._host = ui, host
        self.runner = EngineRunner(self.onStep, self.onFinished)
        self._volume = self.target = None
        ui.applyButton.clicked.connect(self.onApply)
        ui.cancelButton.clicked.connect(self.onCancel)

    def update(self):
        """Enable what can be done with the present choices."""
        choices, running = self._host.choices(), self.runner.isRunning
        ready = choices is not None and choices.inputVolume is not None
        self._ui.applyButton.setEnabled(ready and not running)
        self._ui.applyButton.setToolTip(_("Segment the image.") if ready else _("Choose an image first."))
        self._ui.cancelButton.setEnabled(running)

    def onApply(self, _pressed=False):
        """Start the engine, once all that it needs is there and the user's own work is safe."""
        host, choices = self._host, self._host.choices()
        self.target = choices.outputSegmentation
        try:
            ensureDependencies(host.moduleTitle)
            host.prepareRun(choices)
            if self.target is not None and not host.mayReceive(choices, self.target):
                self.target = None
            if self.target is not None and host.logic.case(choices.inputVolume, self.target).is_edited:
                answer = self.askAboutEdits()
                if answer == _CANCEL:
                    return
                if answer == _KEEP_AS_NEW:
                    self.target = None
            run = host.startRun(choices)
        except Exception as error:
            host.showError(error)
            return
        self._volume = choices.inputVolume
        self._ui.progressBar.setVisible(True)
        self.runner.follow(run)
        host.onRunChanged()

    def askAboutEdits(self):
        """Ask what shall become of segments that a person has changed."""
        box = qt.QMessageBox(slicer.util.mainWindow())
        box.setText(_("You have changed these segments. What shall become of them?"))
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
        segmentation = target or host.newSegmentation(volume)
        try:
            with host.correction.watcher.silenced():
                result = host.logic.takeResult(
                    run, volume, segmentation, lambda: host.saveForUndo(volume, segmentation)
                )
        except Exception as error:
            if target is None:
                host.logic.removeSegmentation(volume, segmentation)
            self.end("")
            host.showError(error)
            return
        host.onResult(volume, segmentation, result)

    def end(self, words):
        """Show that no run is under way.

        :param words: how the last one ended.
        """
        self._volume = None
        self._ui.progressBar.setVisible(False)
        self._ui.statusLabel.setText(words)
        self._host.onRunChanged()
