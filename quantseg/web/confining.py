"""What a process gives up before it touches what somebody sent: memory beyond a limit, its turn, and the network."""

from __future__ import annotations

import contextlib
import ctypes
import os
import sys
from pathlib import Path

_NICENESS = 10
_NEW_USER, _NEW_NETWORK = 0x10000000, 0x40000000
"""Of ``unshare(2)``."""


def confine(memory_bytes: int) -> None:
    """Limit this process, and all that it will start; called before it has a second thread.

    The network is left where the system lets a process do so; elsewhere a firewall has to keep workers from it.

    Args:
        memory_bytes: of data that it may have.
    """
    with contextlib.suppress(OSError):
        os.nice(_NICENESS)
    if os.name == "nt":
        return
    import resource

    for limit, most in ((resource.RLIMIT_DATA, memory_bytes), (resource.RLIMIT_CORE, 0)):
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(limit, (most, most))
    if sys.platform == "linux":
        _leave_network()


def _leave_network() -> None:
    user, group = os.getuid(), os.getgid()
    if ctypes.CDLL(None).unshare(_NEW_USER | _NEW_NETWORK) != 0:
        return
    with contextlib.suppress(OSError):
        # Who this is stays as it was, and so do the owners of what is written.
        Path("/proc/self/setgroups").write_text("deny", encoding="ascii")
        Path("/proc/self/uid_map").write_text(f"{user} {user} 1", encoding="ascii")
        Path("/proc/self/gid_map").write_text(f"{group} {group} 1", encoding="ascii")
