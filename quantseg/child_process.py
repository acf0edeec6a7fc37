"""A program run beside this one: its lines as they come, and an end that reaches everything it started."""

from __future__ import annotations

import os
import queue
import signal
import subprocess
import threading
from collections.abc import Mapping, Sequence

_GRACE_SECONDS = 3.0
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
            env=dict(environment),
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
        """End the program and all that it has started, and wait until they are gone."""
        if os.name == "nt":
            _end_tree_on_windows(self._process.pid)
        else:
            _end_tree_on_posix(self._process)
        self._process.wait()
        self._reader.join(_GRACE_SECONDS)

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self._lines.put(line.rstrip())
        self._process.wait()


def _end_tree_on_windows(process_id: int) -> None:
    """Windows knows no process groups that can be ended; ``taskkill /T`` follows the parents instead."""
    subprocess.run(
        ["taskkill", "/PID", str(process_id), "/T", "/F"],
        check=False,
        capture_output=True,
        creationflags=_HIDDEN_WINDOW,
    )


def _end_tree_on_posix(process: subprocess.Popen[str]) -> None:
    """Ask first, then kill: the group, and those descendants that have left it for a group of their own."""
    everyone = [process.pid, *_descendants(process.pid)]
    _signal_all(everyone, signal.SIGTERM)
    try:
        process.wait(_GRACE_SECONDS)
    except subprocess.TimeoutExpired:
        everyone += _descendants(process.pid)
    _signal_all(everyone, signal.SIGKILL)


def _signal_all(process_ids: Sequence[int], number: signal.Signals) -> None:
    for process_id in process_ids:
        try:
            os.kill(process_id, number)
        except (ProcessLookupError, PermissionError):
            continue
    try:
        os.killpg(process_ids[0], number)
    except (ProcessLookupError, PermissionError):
        return


def _descendants(process_id: int) -> list[int]:
    """Return the children of a process, their children and so on."""
    listed = subprocess.run(["ps", "-A", "-o", "pid=,ppid="], check=False, capture_output=True, text=True).stdout
    children: dict[int, list[int]] = {}
    for line in listed.splitlines():
        child, parent = (int(number) for number in line.split())
        children.setdefault(parent, []).append(child)
    found, waiting = [], [process_id]
    while waiting:
        born = children.get(waiting.pop(), [])
        found += born
        waiting += born
    return found
