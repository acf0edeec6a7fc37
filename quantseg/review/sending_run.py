"""An approved case on its way to an archive, written and sent by a process of its own while a panel stays usable."""

from __future__ import annotations

import contextlib
import pickle
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

from quantseg.child_process import ChildProcess
from quantseg.errors import QuantSegError
from quantseg.results.case import CaseResult
from quantseg.review.approval import Approval
from quantseg.review.engine_run import Engine

_PREFIX = "quantseg: "
_FILE = "approved_case"


@dataclass(frozen=True)
class ApprovedCase:
    """What a process needs to send a case.

    Attributes:
        result: as measured now; names its task.
        approval: of these labels.
        sources: files of the images that were segmented, of each frame in order.
        earlier: objects of the same study, among which are the reports that the new one supersedes.
    """

    result: CaseResult
    approval: Approval | None
    sources: tuple[tuple[Path, ...], ...]
    earlier: tuple[Path, ...]

    def save(self, path: Path) -> None:
        """Write it for a process of this same QuantSeg; nobody else's files are ever read so.

        Raises:
            OSError: it could not be written.
        """
        with path.open("wb") as stream:
            pickle.dump(self, stream, pickle.HIGHEST_PROTOCOL)

    @classmethod
    def load(cls, path: Path) -> ApprovedCase:
        """Read what :meth:`save` has written.

        Raises:
            QuantSegError: it is something else.
        """
        with contextlib.suppress(OSError, pickle.UnpicklingError, EOFError), path.open("rb") as stream:
            found = pickle.load(stream)
            if isinstance(found, cls):
                return found
        raise QuantSegError("What was to be sent cannot be read; send again.")


class SendingRun:
    """One case that is being sent; it leaves no file behind.

    Args:
        engine: how to start QuantSeg's command.
        case: what is sent.

    Raises:
        OSError: the case cannot be written aside, or the command cannot be started.
    """

    def __init__(self, engine: Engine, case: ApprovedCase) -> None:
        # Of this user alone, as such folders are.
        self._folder = Path(tempfile.mkdtemp(prefix="quantseg-archive-"))
        self._said: list[str] = []
        try:
            case.save(self._folder / _FILE)
            command = [*engine.command, "node", "send", str(self._folder / _FILE)]
            self._process = ChildProcess(command, engine.environment, str(self._folder))
        except BaseException:
            self._clear()
            raise

    @property
    def is_running(self) -> bool:
        """Whether there is more to wait for."""
        ended = self._process.exit_status is not None
        self._said += self._process.new_lines()
        if ended:
            self._clear()
        return not ended

    @property
    def reason(self) -> str:
        """Why a run that has ended did not send everything, in a sentence; empty where it did."""
        if self._process.exit_status == 0:
            return ""
        sentences = [line.removeprefix(_PREFIX) for line in self._said if line.startswith(_PREFIX)]
        status = self._process.exit_status
        return sentences[-1] if sentences else f"Sending ended with status {status} and without a word; send again."

    def cancel(self) -> None:
        """End it wherever it is; what the archive has by then stays there."""
        self._process.cancel()
        self._clear()

    def _clear(self) -> None:
        shutil.rmtree(self._folder, ignore_errors=True)
