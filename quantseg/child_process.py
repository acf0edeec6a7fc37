"""A program run beside this one: its lines as they come, and an end that reaches everything it started."""

from __future__ import annotations

import contextlib
import os
import queue
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import psutil

PARENT_VARIABLE = "QUANTSEG_PARENT_PROCESS"
"""Holds the number of the process that a child was started by, whatever stands between them."""

_GRACE_SECONDS = 3.0
_LOOK_SECONDS = 1.0
_DEAD_LOOK_SECONDS = 0.01
_HIDDEN_WINDOW = 0x08000000  # CREATE_NO_WINDOW


class ChildProcess:
    """One run of a program, in a process group of its own.

    Nothing here waits: the owner asks for new lines as often as it likes, from a timer or a loop.

    Args:
        command: program and arguments.
        environment: variables, whole.
        folder: working folder.

    Raises:
        OSError: the program cannot be started.
    """

    def __init__(self, command: Sequence[str], environment: Mapping[str, str], folder: str | None = None) -> None:
        self._lines: queue.Queue[str] = queue.Queue()
        windows = os.name == "nt"
        self._process = subprocess.Popen(
            list(command),
            env=dict(environment) | {PARENT_VARIABLE: str(os.getpid())},
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            errors="replace",
            start_new_session=not windows,
            creationflags=_HIDDEN_WINDOW if windows else 0,
        )
        self._reader = threading.Thread(target=self._read, daemon=True, name="lines of a child process")
        self._reader.start()

    @property
    def process_id(self) -> int:
        """Number of the process that was started; others may have been started by it."""
        return self._process.pid

    @property
    def exit_status(self) -> int | None:
        """Exit status once the program has ended and every line of it can be had, None before."""
        return None if self._reader.is_alive() else self._process.poll()

    def new_lines(self) -> list[str]:
        """Return the lines that came since the last call, standard output and error together."""
        lines = []
        while True:
            try:
                lines.append(self._lines.get_nowait())
            except queue.Empty:
                return lines

    def cancel(self) -> None:
        """End the program and all that it has started, and wait until they are gone.

        They are asked first; who has not listened after a few seconds is killed, and so is all that the program has
        left behind. On Windows nobody can be asked.
        """
        # Here, because panels import this module where psutil is not installed yet, and may never be.
        import psutil

        family = self._descendants()
        self._end_group(kill=False)
        self._process.terminate()
        _end_each(family, psutil.Process.terminate)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(_GRACE_SECONDS)
        family += [*self._descendants(), *_children_of(family)]
        self._end_group(kill=True)
        self._process.kill()
        _end_each(family, psutil.Process.kill)
        self._process.wait()
        _wait_until_dead(family, _GRACE_SECONDS)
        self._reader.join(_GRACE_SECONDS)

    def _descendants(self) -> list[psutil.Process]:
        """Return all that the program has started, also what left for a group of its own; empty once it has ended."""
        import psutil

        # The number of a process that has ended may be another's by now.
        if self._process.poll() is not None:
            return []
        with contextlib.suppress(psutil.NoSuchProcess):
            return _children_of([psutil.Process(self._process.pid)])
        return []

    def _end_group(self, *, kill: bool) -> None:
        """Reach those whose parent has ended already, which no search by parents finds; Windows has no such groups."""
        if os.name != "nt":
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self._process.pid, signal.SIGKILL if kill else signal.SIGTERM)

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self._lines.put(line.rstrip())
        self._process.wait()


def end_with_parent() -> None:
    """Watch over the process that :class:`ChildProcess` started this one from, and end with it, however it ends.

    A program that was killed can no longer cancel its child, which would go on for nobody. Nothing is watched where no
    :class:`ChildProcess` started this process.
    """
    number = os.environ.get(PARENT_VARIABLE, "")
    if not number.isdecimal():
        return
    import psutil

    try:
        parent = psutil.Process(int(number))
    except psutil.NoSuchProcess:
        _end_this_family()
        return

    def watch() -> None:
        with contextlib.suppress(psutil.NoSuchProcess):
            # is_running tells a new process of the same number from the one that was meant.
            while parent.is_running() and parent.status() != psutil.STATUS_ZOMBIE:
                time.sleep(_LOOK_SECONDS)
        _end_this_family()

    threading.Thread(target=watch, daemon=True, name="watching the parent").start()


def _end_this_family() -> None:
    import psutil

    for child in psutil.Process().children(recursive=True):
        with contextlib.suppress(psutil.Error):
            child.kill()
    os._exit(1)


def _children_of(processes: Iterable[psutil.Process]) -> list[psutil.Process]:
    """Return the children of processes, their children and so on."""
    import psutil

    found = []
    for process in processes:
        with contextlib.suppress(psutil.NoSuchProcess):
            found += process.children(recursive=True)
    return found


def _wait_until_dead(processes: Iterable[psutil.Process], seconds: float) -> None:
    """Wait until processes do nothing more; whose child is left takes its exit status, which may be late, or never."""
    import psutil

    deadline = time.monotonic() + seconds
    for process in processes:
        with contextlib.suppress(psutil.NoSuchProcess):
            while process.is_running() and process.status() != psutil.STATUS_ZOMBIE:
                if time.monotonic() > deadline:
                    return
                time.sleep(_DEAD_LOOK_SECONDS)


def _end_each(processes: Iterable[psutil.Process], end: Callable[[psutil.Process], None]) -> None:
    import psutil

    for process in processes:
        with contextlib.suppress(psutil.NoSuchProcess, psutil.AccessDenied):
            end(process)
