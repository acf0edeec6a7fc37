"""The way of an approved case from a panel to the archive that its image came from."""

from pathlib import Path
from typing import TYPE_CHECKING

import qt
import slicer

if TYPE_CHECKING:
    from quantseg.review.sending_run import SendingRun

_INTERVAL_MS = 200


class ArchiveSender:
    """Follows one case at a time on its way, while Slicer stays usable.

    :param onSent: called with the name of the image whose case was sent, and why it was not; "" where it was.
    """

    def __init__(self, onSent):
        self._onSent = onSent
        self._image = ""
        self._run: SendingRun | None = None
        self._timer = qt.QTimer()
        self._timer.setInterval(_INTERVAL_MS)
        self._timer.timeout.connect(self.poll)

    @property
    def isSending(self):
        """Whether a case is on its way."""
        return self._run is not None

    def send(self, logic, case):
        """Begin to send the objects of an approved case where the user's settings say; see quantseg.node.sending.

        The machine's own objects stay in the archive; the report names those that it supersedes.

        :param logic: of the panel.
        :raises UsageError: no archive is named.
        """
        from quantseg.node.sending import read_destination, settings_path
        from quantseg.review.sending_run import ApprovedCase, SendingRun

        # What the user has to mend is said at once.
        read_destination(settings_path())
        case.note_edits()
        sources = dicomSources(logic, case)
        earlier = reportsOfStudy(sources[0][0]) if sources else []
        result = case.result(logic.caseName(case.volume_node), None)
        files = tuple(map(tuple, sources))
        self._run = SendingRun(logic.engine(), ApprovedCase(result, case.approval, files, tuple(earlier)))
        # By now: the scene may be closed when it has arrived.
        self._image = logic.corrector().named_node(case.volume_node).GetName()
        self._timer.start()

    def stop(self):
        """Send no further."""
        self._timer.stop()
        run, self._run = self._run, None
        if run is not None:
            run.cancel()

    def poll(self):
        """Look whether it has arrived; called by the timer."""
        run = self._run
        if run is None or run.is_running:
            return
        self._timer.stop()
        self._run = None
        self._onSent(self._image, run.reason)


def dicomSources(logic, case):
    """Return the DICOM files that each frame of a case was segmented on; nothing where it came from elsewhere.

    :param logic: of the panel.
    """
    return [one.source_files for one in logic.dicomExports(case, lambda *_case: None)]


def reportsOfStudy(file):
    """Return the files of the structured reports of a file's study that Slicer's DICOM database knows."""
    # Slicer has it while its module DICOM is there, as it is wherever an image came from there.
    database = getattr(slicer, "dicomDatabase")  # noqa: B009
    series = database.seriesForStudy(database.fileValue(str(file), "0020,000D"))
    files = [Path(one) for uid in series for one in database.filesForSeries(uid)]
    return [one for one in files if database.fileValue(str(one), "0008,0060") == "SR"]
