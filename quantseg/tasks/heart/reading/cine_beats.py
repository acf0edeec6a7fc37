"""Whether the images of each slice were taken over many heart beats, one in each, as perfusion's are."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from quantseg.errors import InputRefused
from quantseg.tasks.heart.reading.cine_times import TimedFrame, TimeField

_LONGEST_SPAN_S = 5.0
"""Longer than the slowest heart's beat, of 3 s, and than the two that some take for one cine."""
_LEAST_STEP_S = 0.35
"""From one beat to the next under stress; the images of one beat follow each other within a tenth of a second."""
_LEAST_SHARE = 0.75
"""Of the steps of a slice that are that long."""
_MS_PER_S = 1000.0


def refuse_many_beats(slices: Sequence[Sequence[TimedFrame]]) -> None:
    """Refuse images of each slice that are spread over many beats, by trigger time or by time of day.

    Args:
        slices: the images of each, in the order of time.

    Raises:
        InputRefused: most slices are so.
    """
    spread = [found for images in slices if (found := _over_many_beats_s(images)) is not None]
    if 2 * len(spread) <= len(slices):
        return
    span_s, step_s = np.median(spread, axis=0)
    raise InputRefused(
        f"the images of each slice were taken over {span_s:.0f} s, one each {step_s:.1f} s, expected one heart beat; "
        "perfusion, maps and the like show no beat and give no volumes over it, so choose the cine"
    )


def _over_many_beats_s(images: Sequence[TimedFrame]) -> tuple[float, float] | None:
    """Return over how long images were taken, and from one to the next; None where that is one beat, or not known."""
    field = TimeField.TRIGGER_TIME
    triggered_s = [image.times[field] / _MS_PER_S for image in images if field in image.times]
    acquired_s = [image.acquired_s for image in images if image.acquired_s]
    for stated_s in (triggered_s, acquired_s):
        if len(stated_s) < max(2, len(images)):
            continue
        times_s = np.sort(stated_s)
        span_s, steps_s = float(times_s[-1] - times_s[0]), np.diff(times_s)
        if span_s > _LONGEST_SPAN_S and np.mean(steps_s >= _LEAST_STEP_S) >= _LEAST_SHARE:
            return span_s, float(np.median(steps_s))
    return None
