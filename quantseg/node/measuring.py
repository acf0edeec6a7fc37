"""The node's side of a process that measures: begun when it is needed, watched, ended when it takes too much."""

from __future__ import annotations

import contextlib
import errno
import multiprocessing
import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess

import psutil

from quantseg.errors import QuantSegError
from quantseg.node.measuring_process import Chosen, Measured, NoRoom, Nothing, Request, serve

_LOOK_SECONDS = 0.25
_SECONDS_TO_END = 5.0
_GIB = 1024**3


class MeasuringBrokeOff(QuantSegError):
    """The process that measured ended, or was ended; what it was at can be tried again."""


class NotWanted(QuantSegError):
    """What was to be measured is not wanted any more."""


@dataclass(frozen=True)
class Limits:
    """What one study may take.

    Attributes:
        memory_bytes: of its processes together.
        seconds: of wall time.
        studies: after which a process gives way to a fresh one.
        threads: cores to compute on.
    """

    memory_bytes: int
    seconds: float
    studies: int
    threads: int


class MeasuringProcess:
    """One process that measures studies, one at a time, with its models loaded.

    Args:
        limits: of each study.
    """

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._process: BaseProcess | None = None
        self._requests: Connection | None = None
        self._studies = 0

    def measure(
        self, request: Request, is_wanted: Callable[[str], bool], is_ours: Callable[[], bool]
    ) -> Nothing | Measured | None:
        """Measure a study.

        Args:
            request: which, and how.
            is_wanted: is told by the hash of all that decides the result what would be measured.
            is_ours: asked all the while whether the study is still ours to measure.

        Returns:
            what came of it; None where it was not wanted.

        Raises:
            MeasuringBrokeOff: the process ended, or took more than it may.
            NotWanted: the study is not ours any more.
            OSError: the disk is full.
        """
        requests = self._begin()
        self._studies += 1
        deadline = time.monotonic() + self._limits.seconds
        try:
            requests.send(request)
            answer = self._receive(requests, deadline, is_ours)
            if isinstance(answer, Chosen):
                requests.send(is_wanted(answer.content))
                answer = self._receive(requests, deadline, is_ours)
        except (EOFError, OSError):
            code = self._exit_code()
            raise MeasuringBrokeOff(
                f"The process that measured the study ended ({code}); it is tried again a few times."
            ) from None
        except BaseException:
            self.end()
            raise
        if self._studies >= self._limits.studies:
            self.end()
        if isinstance(answer, NoRoom):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        assert not isinstance(answer, Chosen)
        return answer

    def end(self) -> None:
        """End the process with all that it has started."""
        if self._process is None:
            return
        family = _family(self._process.pid)
        for one in family:
            with contextlib.suppress(psutil.Error):
                one.kill()
        self._process.join(_SECONDS_TO_END)
        if self._requests is not None:
            self._requests.close()
        self._process, self._requests = None, None

    def _begin(self) -> Connection:
        if self._process is not None and self._process.is_alive() and self._requests is not None:
            return self._requests
        self.end()
        # A forked child would inherit the locks of the node's other threads.
        context = multiprocessing.get_context("spawn")
        self._requests, theirs = context.Pipe()
        arguments = (theirs, self._limits.memory_bytes, self._limits.threads)
        self._process = context.Process(target=serve, args=arguments, daemon=True)
        self._process.start()
        theirs.close()
        self._studies = 0
        return self._requests

    def _receive(
        self, requests: Connection, deadline: float, is_ours: Callable[[], bool]
    ) -> Chosen | Nothing | NoRoom | Measured | None:
        while not requests.poll(_LOOK_SECONDS):
            if time.monotonic() > deadline:
                raise MeasuringBrokeOff(f"The study took longer than {self._limits.seconds / 60:g} minutes.")
            taken_bytes = self._memory_bytes()
            if taken_bytes > self._limits.memory_bytes:
                raise MeasuringBrokeOff(
                    f"The study took more than {self._limits.memory_bytes / _GIB:g} GiB of memory; raise memory_gib."
                )
            if not is_ours():
                raise NotWanted("The study is not ours to measure any more.")
        answer: Chosen | Nothing | NoRoom | Measured | None = requests.recv()
        return answer

    def _memory_bytes(self) -> int:
        total = 0
        for one in _family(None if self._process is None else self._process.pid):
            with contextlib.suppress(psutil.Error):
                total += int(one.memory_info().rss)
        return total

    def _exit_code(self) -> str:
        if self._process is None:
            return "unknown"
        self._process.join(_SECONDS_TO_END)
        code = self._process.exitcode
        self.end()
        return f"signal {-code}" if code is not None and code < 0 else f"status {code}"


def _family(process: int | None) -> list[psutil.Process]:
    if process is None:
        return []
    with contextlib.suppress(psutil.NoSuchProcess):
        first = psutil.Process(process)
        return [*first.children(recursive=True), first]
    return []
