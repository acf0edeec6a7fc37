"""Who writes segmentation files: this process, or one beside it that loads Slicer's classes meanwhile.

Slicer's classes take longer to load than a small image takes to be segmented, and hold up every thread of the process
that loads them.
"""

from __future__ import annotations

import atexit
import contextlib
import importlib.util
import os
import pickle
import signal
import subprocess
import sys
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cache
from multiprocessing.spawn import get_executable
from pathlib import Path
from typing import IO, Protocol

from quantseg.measure.segments import Segment
from quantseg.mrml import scene
from quantseg.mrml.segmentation_file import write_segmentation_file
from quantseg.volume.geometry import Volume

_NOT_INSTALLED = "the package slicer-core is not installed; pip install slicer-core adds it"
_SECONDS_TO_END = 5
_HIDDEN_WINDOW = 0x08000000  # CREATE_NO_WINDOW
_BEGIN = "import sys; sys.path[:] = {path!r}; from quantseg.mrml.segmentation_writers import serve; serve()"


@dataclass(frozen=True)
class SegmentationFile:
    """What to write, as :func:`quantseg.mrml.segmentation_file.write_segmentation_file` takes it."""

    labels: Volume
    segments: Sequence[Segment]
    algorithm: str
    path: Path
    edited: Collection[str] = ()


class SegmentationWriter(Protocol):
    """Writes segmentation files, one at a time.

    Attributes:
        is_wanted: whether anybody asks for such files, and would miss one.
    """

    is_wanted: bool

    def prepare(self) -> None:
        """Load what the first file would wait for; need not have ended when this returns."""
        ...

    def missing(self) -> str:
        """Return why nothing can be written; empty where it can be."""
        ...

    def write(self, file: SegmentationFile) -> None:
        """Write a file.

        Raises:
            OSError: it could not be written.
        """
        ...

    def end(self) -> None:
        """Give up what is held; another file may begin anew."""
        ...


class WriterHere:
    """Writes in this process, which has Slicer's classes already or may wait for them."""

    is_wanted = True

    def prepare(self) -> None:
        """Do as :class:`SegmentationWriter` says."""
        if not self.missing():
            _shared_scene()

    def missing(self) -> str:
        """Do as :class:`SegmentationWriter` says."""
        return "" if scene.slicer_is_available() else _NOT_INSTALLED

    def write(self, file: SegmentationFile) -> None:
        """Do as :class:`SegmentationWriter` says."""
        shared = _shared_scene().scene
        write_segmentation_file(file.labels, file.segments, file.algorithm, file.path, shared, file.edited)

    def end(self) -> None:
        """Do as :class:`SegmentationWriter` says: Slicer's classes stay loaded, for whoever else uses them."""


class NoWriter(WriterHere):
    """Writes nothing, where nobody asks for such files."""

    is_wanted = False

    def prepare(self) -> None:
        """Do as :class:`SegmentationWriter` says."""


class WriterBeside:
    """Writes in a process of its own, which ends with this one, however that ends."""

    is_wanted = True

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._missing: str | None = None
        atexit.register(self.end)

    def prepare(self) -> None:
        """Do as :class:`SegmentationWriter` says."""
        if self._process is not None:
            return
        self._missing = None
        self._process = subprocess.Popen(
            # Not sys.executable, which is another program where one embeds Python and says so.
            [get_executable(), "-c", _BEGIN.format(path=sys.path)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            creationflags=_HIDDEN_WINDOW if os.name == "nt" else 0,
        )

    def missing(self) -> str:
        """Do as :class:`SegmentationWriter` says."""
        self.prepare()
        if self._missing is None:
            self._missing = self._answer()
        return self._missing

    def write(self, file: SegmentationFile) -> None:
        """Do as :class:`SegmentationWriter` says."""
        if self.missing():
            raise OSError(self._missing)
        self._send(file)
        reason = self._answer()
        if reason:
            raise OSError(reason)

    def end(self) -> None:
        """End the process, which may still be loading, and wait until it is gone."""
        process, self._process = self._process, None
        if process is None:
            return
        process.terminate()
        for pipe in (process.stdin, process.stdout):
            assert pipe is not None
            # What it has not read of a file it never will.
            with contextlib.suppress(OSError):
                pipe.close()
        try:
            process.wait(_SECONDS_TO_END)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def _send(self, file: SegmentationFile) -> None:
        assert self._process is not None
        assert self._process.stdin is not None
        try:
            pickle.dump(file, self._process.stdin)
            self._process.stdin.flush()
        except OSError as error:
            raise self._died() from error

    def _answer(self) -> str:
        assert self._process is not None
        assert self._process.stdout is not None
        try:
            return str(pickle.load(self._process.stdout))
        except (EOFError, OSError, pickle.UnpicklingError) as error:
            raise self._died() from error

    def _died(self) -> OSError:
        """Clear up, so that the next file finds another process."""
        process = self._process
        self.end()
        status = process.returncode if process else None
        return OSError(f"the process that writes segmentations with slicer-core ended unexpectedly (status {status})")


def writer_for_a_batch() -> SegmentationWriter:
    """Return who writes where many files may follow, and nothing but files is wanted of Slicer's classes."""
    beside = "slicer" not in sys.modules and importlib.util.find_spec("slicer_core") is not None
    return WriterBeside() if beside and get_executable() else WriterHere()


def serve() -> None:
    """Write what standard input asks for until it ends; say on standard output how each file went."""
    # Ctrl-C reaches the whole group; whoever started this one closes its pipe in order.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    answers = os.fdopen(os.dup(1), "wb")
    # What libraries print must not stand between the answers.
    os.dup2(2, 1)
    here = WriterHere()
    try:
        here.prepare()
        _say(answers, here.missing())
        while True:
            _say(answers, _written(here, pickle.load(sys.stdin.buffer)))
    except (EOFError, BrokenPipeError):
        # Taking Slicer's classes down in order would take longer than a file.
        os._exit(0)


def _written(writer: SegmentationWriter, file: SegmentationFile) -> str:
    """Write a file and return nothing, or why it could not be written."""
    try:
        writer.write(file)
    except OSError as error:
        return str(error)
    return ""


def _say(answers: IO[bytes], text: str) -> None:
    pickle.dump(text, answers)
    answers.flush()


@cache
def _shared_scene() -> scene.HeadlessScene:
    """Return the scene that all files of this process pass through; one a file would cost time and never be freed."""
    return scene.headless_scene()
