"""The part of the panel that carries a correction to the neighbouring frames, and takes back what concerned many."""

import qt
from slicer.i18n import tr as _

_REACH = 2


class CopySection:
    """Copies, deformed along with the image, and takes back.

    :param ui: has copyButton, copyReachSpinBox, takeBackButton and copyLabel.
    :param host: panel with currentCase(), shownFrame(), correction, reportEdits(), onFramesChanged() and
        showError(error).
    """

    def __init__(self, ui, host):
        self._ui, self._host = ui, host
        self._backup, self._reach = None, _REACH
        ui.copyReachSpinBox.setValue(_REACH)
        ui.copyReachSpinBox.valueChanged.connect(self.onReachChanged)
        ui.copyButton.clicked.connect(self.onCopy)
        ui.takeBackButton.clicked.connect(self.onTakeBack)

    def update(self):
        """Enable what can be done."""
        case = self._host.currentCase()
        self._ui.copyButton.setEnabled(case is not None and len(case.frames) > 2)
        if self._backup is not None and (case is None or self._backup[0] is not case.keeper):
            self._backup = None
        self._ui.takeBackButton.setEnabled(self._backup is not None)

    def keep(self, case):
        """Keep all frames of a case, before many of them are changed; a case without a result has nothing to keep."""
        from quantseg.tasks.heart.review.copying import FramesBackup

        self._backup = (case.keeper, FramesBackup(case)) if case.document is not None else None

    def onReachChanged(self, reach):
        """Carry corrections so many frames either way."""
        self._reach = reach

    def onCopy(self, _pressed=False):
        """Carry the corrected slices of the frame that is shown to its neighbours."""
        from quantseg.tasks.heart.review.copying import copy_to_neighbours

        self._host.reportEdits()
        case = self._host.currentCase()
        earlier = self._backup
        # Registering every slice of every neighbour takes seconds.
        qt.QApplication.setOverrideCursor(qt.QCursor(qt.Qt.WaitCursor))
        try:
            with self._host.correction.watcher.silenced():
                self.keep(case)
                copied = copy_to_neighbours(case, self._host.shownFrame(), self._reach)
        except Exception as error:
            self._backup = earlier
            self._ui.copyLabel.setText("⚠ " + str(error))
            return
        finally:
            qt.QApplication.restoreOverrideCursor()
        self._host.onFramesChanged()
        frames = ", ".join(str(frame + 1) for frame in copied.frames)
        self._ui.copyLabel.setText(
            _("{slices} slices carried to the frames {frames}; look at them.").format(
                slices=len(copied.slices), frames=frames
            )
        )

    def onTakeBack(self, _pressed=False):
        """Bring back the labels of all frames as they were before the last copying or segmenting."""
        if self._backup is None:
            return
        _keeper, backup = self._backup
        self._backup = None
        with self._host.correction.watcher.silenced():
            backup.restore()
        self._ui.copyLabel.setText(_("All frames are as they were before."))
        self._host.onFramesChanged()
