"""Whether slices lie further apart than their headers say, as where every second one is missing."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from quantseg.reading.dicom_frames import frame_field
from quantseg.reading.dicom_headers import DicomFile

_THICKNESS, _DISTANCE = "SliceThickness", "SpacingBetweenSlices"
DISTANCE_TAGS = (_THICKNESS, _DISTANCE)
"""What it takes, beyond where the images lie."""
_SAME = 0.05
"""Relative difference of distances that are one; positions are often rounded."""
_TOO_FAR = 1.9
"""Multiple of what the header says from which slices may be missing. No gap between slices is as thick as they are."""


def doubt_of_distance(files: Sequence[DicomFile], distance_mm: float) -> tuple[str, ...]:
    """Return why a stack asks for a look whose slices lie far apart; nothing where the header explains the distance.

    SpacingBetweenSlices (0018,0088) is the distance of their middles; some scanners take it for the gap between them.

    Args:
        files: of the stack, read with ``DISTANCE_TAGS``.
        distance_mm: between the middles of neighbouring slices, by their positions.
    """
    thickness_mm, stated_mm = (_median_mm(files, keyword) for keyword in (_THICKNESS, _DISTANCE))
    if stated_mm is not None:
        is_gap = thickness_mm is not None and distance_mm < _TOO_FAR * thickness_mm
        with_gap_mm = stated_mm + (thickness_mm or 0.0)
        if distance_mm < _TOO_FAR * stated_mm or (is_gap and abs(distance_mm - with_gap_mm) <= _SAME * distance_mm):
            return ()
        header = f"the header says {stated_mm:.4g} mm"
    elif thickness_mm is not None and distance_mm >= _TOO_FAR * thickness_mm:
        header = f"each is {thickness_mm:.4g} mm thick"
    else:
        return ()
    return (
        f"Slices lie {distance_mm:.4g} mm apart while {header}, so slices may be missing; make sure that the whole "
        "series was exported.",
    )


def _median_mm(files: Sequence[DicomFile], keyword: str) -> float | None:
    """Return the length that images state, without its sign; None where they state none."""
    found = []
    for file in files:
        try:
            found.append(abs(float(frame_field(file.header, file.frame_numbers[0], "PixelMeasuresSequence", keyword))))
        except (AttributeError, IndexError, KeyError, TypeError, ValueError):
            continue
    lengths_mm = [length_mm for length_mm in found if np.isfinite(length_mm) and length_mm > 0]
    return float(np.median(lengths_mm)) if lengths_mm else None
