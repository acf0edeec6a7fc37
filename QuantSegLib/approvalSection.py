"""The part of a panel where a person stands for labels, and takes them out."""

from pathlib import Path
from typing import Any

import qt
import slicer
from slicer.i18n import tr as _

from QuantSegLib.archiveSending import ArchiveSender


class ApprovalSection:
    """Approve, export, and send to the archive that an image came from.

    :param ui: has approveButton, exportButton, sendButton, approvalLabel, exportLabel and openReportButton.
    :param host: panel with logic, currentCase(), reviewer(), exportTo(case, folder), isFromDicom(case), onApproved()
        and showError(error).
    """

    def __init__(self, ui, host):
        self._ui, self._host = ui, host
        # Of the last export: where it lies, and of what it was.
        self._written: Path | None = None
        self._exported: tuple[Any, ...] = ()
        # What is on its way to the archive, or arrived there last.
        self._sent: tuple[Any, ...] = ()
        self.sender = ArchiveSender(self.onSent)
        ui.approveButton.clicked.connect(self.onApprove)
        ui.exportButton.clicked.connect(self.onExport)
        ui.sendButton.clicked.connect(self.onSend)
        ui.openReportButton.clicked.connect(self.onOpenReport)

    def update(self):
        """Show what is known of the current case."""
        case = self._host.currentCase()
        present = case is not None and case.document is not None
        self._ui.exportButton.setEnabled(present)
        # Asked last, since it looks up every image of the case.
        sendable = present and case.approval is not None and self._host.isFromDicom(case)
        self._ui.sendButton.setVisible(sendable)
        self._ui.sendButton.setEnabled(sendable and not self.sender.isSending)
        self._ui.approveButton.setEnabled(present and bool(self._host.reviewer().strip()))
        self._ui.approveButton.setToolTip(
            _("Stand for the labels as they are now; any later change revokes it.")
            if self._host.reviewer().strip()
            else _("Enter your name as reviewer first.")
        )
        self._ui.approvalLabel.setText(self._words(case) if present else "")
        self._showExport(case if present else None)

    def onApprove(self):
        """Approve the labels as they are now."""
        case = self._host.currentCase()
        try:
            case.note_edits()
            case.approve(self._host.reviewer())
        except Exception as error:
            self._host.showError(error)
            return
        self._host.onApproved()

    def onExport(self):
        """Write the current case into a folder that the user chooses."""
        folder = self.chooseFolder()
        if not folder:
            return
        try:
            written = self._host.exportTo(self._host.currentCase(), folder)
        except Exception as error:
            self._host.showError(error)
            return
        case = self._host.currentCase()
        self._written, self._exported = Path(written), (case.keeper, _state(case))
        self.update()

    def onSend(self):
        """Send the approved case to the archive that the user's settings name; it goes while the panel is used."""
        case = self._host.currentCase()
        try:
            self.sender.send(self._host.logic, case)
        except Exception as error:
            self._host.showError(error)
            return
        self._sent = (case.keeper, _state(case))
        self.update()

    def onSent(self, image, reason):
        """Say that a case has arrived, or why it has not."""
        if reason:
            self._sent = ()
            words = _("{image} was not sent: {reason}").format(image=image, reason=reason)
            self._host.showError(RuntimeError(words))
        self.update()

    def onOpenReport(self, _pressed=False):
        """Show the report that was written last."""
        from quantseg.results.layout import REPORT

        if self._written is None:
            return
        report = self._written / REPORT
        if not (report.is_file() and self.openInBrowser(report)):
            lost = _("{file} could not be opened; look into the folder, or export again.")
            self._host.showError(RuntimeError(lost.format(file=report)))

    def openInBrowser(self, path):
        """Open a file with whatever the desktop opens it with; false where there is nothing."""
        return qt.QDesktopServices.openUrl(qt.QUrl.fromLocalFile(str(path)))

    def chooseFolder(self):
        """Ask for a folder; empty if the user thinks better of it."""
        return qt.QFileDialog.getExistingDirectory(slicer.util.mainWindow(), _("Export into"))

    def _showExport(self, case):
        """Say where the last export of this case lies, and whether it shows the case as it is."""
        keeper, state = self._exported or (None, None)
        own = case is not None and case.keeper is keeper
        words = ""
        if own:
            changed = "" if _state(case) == state else " " + _("It shows the case before its last change.")
            words = _("Written to {folder}.").format(folder=self._written) + changed
        self._ui.exportLabel.setText(words)
        self._ui.openReportButton.setVisible(own)

    def _words(self, case):
        approval = case.approval
        if approval is not None:
            words = [_("✔ Approved by {name} at {time}.").format(name=approval.reviewer, time=approval.time)]
            if self._sent == (case.keeper, _state(case)):
                on_the_way, there = _("It is being sent to the archive …"), _("Sent to the archive.")
                words.append(on_the_way if self.sender.isSending else there)
            return " ".join(words)
        if case.revocation:
            return "⚠ " + case.revocation
        return _("Not approved: exports are marked DRAFT.")


def _state(case):
    """Return what an export shows of a case beside its image: labels and approval."""
    return case.labels_sha256(), case.approval
