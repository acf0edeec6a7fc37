"""The node's log: a line of JSON an event, of which nothing says whose study it is."""

from __future__ import annotations

import contextlib
import json
import logging
import sys
import threading
import time
from datetime import UTC, datetime
from typing import IO

_SILENCED = ("pydicom", "pynetdicom", "dicomweb_client", "urllib3", "requests", "sqlalchemy", "highdicom")


class EventLog:
    """Writes lines, from any thread.

    Args:
        stream: where to; standard output by default, which the system's journal keeps.
    """

    def __init__(self, stream: IO[str] | None = None) -> None:
        self._stream = stream or sys.stdout
        self._lock = threading.Lock()

    def __call__(self, event: str, level: str = "info", **facts: str | float | int | None) -> None:
        """Write a line.

        Args:
            event: what happened, one word or two.
            level: "info", "warning" or "error".
            facts: numbers, names of rules, steps and destinations, and reasons.
        """
        moment = datetime.fromtimestamp(time.time(), UTC).isoformat(timespec="milliseconds")
        line: dict[str, str | float] = {"time": moment, "level": level, "event": event}
        line |= {name: value for name, value in facts.items() if value is not None and value != ""}
        # A disk without room for the log is no reason to leave studies alone.
        with self._lock, contextlib.suppress(OSError):
            print(json.dumps(line, ensure_ascii=False), file=self._stream, flush=True)


def silence_libraries() -> None:
    """Let no library write what it thinks: what it says repeats values of headers and addresses with identifiers."""
    for name in _SILENCED:
        logger = logging.getLogger(name)
        logger.handlers = [logging.NullHandler()]
        logger.propagate = False
    logging.lastResort = None
