"""A case, changed or read by one process at a time, until it is erased."""

from __future__ import annotations

import contextlib
import fcntl
from collections.abc import Iterator
from pathlib import Path

from quantseg.errors import UsageError

_HELD = ".changing"


@contextlib.contextmanager
def alone_with(folder: Path) -> Iterator[None]:
    """Keep all other processes from changing a case meanwhile.

    Args:
        folder: of the case.

    Raises:
        UsageError: it was erased, perhaps while this waited.
    """
    try:
        held = (folder / _HELD).open("w")
    except FileNotFoundError:
        raise UsageError("This case is not there any more.") from None
    with held:
        fcntl.flock(held, fcntl.LOCK_EX)
        if not (folder / _HELD).exists():
            raise UsageError("This case was erased meanwhile.")
        yield
