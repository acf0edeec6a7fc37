"""The part of a panel that segments many images in the background, and shows how far each is."""

import qt
import slicer
from slicer.i18n import tr as _

from QuantSegLib.installation import ensureDependencies
from QuantSegLib.panelWords import inPanelWords
from QuantSegLib.queueJobs import SceneJob, WorklistJob
from QuantSegLib.runQueue import QueueState, RunQueue
from QuantSegLib.wholeTable import TableAsHighAsItsContent

_MOST_ROWS_SHOWN = 12


class QueueSection:
    """Fills the queue from the open worklist, or from the scene where none is open.

    :param ui: has segmentAllButton, queueTable, cancelQueuedButton, cancelQueueButton and queueLabel.
    :param host: panel with moduleTitle, logic, worklist, ofTheImage, choices(), prepareRun(choices), and what
        QuantSegLib.queueJobs asks for.
    """

    def __init__(self, ui, host):
        self._ui, self._host = ui, host
        self.queue = RunQueue(self.update, self._inWords)
        table = ui.queueTable
        table.setColumnCount(2)
        table.setHorizontalHeaderLabels([_("Image"), _("State")])
        self._size = TableAsHighAsItsContent(table, _MOST_ROWS_SHOWN)
        for button, handler in (
            (ui.segmentAllButton, self.onSegmentAll),
            (ui.cancelQueuedButton, self.onCancelSelected),
            (ui.cancelQueueButton, self.onCancelAll),
        ):
            button.clicked.connect(handler)
        self.update()

    def onSegmentAll(self, _pressed=False):
        """Queue what has no labels yet: every case of the open worklist, or every image of the scene."""
        host, choices = self._host, self._host.choices()
        self._ui.queueLabel.setText("")
        try:
            jobs = self._jobs(choices)
            if not jobs:
                raise RuntimeError(_("Nothing to segment: every image has labels, or is in the queue already."))
            ensureDependencies(host.moduleTitle)
            host.prepareRun(choices)
        except Exception as error:
            self._ui.queueLabel.setText("⚠ " + self._inWords(error))
            return
        self.queue.add(jobs)
        self.queue.poll()

    def onCancelSelected(self, _pressed=False):
        """Take the table's current row out of the queue."""
        row = self._ui.queueTable.currentRow()
        if 0 <= row < len(self.queue.items):
            self.queue.cancel(self.queue.items[row])

    def onCancelAll(self, _pressed=False):
        """End the queue."""
        self.queue.cancelAll()

    def beforeOpening(self, worklist, name):
        """Take a case out of the queue that a person opens; refuse one that is being segmented.

        :raises RuntimeError: its run is under way.
        """
        for item in self._itemsOf(worklist):
            if item.job.name == name and item.state is QueueState.RUNNING:
                raise RuntimeError(_("{name} is being segmented; open it when that is done.").format(name=name))
            if item.job.name == name:
                self.queue.leaveOut(item, _("opened"))

    def update(self):
        """Show every item with its state."""
        items, table = self.queue.items, self._ui.queueTable
        table.setRowCount(len(items))
        for row, item in enumerate(items):
            state = ": ".join(filter(None, (item.state.label(), item.words)))
            for column, text in enumerate((item.job.name, state)):
                cell = qt.QTableWidgetItem(text)
                cell.setToolTip(text)
                table.setItem(row, column, cell)
        for widget in (table, self._ui.cancelQueuedButton, self._ui.cancelQueueButton):
            widget.setVisible(bool(items))
        active = self.queue.isActive
        self._ui.cancelQueuedButton.setEnabled(active)
        self._ui.cancelQueueButton.setEnabled(active)
        if items:
            self._size.fitColumns()
            self._ui.queueLabel.setText(_summary(items))
            # At once: what comes next may take a moment, in which nothing is drawn.
            table.viewport().repaint()

    def _jobs(self, choices):
        host, worklist = self._host, self._host.worklist.opened
        forAll = host.logic.chosenForAll(choices, host.ofTheImage)
        if worklist is not None:
            begun = {item.job.name for item in self._itemsOf(worklist) if item.isOpen}
            names = [name for name in host.worklist.namesToSegment() if name not in begun]
            return [WorklistJob(host, worklist, name, forAll) for name in names]
        # Names may be shared by two images.
        queued = [item.job.volume for item in self.queue.items if item.isOpen and isinstance(item.job, SceneJob)]
        images = [one for one in _images() if one not in queued and host.logic.isImage(one)]
        images = [one for one in images if host.logic.ownResult(one) is None]
        return [SceneJob(host, volume, forAll) for volume in images]

    def _itemsOf(self, worklist):
        items = self.queue.items
        return [item for item in items if isinstance(item.job, WorklistJob) and item.job.worklist is worklist]

    def _inWords(self, error):
        return inPanelWords(str(error), self._host.logic.task().options, self._host.choices())


def _images():
    """Return the images of the scene that a person sees."""
    from quantseg.mrml.scene_nodes import nodes_of_class

    kind = "vtkMRMLScalarVolumeNode"
    nodes = nodes_of_class(slicer.mrmlScene, kind)
    # Label maps are of a class of their own, which is derived from this one.
    return [node for node in nodes if node.GetClassName() == kind and not node.GetHideFromEditors()]


def _summary(items):
    counts = [(state, sum(item.state is state for item in items)) for state in QueueState]
    return ", ".join(f"{count} {state.label()}" for state, count in counts if count) + "."
