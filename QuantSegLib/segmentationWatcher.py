"""A person's edits of a segmentation, reported once they pause."""

from contextlib import contextmanager

import qt
from slicer.util import VTKObservationMixin

_PAUSE_MS = 300


class SegmentationWatcher(VTKObservationMixin):
    """Observes one segmentation node at a time.

    :param onEdited: called without arguments, a moment after the last of several changes.
    """

    def __init__(self, onEdited):
        VTKObservationMixin.__init__(self)
        self._onEdited = onEdited
        self._segmentation = None
        self._silenced = 0
        self._timer = qt.QTimer()
        self._timer.setSingleShot(True)
        self._timer.setInterval(_PAUSE_MS)
        self._timer.timeout.connect(self._report)

    def watch(self, node):
        """Observe a segmentation node in place of the former; None observes nothing.

        A node that shows another frame of a sequence holds another segmentation, and is to be watched anew.
        """
        segmentation = node.GetSegmentation() if node is not None else None
        if segmentation is self._segmentation:
            return
        self.removeObservers()
        self._timer.stop()
        self._segmentation = segmentation
        if segmentation is None:
            return
        for event in (
            segmentation.SourceRepresentationModified,
            segmentation.RepresentationModified,
            # The editor's Undo copies segments back, and invokes no other event than this one.
            segmentation.SegmentModified,
            segmentation.SegmentAdded,
            segmentation.SegmentRemoved,
        ):
            self.addObserver(segmentation, event, self._onModified)

    @contextmanager
    def silenced(self):
        """Within it changes are our own, not a person's."""
        self._silenced += 1
        try:
            yield
        finally:
            self._silenced -= 1

    def flush(self):
        """Report a change at once that waits for its pause."""
        if self._timer.isActive():
            self._timer.stop()
            self._report()

    def _onModified(self, caller=None, event=None):
        if not self._silenced:
            self._timer.start()

    def _report(self):
        with self.silenced():
            self._onEdited()
