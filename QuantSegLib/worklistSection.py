"""The part of a panel that leads through a folder of images: open, save by itself, next."""

import os
import socket
from pathlib import Path
from typing import TYPE_CHECKING, Any

import qt
import slicer
from slicer.i18n import tr as _

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
        self._unsaved = self._savedHash = ""
        self._saveTimer = self._timer(_SAVE_AFTER_MS, self.save, single=True)
        self._keepTimer = self._timer(_KEEP_EVERY_MS, self._keepLock)
        columns = [_("Case"), _("Status"), _("Verdict"), _("Result"), _("Last change")]
        ui.worklistTable.setColumnCount(len(columns))
        ui.worklistTable.setHorizontalHeaderLabels(columns)
        ui.worklistTable.verticalHeader().setVisible(False)
        ui.worklistTable.cellDoubleClicked.connect(self.onCellDoubleClicked)
        for button, handler in (
            (ui.openWorklistButton, self.onOpenFolder),
            (ui.worklistLabelsButton, self.onLabelsFolder),
            (ui.previousCaseButton, self.onPrevious),
            (ui.nextCaseButton, self.onNext),
            (ui.takeOverButton, self.onTakeOver),
            (ui.exportTrainingButton, self.onExportTraining),
        ):
            button.clicked.connect(handler)

    def onOpenFolder(self):
        """Open a folder of images that the user chooses."""
        folder = self.chooseFolder(_("Folder of images"))
        if folder:
            self._attempt(lambda: self.openFolder(Path(folder)))

    def openFolder(self, folder):
        """Open a folder of images."""
        from quantseg.review.worklist import open_worklist

        reviewer = self._host.reviewer().strip()
        if not reviewer:
            raise RuntimeError(_("Enter your name under Reviewer first; the list keeps who changed what."))
        self.leaveCase()
        self._worklist = open_worklist(
            folder, reviewer, f"{socket.gethostname()}-{os.getpid()}", self._host.logic.corrector()
        )
        self._labelsFolder = None
        self.update()

    def onLabelsFolder(self):
        """Take labels that exist already from a folder that the user chooses."""
        folder = self.chooseFolder(_("Folder of labels"))
        if folder:
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
        folder = self.chooseFolder(_("Training data into"))
        if not folder:
            return
        self.save()

        def export():
            self._ui.worklistLabel.setText(self._host.logic.exportTraining(self._opened(), Path(folder)))

        self._attempt(export)

    def openCase(self, name, takeOver=False):
        """Save and close the open case, and open another one."""
        if name == self._open:
            return
        worklist = self._opened()
        worklist.open(name, takeOver)
        try:
            corrector = self._host.logic.corrector()
            scan = worklist.read(name)
            self.leaveCase()
            case = self._case = corrector.add_to_scene(scan, name, slicer.mrmlScene)
            written = worklist.labels_of(name, scan, self._labelsFolder)
            if written is not None:
                corrector.put(case, scan, written)
                approval = worklist.entry(name).approval
                if approval is not None:
                    case.restore_approval(approval)
        except Exception:
            worklist.close(name)
            raise
        self._open, self._scan = name, scan
        self._savedHash = "" if written is None else case.labels_sha256()
        self._keepTimer.start()
        self._host.showCase(case.volume_node, case.segmentation_node)
        self.update()

    def leaveCase(self):
        """Save and close the open case, and take it out of the scene."""
        self.save()
        self._keepTimer.stop()
        if self._open is not None:
            self._opened().close(self._open)
        case, self._case, self._open, self._scan = self._case, None, None, None
        if case is not None:
            for node in self._host.logic.corrector().nodes_of(case):
                self._remove(node)

    def onSegmented(self, result):
        """Keep a new result at once."""
        self._note(_("segmented by {algorithm}").format(algorithm=result.algorithm))
        self.save()

    def onEdited(self):
        """Keep a correction once the person pauses; a segment that was only renamed or hidden is none."""
        if self._open is not None and self._labelsHash() != self._savedHash:
            self._note(_("corrected"))
            self._saveTimer.start()

    def onApproved(self):
        """Keep an approval at once."""
        self._note(_("approved"))
        self.save()

    def save(self):
        """Write what is not written yet, an edit of this very moment included."""
        self._host.reportEdits()
        self._saveTimer.stop()
        case = self._host.currentCase()
        if not self._unsaved or self._open is None or case is None or case.volume_node is not self._case.volume_node:
            return

        def write():
            case.note_edits()
            self._opened().save(case.result(self._open, self._scan), self._unsaved, case.approval)
            self._unsaved, self._savedHash = "", self._labelsHash()
            self.update()

        self._attempt(write)

    def update(self):
        """Show the list as it is on the disk, others' work included."""
        names = self._worklist.names if self._worklist is not None else ()
        table = self._ui.worklistTable
        table.setRowCount(len(names))
        for row, name in enumerate(names):
            entry = self._opened().entry(name)
            last = entry.history[-1] if entry.history else None
            changed = f"{last.who}, {last.when[:16].replace('T', ' ')}" if last else ""
            shown = f"▶ {name}" if name == self._open else name
            holder = self._opened().holder(name)
            if holder and name != self._open:
                shown += _(" (open: {who})").format(who=holder)
            for column, text in enumerate((shown, entry.state.value, entry.verdict, entry.headline, changed)):
                table.setItem(row, column, qt.QTableWidgetItem(text))
        if self._open is not None:
            table.setCurrentCell(names.index(self._open), 0)
        table.resizeColumnsToContents()
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

    def _labelsHash(self):
        case = self._host.currentCase()
        return "" if case is None else case.labels_sha256()

    def _note(self, what):
        if self._open is not None:
            self._unsaved = what

    def _keepLock(self):
        name = self._open
        if name is not None:
            self._attempt(lambda: self._opened().open(name))

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

    def _remove(self, node):
        """Remove a node with what was made for it: table, chart, its series and their numbers."""
        scene = slicer.mrmlScene
        roles: list[str] = []
        node.GetNodeReferenceRoles(roles)
        own = [node.GetNodeReference(role) for role in roles if role.startswith("QuantSeg.")]
        if node.IsA("vtkMRMLPlotChartNode"):
            while node.GetNumberOfPlotSeriesNodes():
                scene.RemoveNode(node.GetNthPlotSeriesNode(0))
        for one in own:
            if one is not None:
                self._remove(one)
        if scene.IsNodePresent(node):
            scene.RemoveNode(node)

    def _timer(self, interval, handler, single=False):
        timer = qt.QTimer()
        timer.setInterval(interval)
        timer.setSingleShot(single)
        timer.timeout.connect(handler)
        return timer
