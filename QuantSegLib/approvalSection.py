"""The part of a panel where a person stands for labels, and takes them out."""

import qt
import slicer
from slicer.i18n import tr as _


class ApprovalSection:
    """Approve, and export.

    :param ui: has approveButton, exportButton and approvalLabel.
    :param host: panel with currentCase(), reviewer(), exportTo(case, folder), onApproved() and showError(error).
    """

    def __init__(self, ui, host):
        self._ui, self._host = ui, host
        ui.approveButton.clicked.connect(self.onApprove)
        ui.exportButton.clicked.connect(self.onExport)

    def update(self):
        """Show what is known of the current case."""
        case = self._host.currentCase()
        present = case is not None and case.document is not None
        self._ui.exportButton.setEnabled(present)
        self._ui.approveButton.setEnabled(present and bool(self._host.reviewer().strip()))
        self._ui.approveButton.setToolTip(
            _("Stand for the labels as they are now; any later change revokes it.")
            if self._host.reviewer().strip()
            else _("Enter your name as reviewer first.")
        )
        self._ui.approvalLabel.setText(self._words(case) if present else "")

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
        self.update()
        self._ui.approvalLabel.setText(_("Written to {folder}").format(folder=written))

    def chooseFolder(self):
        """Ask for a folder; empty if the user thinks better of it."""
        return qt.QFileDialog.getExistingDirectory(slicer.util.mainWindow(), _("Export into"))

    def _words(self, case):
        approval = case.approval
        if approval is not None:
            return _("✔ Approved by {name} at {time}.").format(name=approval.reviewer, time=approval.time)
        if case.revocation:
            return "⚠ " + case.revocation
        return _("Not approved: exports are marked DRAFT.")
