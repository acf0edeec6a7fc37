"""A process that measures studies for the node, within limits, and says nothing but what it is asked."""

from __future__ import annotations

import errno
import hashlib
import os
import signal
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from multiprocessing.connection import Connection
from pathlib import Path
from typing import TYPE_CHECKING

from quantseg.tasks.options import TaskOptions

_NO_ROOM = (errno.ENOSPC, errno.EDQUOT)

if TYPE_CHECKING:
    from quantseg.batch.job import CaseOutcome, Job
    from quantseg.batch.study import Study


@dataclass(frozen=True)
class Request:
    """A study to be measured.

    Attributes:
        task: reference of the task's record.
        options: of the task.
        study: folder of its images.
        output: receives a folder a measured series; its parent is for temporary files.
        series_rules: the site's rules on which series are measured.
        pdf: whether a printed report is made.
    """

    task: str
    options: TaskOptions
    study: Path
    output: Path
    series_rules: Path | None
    pdf: bool


@dataclass(frozen=True)
class Chosen:
    """Which series will be measured.

    Attributes:
        content: hash of their images, and of all else that decides the result.
    """

    content: str


@dataclass(frozen=True)
class Nothing:
    """The study holds nothing to measure, or cannot be measured.

    Attributes:
        reason: one sentence.
        is_refused: whether something is wrong with the study.
    """

    reason: str
    is_refused: bool


@dataclass(frozen=True)
class NoRoom:
    """The disk is full, which is no fault of the study."""


@dataclass(frozen=True)
class Measured:
    """What was made.

    Attributes:
        files: DICOM objects, relative to the output folder.
        note: sentences about what is absent.
    """

    files: tuple[str, ...]
    note: str


def serve(requests: Connection, memory_bytes: int, threads: int) -> None:
    """Measure studies until the other side is gone.

    Args:
        requests: brings a :class:`Request`, then whether what was :class:`Chosen` is wanted; takes the answers.
        memory_bytes: that this process may take.
        threads: cores to compute on.
    """
    _be_silent()
    _end_with_the_node()
    _limit_memory(memory_bytes)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    from quantseg.batch.worker import limit_threads, write_no_segmentation_files

    limit_threads(threads)
    write_no_segmentation_files()
    while True:
        try:
            request = requests.recv()
            answer = _answer(request, requests)
            requests.send(answer)
        except (EOFError, OSError):
            return


def _be_silent() -> None:
    """Let nothing of what libraries say get out: warnings quote values of headers."""
    os.umask(0o077)
    sys.stdout.flush()
    sys.stderr.flush()
    nowhere = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(nowhere, stream)


def _end_with_the_node() -> None:
    from quantseg.child_process import PARENT_VARIABLE, end_with_parent

    os.environ[PARENT_VARIABLE] = str(os.getppid())
    end_with_parent()


def _limit_memory(limit_bytes: int) -> None:
    """Let what asks for more than the limit fail, before the system ends whom it likes."""
    if sys.platform == "linux":
        import resource

        resource.setrlimit(resource.RLIMIT_DATA, (limit_bytes, limit_bytes))


def _answer(request: Request, requests: Connection) -> Nothing | NoRoom | Measured | None:
    """Measure one study, unless it is not wanted (None)."""
    try:
        answer = _tried(request, requests)
    except OSError as error:
        if error.errno not in _NO_ROOM:
            raise
        return NoRoom()
    # What could not be written is told in a sentence, which ends with what the system said.
    said = answer.reason if isinstance(answer, Nothing) else answer.note if answer is not None else ""
    return NoRoom() if any(os.strerror(number) in said for number in _NO_ROOM) else answer


def _tried(request: Request, requests: Connection) -> Nothing | Measured | None:
    from quantseg.batch.job import Job
    from quantseg.batch.models import options_hash
    from quantseg.batch.study import find_study
    from quantseg.errors import QuantSegError, UsageError
    from quantseg.reading.spacing import HEADER_SPACING
    from quantseg.reading.study import refuse_mixed_study

    temporary = request.output.parent / "tmp"
    temporary.mkdir(parents=True, exist_ok=True)
    # For whatever makes temporary files meanwhile: they go with the folder.
    tempfile.tempdir = os.environ["TMPDIR"] = str(temporary)
    job = Job(request.task, request.options, request.output, HEADER_SPACING, pdf=request.pdf, dicom=True)
    try:
        job = replace(job, options_hash=options_hash(job))
        refuse_mixed_study(request.study)
        try:
            study = find_study(request.study, job.record, request.series_rules)
        except UsageError as error:
            return Nothing(_in_short(str(error), request), False)
        requests.send(Chosen(_content(job, study)))
        if not requests.recv():
            return None
        return _measured(request, job, study)
    except QuantSegError as error:
        return Nothing(_in_short(str(error), request), True)
    except (EOFError, OSError):
        raise
    except MemoryError:
        return Nothing("The memory that a study may take did not suffice; raise memory_gib.", True)
    except Exception as error:  # a study must not end the process; the message could quote a header
        return Nothing(f"The study could not be measured (unexpected {type(error).__name__}).", True)


def _content(job: Job, study: Study) -> str:
    import quantseg
    from quantseg.reading.content_hash import case_content_hash

    said = [job.record.name, quantseg.__version__, job.options_hash, str(job.pdf)]
    said += sorted(case_content_hash(case) for case in study.chosen)
    return hashlib.sha256("\n".join(said).encode()).hexdigest()


def _measured(request: Request, job: Job, study: Study) -> Nothing | Measured:
    from quantseg.batch.running import Place, segment_inputs

    outcomes = segment_inputs(job, study, Place(), listener=lambda _event: None)
    files = sorted(path.relative_to(request.output) for path in request.output.glob("*/*.dcm"))
    said = _in_short(_sentences(outcomes), request)
    if not files:
        return Nothing(said or "Nothing was measured, and no reason was given.", True)
    return Measured(tuple(path.as_posix() for path in files), said)


def _sentences(outcomes: Sequence[CaseOutcome]) -> str:
    from quantseg.measure.values import Verdict

    said = []
    for one in outcomes:
        if one.status.is_failure:
            said.append(f"{one.name}: {one.reason}")
        elif one.verdict is Verdict.FAIL:
            said.append(f"{one.name}: the result failed its checks, so that only the reasons were sent")
        elif one.note:
            said.append(f"{one.name}: {one.note}")
    return "; ".join(said)


def _in_short(text: str, request: Request) -> str:
    """Leave out where temporary files lay, which tells nobody anything."""
    for folder, name in ((request.study, "the study"), (request.output, "the results")):
        text = text.replace(str(folder), name)
    return text.replace("\n", " ")
