"""Compressed files: told by their content, whatever their name says, and unpacked within limits."""

from __future__ import annotations

import bz2
import gzip
import zlib
from pathlib import Path

from quantseg.errors import InputRefused

MOST_BYTES = 8 * 1024**3
"""No image is larger; a cine of 40 frames of 20 slices of 512 x 512 voxels takes 1.7 GB at most."""
_MOST_RATIO = 400
"""Images are noise, which shrinks to a tenth at best; an empty one shrinks a thousandfold."""
_ALWAYS_UNPACKED_BYTES = 256 * 1024**2
"""However small the file is."""
_CHUNK_BYTES = 16 * 1024**2

_OPENERS = {b"\x1f\x8b": gzip.open, b"BZh": bz2.open}
"""By the first bytes of a file (RFC 1952; bzip2 has no standard beside its program)."""

PACKED_ENDINGS = (".gz", ".bz2")


def unpacked(path: Path) -> bytes:
    """Return the content of a file, unpacked to its last byte, so that the checksum at its end is verified.

    Raises:
        InputRefused: it is truncated or damaged, or so large that it can be no image.
    """
    try:
        packed_bytes = path.stat().st_size
        with path.open("rb") as stream:
            start = stream.read(3)
        opener = next((opener for magic, opener in _OPENERS.items() if start.startswith(magic)), None)
        if opener is None:
            refuse_large(packed_bytes)
            return path.read_bytes()
        limit = min(MOST_BYTES, max(_ALWAYS_UNPACKED_BYTES, _MOST_RATIO * packed_bytes))
        chunks: list[bytes] = []
        left = limit
        with opener(path) as stream:
            while chunk := stream.read(_CHUNK_BYTES):
                left -= len(chunk)
                if left < 0:
                    raise InputRefused(
                        f"the file unpacks to more than {limit // 1024**2} MiB, {limit // packed_bytes} times its "
                        "size or more, as no image does; copy or convert the image again"
                    )
                chunks.append(chunk)
        return b"".join(chunks)
    except (OSError, EOFError, zlib.error) as error:
        reason = "truncated" if isinstance(error, EOFError) else "damaged or unreadable"
        raise InputRefused(f"the file is {reason}; copy it again") from None


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
