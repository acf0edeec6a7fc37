"""The events of a run as lines for another program, which follows it through a pipe."""

from __future__ import annotations

import sys
import threading
from typing import TextIO

from quantseg.results.events import Event, to_line


class EventLines:
    """Writes each event at once, whole, whichever thread it comes from.

    Args:
        stream: where to write; standard output by default.
    """

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream or sys.stdout
        self._writing = threading.Lock()

    def __call__(self, event: Event) -> None:
        """Write one line."""
        with self._writing:
            self._stream.write(to_line(event) + "\n")
            self._stream.flush()
