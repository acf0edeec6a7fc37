"""The values of DICOM images as they are meant, and whether two of them agree."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from quantseg.errors import InputRefused
from quantseg.reading.dicom_frames import Frame
from quantseg.reading.dicom_pixels import stored_values


def read_planes(ordered: Sequence[Frame]) -> np.ndarray:
    """Return the rescaled values of ordered frames, shape (frames, rows, columns).

    Raises:
        InputRefused: pixels are truncated, damaged, or compressed in a way that nothing installed here decodes.
    """
    planes: list[np.ndarray] = [np.empty(0)] * len(ordered)
    for k, plane in _planes(ordered):
        planes[k] = plane
    return np.stack(planes)


def plane_digests(frames: Sequence[Frame]) -> list[bytes]:
    """Return a hash of each frame's rescaled values, equal where these are.

    Raises:
        InputRefused: as for :func:`read_planes`.
    """
    digests = [b""] * len(frames)
    for k, plane in _planes(frames):
        digests[k] = hashlib.sha256(plane.astype(np.float64).tobytes()).digest()
    return digests


def _planes(frames: Sequence[Frame]) -> Iterator[tuple[int, np.ndarray]]:
    """Yield the number of each frame and its rescaled values, each file's together, as few as need be in memory."""
    places: dict[Path, list[int]] = defaultdict(list)
    for k, frame in enumerate(frames):
        places[frame.path].append(k)
    for path, ks in places.items():
        members = [frames[k] for k in ks]
        try:
            stored = stored_values(path, min(members, key=lambda frame: frame.index))
            planes = [_rescaled(stored[frame.index], frame) for frame in members]
        except InputRefused:
            raise
        except Exception:  # pydicom and GDCM raise many kinds on damaged pixels; all mean the same here
            raise InputRefused("the pixels of a DICOM file are truncated or damaged; copy the folder again") from None
        yield from zip(ks, planes, strict=True)


def _rescaled(stored: np.ndarray, frame: Frame) -> np.ndarray:
    if frame.slope == 1 and frame.intercept == 0:
        return stored
    return (stored * frame.slope + frame.intercept).astype(np.float32)
