"""Compressed files: told by their content, whatever their name says, and unpacked within limits."""

from __future__ import annotations

import bz2
import gzip
import io
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

from quantseg.errors import InputRefused

MOST_BYTES = 8 * 1024**3
"""No image is larger; a cine of 40 frames of 20 slices of 512 x 512 voxels takes 1.7 GB at most."""
_MOST_RATIO = 400
"""Images are noise, which shrinks to a tenth at best; an empty one shrinks a thousandfold."""
_ALWAYS_UNPACKED_BYTES = 256 * 1024**2
"""However small the file is."""
_CHUNK_BYTES = 16 * 1024**2
_LONGEST_MAGIC = 3

PACKINGS: dict[bytes, Callable[[BinaryIO], io.BufferedIOBase]] = {
    b"\x1f\x8b": lambda stream: gzip.GzipFile(fileobj=stream),
    b"BZh": bz2.BZ2File,
}
"""What unpacks, by the first bytes of a file (RFC 1952; bzip2 has no standard beside its program)."""


def unpacked(path: Path) -> bytes:
    """Return the content of a file, unpacked to its last byte, so that the checksum at its end is verified.

    Raises:
        InputRefused: it is truncated or damaged, or so large that it can be no image.
    """
    try:
        with path.open("rb") as stream:
            return unpacked_stream(stream, path.stat().st_size)
    except OSError:
        raise InputRefused("the file is damaged or unreadable; copy it again") from None


def unpacked_stream(stream: BinaryIO, stored_bytes: int) -> bytes:
    """Return the content of an open file; see :func:`unpacked`.

    Args:
        stream: at its beginning; it can seek.
        stored_bytes: length of the file.

    Raises:
        InputRefused: as above.
    """
    start = stream.read(_LONGEST_MAGIC)
    stream.seek(0)
    unpacker = next((unpacker for magic, unpacker in PACKINGS.items() if start.startswith(magic)), None)
    if unpacker is None:
        refuse_large(stored_bytes)
        return stream.read()
    limit = most_unpacked_bytes(stored_bytes)
    chunks: list[bytes] = []
    left = limit
    try:
        with unpacker(stream) as content:
            while chunk := content.read(_CHUNK_BYTES):
                left -= len(chunk)
                if left < 0:
                    raise InputRefused(
                        f"the file unpacks to more than {limit // 1024**2} MiB, {limit // stored_bytes} times its size "
                        "or more, as no image does; copy or convert the image again"
                    )
                chunks.append(chunk)
    except (OSError, EOFError, zlib.error) as error:
        reason = "truncated" if isinstance(error, EOFError) else "damaged or unreadable"
        raise InputRefused(f"the file is {reason}; copy it again") from None
    return b"".join(chunks)


def most_unpacked_bytes(stored_bytes: int, most_bytes: int = MOST_BYTES) -> int:
    """Return to how many bytes a packed file of some length may unpack, at most so many."""
    return min(most_bytes, max(_ALWAYS_UNPACKED_BYTES, _MOST_RATIO * stored_bytes))


def refuse_large(found_bytes: int) -> None:
    """Refuse what is larger than any image, before memory is asked for it.

    Raises:
        InputRefused: it is.
    """
    if found_bytes > MOST_BYTES:
        raise InputRefused(
            f"the image takes {found_bytes / 1024**3:.0f} GiB, expected at most {MOST_BYTES // 1024**3}; extract one "
            "volume from it"
        )
