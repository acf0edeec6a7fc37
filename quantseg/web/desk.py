"""The desk: processes with limits that look at what people send and measure what they draw; the server never does."""

from __future__ import annotations

import errno
import multiprocessing
import os
import threading
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

from quantseg.child_process import PARENT_VARIABLE, end_with_parent
from quantseg.errors import QuantSegError
from quantseg.web.confining import confine
from quantseg.web.refusal import Refusal, ServerEnds
from quantseg.web.settings import Settings

Given = ParamSpec("Given")
Found = TypeVar("Found")
# Of the forty requests that are answered at once, by default of Starlette.
_MOST_WAITING = 16
_NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT})


class Desk:
    """Two processes: one for uploads, which may take long, one for corrections, for which people wait.

    Args:
        settings: say what the processes may use.
    """

    def __init__(self, settings: Settings) -> None:
        self._uploads = _Lane(settings.desk_bytes, settings.desk_seconds)
        self._corrections = _Lane(settings.desk_bytes, settings.desk_seconds)

    def look(self, work: Callable[Given, Found], *given: Given.args, **named: Given.kwargs) -> Found:
        """Do something that takes long.

        Raises:
            QuantSegError: what was sent is refused, takes more memory or time than it may, or too many wait already.
        """
        return self._uploads.run(work, *given, **named)

    def take_in(self, work: Callable[Given, Found], *given: Given.args, **named: Given.kwargs) -> Found:
        """Do something with an upload, however many wait.

        Raises:
            ServerEnds: it is to be done again when the server starts.
            QuantSegError: as for :meth:`look`.
        """
        return self._uploads.do(work, *given, **named)

    def correct(self, work: Callable[Given, Found], *given: Given.args, **named: Given.kwargs) -> Found:
        """Do something with a case that somebody has in hand.

        Raises:
            QuantSegError: as for :meth:`look`.
        """
        return self._corrections.run(work, *given, **named)

    def close(self) -> None:
        """End the processes."""
        self._uploads.end()
        self._corrections.end()


class _Lane:
    """One process, which does one thing at a time and is replaced when it dies or takes too long."""

    def __init__(self, memory_bytes: int, seconds: float) -> None:
        self._memory_bytes, self._seconds = memory_bytes, seconds
        self._turn, self._counting = threading.Lock(), threading.Lock()
        self._waiting = 0
        self._pool: ProcessPoolExecutor | None = None
        self._over = False

    def run(self, work: Callable[..., Found], *given: Any, **named: Any) -> Found:
        """Do something for somebody whose request waits, as only some can: pages need threads as well."""
        with self._counting:
            if self._waiting >= _MOST_WAITING:
                raise Refusal(503, "Too many wait for images to be read or written; try again in a minute.")
            self._waiting += 1
        try:
            return self.do(work, *given, **named)
        finally:
            with self._counting:
                self._waiting -= 1

    def do(self, work: Callable[..., Found], *given: Any, **named: Any) -> Found:
        """Do something in turn."""
        with self._turn:
            if self._over:
                raise ServerEnds
            if self._pool is None:
                self._pool = ProcessPoolExecutor(
                    1, multiprocessing.get_context("spawn"), _begin, (self._memory_bytes, os.getpid())
                )
            try:
                return self._pool.submit(work, *given, **named).result(self._seconds)
            except TimeoutError:
                self._kill()
                raise QuantSegError(
                    f"This took more than {self._seconds:.0f} seconds and was ended; send less at a time."
                ) from None
            except BrokenProcessPool:
                self._kill()
                if self._over:
                    raise ServerEnds from None
                raise QuantSegError("This took more memory than it may, and was ended; send less at a time.") from None
            except (QuantSegError, KeyboardInterrupt):
                raise
            except MemoryError:
                raise QuantSegError("This takes more memory than it may; send less at a time.") from None
            except Exception as error:
                if isinstance(error, OSError) and error.errno in _NO_ROOM:
                    raise Refusal(507, "The server has no room for what this makes; tell who runs it.") from None
                # A parser's own message can quote what names a patient.
                raise QuantSegError(f"This cannot be processed ({type(error).__name__}); export it again.") from None

    def end(self) -> None:
        self._over = True
        # Whatever is at work has its turn, and would be waited for.
        _kill_processes(self._pool)
        with self._turn:
            self._kill()

    def _kill(self) -> None:
        pool, self._pool = self._pool, None
        if pool is not None:
            _kill_processes(pool)
            pool.shutdown(wait=True, cancel_futures=True)


def _kill_processes(pool: ProcessPoolExecutor | None) -> None:
    for process in list(((pool and pool._processes) or {}).values()):
        process.kill()


def _begin(memory_bytes: int, server: int) -> None:
    # Readers of images warn of values that they find strange, such as a patient's name; no log is for that.
    with Path(os.devnull).open("wb") as nowhere:
        for stream in (1, 2):
            os.dup2(nowhere.fileno(), stream)
    confine(memory_bytes)
    os.environ[PARENT_VARIABLE] = str(server)
    end_with_parent()
