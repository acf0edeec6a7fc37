"""Times, rates and sizes that headers state, kept only where a heart and a body can have them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from quantseg.tasks.heart.reading.cine import Body

_BEAT_MS = (250.0, 3000.0)
"""Heart rates of 240 and 20 beats per minute."""
_HEIGHT_CM = (30.0, 250.0)
_WEIGHT_KG = (1.0, 400.0)
_MS_PER_MINUTE = 60_000.0
_MAX_TIME_SPREAD = 0.2
"""Share of the beat by which slices acquired in different beats may differ, for their mean to be called a time."""


def stated_number(value: object) -> float | None:
    """Return what a header states as a number, or None where it states none."""
    try:
        number = float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return None
    return number if np.isfinite(number) else None


def believable_times_ms(times_ms: Sequence[float]) -> tuple[float, ...] | None:
    """Return the times of a cine's frames, or None where they cannot be those of one heart beat.

    Args:
        times_ms: of each frame, in order.
    """
    times = np.array(times_ms, dtype=float)
    if len(times) < 2 or not np.all(np.isfinite(times)):
        return None
    steps = np.diff(times)
    if np.any(steps <= 0):
        return None
    beat_ms = float(times[-1] - times[0] + np.median(steps))
    shortest, longest = _BEAT_MS
    # A prospectively triggered cine leaves out the end of the beat.
    return tuple(float(time) for time in times) if shortest / 2 <= beat_ms <= longest else None


def mean_times_ms(times_ms: np.ndarray) -> tuple[float, ...] | None:
    """Return the mean times of frames whose slices were acquired in beats of their own.

    Args:
        times_ms: ascending along the first axis, shape (T, K).

    Returns:
        one time a frame; None where they are not believable or the slices' beats differ too much.
    """
    mean = believable_times_ms([float(time) for time in times_ms.mean(axis=1)])
    if mean is None:
        return None
    spread = np.abs(times_ms - np.array(mean)[:, None]).max() / (mean[-1] - mean[0])
    return mean if spread <= _MAX_TIME_SPREAD else None


def believable_rate_bpm(beats_per_minute: float | None) -> float | None:
    """Return a heart rate, or None where it can be none."""
    if beats_per_minute is None or not np.isfinite(beats_per_minute) or beats_per_minute <= 0:
        return None
    shortest, longest = _BEAT_MS
    return beats_per_minute if shortest <= _MS_PER_MINUTE / beats_per_minute <= longest else None


def rate_of_beat_bpm(beat_ms: float | None) -> float | None:
    """Return the heart rate for the length of a beat, or None where it can be none."""
    return believable_rate_bpm(_MS_PER_MINUTE / beat_ms) if beat_ms and beat_ms > 0 else None


def believable_body(height_cm: float | None, weight_kg: float | None) -> Body:
    """Return the patient's size, without values that nobody has (headers hold 0 where nothing was entered)."""
    return Body(_within(height_cm, _HEIGHT_CM), _within(weight_kg, _WEIGHT_KG))


def _within(value: float | None, limits: tuple[float, float]) -> float | None:
    return value if value is not None and limits[0] <= value <= limits[1] else None
