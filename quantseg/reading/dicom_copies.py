"""Copies of an image among those of a series: files that agree in place, in values, and in whatever else counts.

SOPInstanceUID does not tell: tools that take names away give one to many images, and copies get new ones.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Sequence

from quantseg.reading.dicom_frames import Frame

_DECIMALS = 3
"""Positions are compared to a thousandth of a millimetre."""


def without_copies(
    frames: Sequence[Frame],
    digests: Callable[[Sequence[Frame]], Sequence[bytes]],
    further: Sequence[Hashable] | None = None,
) -> tuple[list[Frame], int]:
    """Leave out images that lie where another lies and hold the same values.

    Args:
        frames: of a series.
        digests: returns a hash of the values of each of some frames; asked only of those at one place.
        further: of each frame, what must agree beside, such as its time in a cine.

    Returns:
        the frames that remain, in their order, and how many were left out.

    Raises:
        InputRefused: pixels that must be compared cannot be read.
    """
    places: dict[Hashable, list[int]] = defaultdict(list)
    for number, frame in enumerate(frames):
        place = (*frame.position_mm, *frame.row_direction, *frame.column_direction, *frame.spacing_mm)
        rounded = tuple(round(float(value), _DECIMALS) + 0.0 for value in place)
        places[frame.size, rounded, None if further is None else further[number]].append(number)
    doubtful = [number for numbers in places.values() if len(numbers) > 1 for number in numbers]
    found = dict(zip(doubtful, digests([frames[number] for number in doubtful]), strict=True))
    copies = set()
    for numbers in places.values():
        seen = set()
        for number in numbers:
            digest = found.get(number)
            if digest is not None and digest in seen:
                copies.add(number)
            seen.add(digest)
    return [frame for number, frame in enumerate(frames) if number not in copies], len(copies)


def copies_note(count: int) -> tuple[str, ...]:
    """Return what report and ``run.json`` say of copies; nothing where there are none."""
    if not count:
        return ()
    images, are = ("image", "is a copy") if count == 1 else ("images", "are copies")
    return (f"{count} {images} of the DICOM series {are} of another, in place and values, and counted once.",)
