"""How fast a ventricle empties and fills at most."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

# Neighbours on each side of a frame that its parabola runs through.
_REACH = 2
# Fewer frames than that a cycle and the slopes are those of the sampling.
FEWEST_FRAMES = 12
_MS_PER_S, _MS_PER_MIN = 1000.0, 60_000.0
# The pause between last and first frame, in steps, up to which the cycle counts as closed.
_LONGEST_PAUSE_STEPS = 1.6


@dataclass(frozen=True)
class VolumeRates:
    """Steepest slopes of a volume curve, both positive, in the curve's unit per second."""

    ejection_per_s: float
    filling_per_s: float


def volume_rates(
    volumes: np.ndarray,
    frame_times_ms: Sequence[float],
    heart_rate_per_min: float | None = None,
    outliers: Sequence[int] = (),
) -> VolumeRates | None:
    """Find the steepest fall and rise.

    Slopes are those of a parabola fitted by least squares to five neighbouring frames (Savitzky and Golay, Analytical
    Chemistry 1964;36:1627, at the frames' true times). Where the heart rate tells that the frames cover the cycle,
    the last one is followed by the first.

    Args:
        volumes: by frame, shape (T,), in any unit.
        frame_times_ms: by frame, in any order.
        heart_rate_per_min: where known.
        outliers: frames to leave out.

    Returns:
        the rates; None where fewer than twelve frames remain, two frames share a time, or the curve does not both
        fall and rise.
    """
    kept = [frame for frame in np.argsort(frame_times_ms, kind="stable") if frame not in outliers]
    times_ms = np.asarray(frame_times_ms, dtype=float)[kept]
    if len(kept) < FEWEST_FRAMES or np.any(np.diff(times_ms) <= 0):
        return None
    curve = np.asarray(volumes, dtype=float)[kept]
    if heart_rate_per_min is not None:
        times_ms, curve = _closed(times_ms, curve, _MS_PER_MIN / heart_rate_per_min)
    slopes = []
    for middle in range(_REACH, len(curve) - _REACH):
        window = slice(middle - _REACH, middle + _REACH + 1)
        from_here_s = (times_ms[window] - times_ms[middle]) / _MS_PER_S
        slopes.append(np.polyfit(from_here_s, curve[window], 2)[1])
    ejection, filling = -float(min(slopes)), float(max(slopes))
    return VolumeRates(ejection, filling) if ejection > 0 and filling > 0 else None


def _closed(times_ms: np.ndarray, curve: np.ndarray, cycle_ms: float) -> tuple[np.ndarray, np.ndarray]:
    """Repeat the first frames behind the last and the last before the first, if the frames cover the cycle."""
    step_ms = float(np.median(np.diff(times_ms)))
    pause_ms = cycle_ms - float(np.ptp(times_ms))
    if not 0 < pause_ms <= _LONGEST_PAUSE_STEPS * step_ms:
        return times_ms, curve
    times_ms = np.concatenate([times_ms[-_REACH:] - cycle_ms, times_ms, times_ms[:_REACH] + cycle_ms])
    return times_ms, np.concatenate([curve[-_REACH:], curve, curve[:_REACH]])
