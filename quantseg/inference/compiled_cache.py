"""Compiled networks kept between runs: to read one back takes less than half as long as to compile it.

They are a convenience only. One that is damaged, or was made by another version or for another processor, is passed
over, and where nothing can be written nothing is kept.
"""

from __future__ import annotations

import contextlib
import os
import time
from pathlib import Path

from quantseg.models.home import cache_folder, replace_file
from quantseg.models.trust import sha256

_SUFFIX = ".compiled"
_DIGEST_BYTES = 64
_KEPT_UNUSED_SECONDS = 60 * 24 * 3600


def kept_network(key: str) -> bytes | None:
    """Return what was kept under a key; None where there is nothing, or not the whole of it.

    Args:
        key: names all that decides the content.
    """
    path = _path(key)
    try:
        content = path.read_bytes()
    except OSError:
        return None
    digest, compiled = content[:_DIGEST_BYTES], content[_DIGEST_BYTES:]
    if _digest(key, compiled) != digest:
        return None
    # What may be read but not changed, such as a cache that an administrator made, serves nonetheless.
    with contextlib.suppress(OSError):
        os.utime(path)
    return compiled


def keep_network(key: str, compiled: bytes) -> None:
    """Keep a compiled network under a key, and drop those that were not used for two months.

    Args:
        key: as for :func:`kept_network`.
        compiled: the network, as OpenVINO exports it.
    """
    path = _path(key)
    # A home that cannot be written, or a full disk, costs the next run a second and this one nothing.
    with contextlib.suppress(OSError):
        replace_file(path, _digest(key, compiled) + compiled)
        oldest = time.time() - _KEPT_UNUSED_SECONDS
        for other in path.parent.glob(f"*{_SUFFIX}"):
            if other.stat().st_mtime < oldest:
                other.unlink()


def _digest(key: str, compiled: bytes) -> bytes:
    """Return a checksum that also tells whose network it is, should files have been exchanged or renamed."""
    return sha256(key.encode() + compiled).encode()


def _path(key: str) -> Path:
    return cache_folder() / "networks" / f"{sha256(key.encode())}{_SUFFIX}"
