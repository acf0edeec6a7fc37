"""Runs of the engine one after the other in the background, while a person works on something else."""

from dataclasses import dataclass
from enum import Enum
from typing import Any, Protocol

import qt
from slicer.i18n import tr as _

_INTERVAL_MS = 200


class QueueState(Enum):
    """How far an image of the queue is."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"
    LEFT_OUT = "left out"

    def label(self):
        """Return what the user reads."""
        return {
            QueueState.WAITING: _("waiting"),
            QueueState.RUNNING: _("running"),
            QueueState.DONE: _("done"),
            QueueState.FAILED: _("failed"),
            QueueState.CANCELLED: _("cancelled"),
            QueueState.LEFT_OUT: _("left out"),
        }[self]


class LeftOut(Exception):
    """There is nothing to do for an image, or nothing more; the message says why."""


class Job(Protocol):
    """One image to be segmented, which knows where its result belongs."""

    name: str

    def start(self) -> Any:
        """Start the engine and return the run; raises LeftOut, or why it cannot be started."""
        ...

    def take(self, run: Any) -> str:
        """Put the result of a finished run where it belongs, and return what became of it; raises why it cannot."""
        ...

    def end(self) -> None:
        """Let go of what was held for the run, however it ended."""
        ...


@dataclass
class QueueItem:
    """One line of the queue.

    Attributes:
        job: what is to be done.
        state: how far it is.
        words: progress, result or reason.
    """

    job: Job
    state: QueueState = QueueState.WAITING
    words: str = ""

    @property
    def isOpen(self):
        """Whether it waits or runs."""
        return self.state in (QueueState.WAITING, QueueState.RUNNING)


class RunQueue:
    """Works off jobs, the first that waits at a time; one that fails does not hold up the others.

    :param onChanged: called without arguments whenever a state or its words are others.
    :param inWords: returns what a person shall read of an error.
    """

    def __init__(self, onChanged, inWords=str):
        self._onChanged, self._inWords = onChanged, inWords
        self.items: list[QueueItem] = []
        self._run: Any = None
        self._timer = qt.QTimer()
        self._timer.setInterval(_INTERVAL_MS)
        self._timer.timeout.connect(self.poll)

    @property
    def isActive(self):
        """Whether anything waits or runs."""
        return any(item.isOpen for item in self.items)

    def add(self, jobs):
        """Put jobs at the end; what an earlier queue has finished goes out of sight."""
        self.items = [item for item in self.items if item.isOpen] + [QueueItem(job) for job in jobs]
        self._onChanged()
        self._timer.start()

    def cancel(self, item, words=""):
        """Take an item out of the queue, and end its run if it is under way."""
        if not item.isOpen:
            return
        running = item.state is QueueState.RUNNING
        self._close(item, QueueState.CANCELLED, words)
        if running:
            run, self._run = self._run, None
            run.cancel()
            item.job.end()
        self._onChanged()

    def leaveOut(self, item, words):
        """Take an item out that waits, as somebody has taken it in hand."""
        if item.state is QueueState.WAITING:
            self._close(item, QueueState.LEFT_OUT, words)
            self._onChanged()

    def cancelAll(self):
        """End the queue."""
        self._timer.stop()
        # What waits first, so that nothing is started in between.
        for item in sorted(self.items, key=lambda one: one.state is QueueState.RUNNING):
            self.cancel(item)

    def poll(self):
        """Look what is new, and begin what comes next; called by the timer."""
        current = self._current()
        if current is not None:
            self._follow(current)
        while self._current() is None and (waiting := self._next()) is not None:
            self._begin(waiting)
        if not self.isActive:
            self._timer.stop()

    def _current(self):
        return next((item for item in self.items if item.state is QueueState.RUNNING), None)

    def _next(self):
        return next((item for item in self.items if item.state is QueueState.WAITING), None)

    def _begin(self, item):
        # Said before, as nothing is drawn while the image is read.
        item.state, item.words = QueueState.RUNNING, _("reading the image")
        self._onChanged()
        try:
            self._run = item.job.start()
            item.words = ""
        except Exception as error:
            item.job.end()
            self._refuse(item, error)
        self._onChanged()

    def _follow(self, item):
        run = self._run
        if run.is_running:
            if item.words != run.step:
                item.words = run.step
                self._onChanged()
            return
        self._run = None
        try:
            self._close(item, QueueState.DONE, item.job.take(run))
        except Exception as error:
            run.close()
            self._refuse(item, error)
        item.job.end()
        self._onChanged()

    def _refuse(self, item, error):
        if isinstance(error, LeftOut):
            self._close(item, QueueState.LEFT_OUT, str(error))
        else:
            self._close(item, QueueState.FAILED, self._inWords(error))

    def _close(self, item, state, words):
        item.state, item.words = state, words
