"""The part of a panel that leads through a folder of images: open, save by itself, next."""

import os
import socket
from pathlib import Path
from typing import TYPE_CHECKING, Any

import qt
import slicer
from slicer.i18n import tr as _

from QuantSegLib.sceneNodes import removeWithParts
from QuantSegLib.worklistTable import WorklistTable

if TYPE_CHECKING:
    from quantseg.review.worklist import Worklist

_SAVE_AFTER_MS, _KEEP_EVERY_MS = 3000, 5 * 60 * 1000


class WorklistSection:
    """Shows the list and keeps one case of it open.

    :param ui: has the widgets whose names begin with worklist, and the buttons beside them.
    :param host: panel with logic, currentCase(), reviewer(), reportEdits(), showCase(volume, segmentation) and
        showError(error).
    """

    def __init__(self, ui, host):
        self._ui, self._host = ui, host
        self._worklist: Worklist | None = None
        self._labelsFolder: Path | None = None
        self._open: str | None = None
        # Of the task's own kinds.
        self._scan: Any = None
        self._case: Any = None
        # Of our case: another image, or none, may be chosen in the panel while it is still to be saved.
        self._shown: Any = None
        self._unsaved = self._savedHash = ""
        self._saveTimer = self._timer(_SAVE_AFTER_MS, self.save, single=True)
        self._keepTimer = self._timer(_KEEP_EVERY_MS, self._keepLock)
        self.table = WorklistTable(ui.worklistTable)
        ui.worklistTable.cellDoubleClicked.connect(self.onCellDoubleClicked)
        for button, handler in (
            (ui.openWorklistButton, self.onOpenFolder),
            (ui.worklistLabelsButton, self.onLabelsFolder),
            (ui.previousCaseButton, self.onPrevious),
            (ui.nextCaseButton, self.onNext),
            (ui.takeOverButton, self.onTakeOver),
            (ui.exportTrainingButton, self.onExportTraining),
            (ui.saveElsewhereButton, self.onSaveElsewhere),
        ):
            button.clicked.connect(handler)

    def onOpenFolder(self):
        """Open a folder of images that the user chooses."""

        def choose():
            self._requireReviewer()
            if folder := self.chooseFolder(_("Folder of images")):
                self.openFolder(Path(folder))

        self._attempt(choose)

    def openFolder(self, folder):
        """Open a folder of images."""
        from quantseg.review.worklist import open_worklist

        reviewer = self._requireReviewer()
        self.leaveCase()
        self._worklist = open_worklist(
            folder, reviewer, f"{socket.gethostname()}-{os.getpid()}", self._host.logic.corrector()
        )
        self._labelsFolder = None
        self.update()

    def _requireReviewer(self):
        reviewer = self._host.reviewer().strip()
        if not reviewer:
            raise RuntimeError(_("Enter your name under Reviewer first; the list keeps who changed what."))
        return reviewer

    def onLabelsFolder(self):
        """Take labels that exist already from a folder that the user chooses."""
        if folder := self.chooseFolder(_("Folder of labels")):
            self._labelsFolder = Path(folder)
            self.update()

    def onPrevious(self):
        """Save the open case and open the one before."""
        self._attempt(lambda: self._step(-1))

    def onNext(self):
        """Save the open case and open the one after."""
        self._attempt(lambda: self._step(1))

    def onCellDoubleClicked(self, row, column=0):
        """Open a case of the table."""
        self._attempt(lambda: self.openCase(self._opened().names[row]))

    def onTakeOver(self):
        """Take over the case of the table's current row."""
        row = self._ui.worklistTable.currentRow()
        if row >= 0:
            self._attempt(lambda: self.openCase(self._opened().names[row], takeOver=True))

    def onExportTraining(self):
        """Write corrected and approved cases as training data."""
        if not (folder := self.chooseFolder(_("Training data into"))):
            return

        def export():
            self._write()
            said = self._host.logic.exportTraining(self._opened(), Path(folder))
            self._ui.worklistLabel.setText(self._withLeftOut(said))

        self._attempt(export)

    def onSaveElsewhere(self):
        """Write the open case, which the list could not take, into a folder that the user chooses."""
        if not (folder := self.chooseFolder(_("Save this case into"))):
            return

        def save():
            result, what, approval = self._toSave()
            written = self._opened().save_elsewhere(result, what, approval, Path(folder))
            self._noteSaved()
            said = _("Saved in {folder}; the list itself has the labels from before. Labels… takes it up from there.")
            self._ui.worklistLabel.setText(said.format(folder=written))

        self._attempt(save)

    @property
    def opened(self):
        """The list whose folder is open; None where none is."""
        return self._worklist

    def namesToSegment(self):
        """Return the names of the cases that nobody has opened here and that have no labels yet."""
        from quantseg.review.worklist import CaseState

        worklist = self._opened()
        return [n for n in worklist.names if n != self._open and worklist.entry(n).state is CaseState.TO_DO]

    def openCase(self, name, takeOver=False):
        """Save and close the open case, and open another one."""
        if name == self._open:
            return
        worklist = self._opened()
        self._host.queue.beforeOpening(worklist, name)
        self._write()
        worklist.open(name, takeOver)
        try:
            corrector = self._host.logic.corrector()
            scan = worklist.read(name)
            self.leaveCase()
            changed, goesOn = worklist.entry(name).is_changed, self._goesOnElsewhere(name)
            case = self._case = corrector.add_to_scene(scan, name, slicer.mrmlScene)
            written = worklist.labels_of(name, scan, self._labelsFolder)
            if written is not None:
                corrector.put(case, scan, written)
                approval = worklist.entry(name).approval
                if approval is not None:
                    case.restore_approval(approval)
        except Exception:
            worklist.close(name)
            if self._open is None:
                self._letGo()
            raise
        self._open, self._scan = name, scan
        self._savedHash = "" if written is None else case.labels_sha256()
        self._keepTimer.start()
        self._host.showCase(case.volume_node, case.segmentation_node)
        if goesOn:
            self._note(_("taken up from where it was saved"))
            self._write()
        self.update()
        if changed and not goesOn:
            self._ui.worklistLabel.setText(
                _("⚠ Files of {name} were changed since they were written or approved; check the labels.").format(
                    name=name
                )
            )

    def leaveCase(self):
        """Save and close the open case, and take it out of the scene; what cannot be saved stays open, and ours.

        :raises Exception: it could not be saved; the message says why and what to do.
        """
        self._write()
        if self._open is not None:
            self._opened().close(self._open)
        self._letGo()

    def abandonCase(self):
        """Leave the open case where nobody can be asked: what the list cannot take is written where there is room."""
        try:
            self.leaveCase()
        except Exception as error:
            # The case stays locked: nobody shall go on from labels that are older than these.
            slicer.util.errorDisplay("\n".join([str(error), *self._rescued()]))
            self._letGo()

    def _letGo(self):
        """Forget the open case, and take it out of the scene."""
        self._saveTimer.stop()
        self._keepTimer.stop()
        self._ui.saveElsewhereButton.setVisible(False)
        case, self._case, self._shown, self._open, self._scan = self._case, None, None, None, None
        self._unsaved = self._savedHash = ""
        if case is not None:
            for node in self._host.logic.corrector().nodes_of(case):
                removeWithParts(node)

    def onSegmented(self, result):
        """Keep a new result at once."""
        self._note(_("segmented by {algorithm}").format(algorithm=result.algorithm))
        self.save()

    def onEdited(self):
        """Keep a correction once the person pauses; a segment that was only renamed or hidden is none."""
        if self._isChanged():
            self._unsaved = _("corrected")
            self._saveTimer.start()

    def onApproved(self):
        """Keep an approval at once."""
        self._note(_("approved"))
        self.save()

    def onTold(self, what):
        """Keep at once what a person has said of the open case beside its labels."""
        self._note(what)
        self.save()

    def save(self):
        """Write what is not written yet, an edit of this very moment included; say so where that fails.

        A case that could not be saved stays open until it is: see :meth:`leaveCase`.
        """
        self._attempt(self._write)

    def _write(self):
        """Write what is not written yet; raises where that fails."""
        self._host.reportEdits()
        self._saveTimer.stop()
        if self._unsaved or self._isChanged():
            try:
                self._opened().save(*self._toSave())
            except Exception:
                self._ui.saveElsewhereButton.setVisible(True)
                raise
            self._noteSaved()
            self.update()

    def _toSave(self):
        """Return what is to be written of the open case: its result, what was done, the approval."""
        case = self._openCase()
        case.note_edits()
        return case.result(self._open, self._scan), self._unsaved or _("corrected"), case.approval

    def _noteSaved(self):
        self._unsaved, self._savedHash = "", self._labelsHash()
        self._ui.saveElsewhereButton.setVisible(False)

    def _rescued(self):
        """Write the open case, if it has labels, wherever there is room; return where, in words."""
        if self._openCase() is None:
            return []
        try:
            return [_("It was written to {folder} instead.").format(folder=self._opened().rescue(*self._toSave()))]
        except Exception as error:
            return [_("It could not be written anywhere else: {error}").format(error=error)]

    def update(self):
        """Show the list as it is on the disk, others' work included."""
        names = self._worklist.names if self._worklist is not None else ()
        self.table.fill(self._worklist, self._open)
        for button in (self._ui.worklistLabelsButton, self._ui.takeOverButton, self._ui.exportTrainingButton):
            button.setEnabled(bool(names))
        self._ui.nextCaseButton.setEnabled(bool(names) and self._open != names[-1])
        self._ui.previousCaseButton.setEnabled(self._open is not None and self._open != names[0])

    def chooseFolder(self, title):
        """Ask for a folder; empty if the user thinks better of it."""
        return qt.QFileDialog.getExistingDirectory(slicer.util.mainWindow(), title)

    def _step(self, step):
        name = self._opened().next_name(self._open, step)
        if name is not None:
            self.openCase(name)

    def _openCase(self):
        """Return the case of the list as it is shown, or as it was shown last; None where none is open."""
        shown = self._host.currentCase()
        if shown is not None and self._case is not None and shown.volume_node is self._case.volume_node:
            self._shown = shown
        return self._shown

    def _isChanged(self):
        return self._openCase() is not None and self._labelsHash() != self._savedHash

    def _labelsHash(self):
        case = self._openCase()
        return "" if case is None else case.labels_sha256()

    def _note(self, what):
        if self._openCase() is not None and self._openCase() is self._host.currentCase():
            self._unsaved = what

    def _goesOnElsewhere(self, name):
        return self._labelsFolder is not None and self._opened().goes_on_elsewhere(name, self._labelsFolder)

    def _withLeftOut(self, said):
        """Add to what was said of an export which cases are not in it for want of labels that anybody stands for."""
        changed = [name for name in self._opened().names if self._opened().entry(name).is_changed]
        left = _("Left out, as files were changed since they were written or approved: {names}")
        return "\n".join([said, *([left.format(names=", ".join(changed))] if changed else [])])

    def _keepLock(self):
        self._attempt(self._keepOpen)

    def _keepOpen(self):
        name = self._open
        if name is not None:
            self._opened().open(name)
            self._write()

    def _opened(self) -> "Worklist":
        """Return the list; the widgets that ask for it are of no use before a folder is opened."""
        if self._worklist is None:
            raise RuntimeError(_("Open a folder first."))
        return self._worklist

    def _attempt(self, action):
        self._ui.worklistLabel.setText("")
        try:
            action()
        except Exception as error:
            self._ui.worklistLabel.setText("⚠ " + str(error))

    def _timer(self, interval, handler, single=False):
        timer = qt.QTimer()
        timer.setInterval(interval)
        timer.setSingleShot(single)
        timer.timeout.connect(handler)
        return timer
