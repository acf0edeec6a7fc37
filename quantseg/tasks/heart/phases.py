"""End-diastole and end-systole, found from the volume of the left ventricle over the cycle."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np

from quantseg.errors import InputRefused, UsageError

PHASES = ("ED", "ES")
"""End-diastole and end-systole, as files and ``Info.cfg`` name them."""

# Below this many frames a curve says nothing about which of them is odd.
_FEWEST_FRAMES_WITH_OUTLIERS = 10
# Limits chosen by hand, in shares of the curve's range: end-systole itself stands out from its neighbours by up to a
# tenth where frames are few.
_SPIKE_SHARE = 0.12
_MISFIT_SHARE = 0.15
# A misfit must exceed this many robust SDs of all frames', so that shuffled frames, which fit nowhere, are all kept.
_MISFIT_SDS = 6.0
_SD_PER_MAD = 1.4826
_OUTLIERS_PER_FRAME = 1 / 8


@dataclass(frozen=True)
class Phases:
    """Which frames are the fullest and the emptiest, counted from 0.

    Attributes:
        end_diastole: frame with the largest left ventricle.
        end_systole: frame with the smallest.
        outliers: frames that do not fit between their neighbours; they were not considered.
        corrected_outliers: such frames that a person has corrected; they were considered.
        given: whether a person or the input named the frames, rather than the curve.
    """

    end_diastole: int
    end_systole: int
    outliers: tuple[int, ...] = ()
    corrected_outliers: tuple[int, ...] = ()
    given: bool = False


def find_phases(
    left_ventricle: np.ndarray,
    end_diastole: int | None = None,
    end_systole: int | None = None,
    frame_times_ms: Sequence[float] | None = None,
    by_hand: Collection[int] = (),
) -> Phases:
    """Find both phases.

    End-diastole is the frame with the largest left ventricular cavity, end-systole the one with the smallest
    (Schulz-Menger et al., J Cardiovasc Magn Reson 2020;22:19). A single frame whose volume jumps away from both of
    its neighbours in time is left out, unless a person has corrected it. Where one phase is named, the other is looked
    for among the other frames.

    Args:
        left_ventricle: volume of the left ventricular cavity by frame, shape (T,), in any unit.
        end_diastole: overrides what would be found; counted from 0.
        end_systole: the same.
        frame_times_ms: by frame, where known; otherwise frames are taken to follow each other as stored.
        by_hand: frames that a person has corrected.

    Raises:
        InputRefused: no frame shows a left ventricle.
        UsageError: a frame was asked for that does not exist.
    """
    for name, frame in (("end-diastole", end_diastole), ("end-systole", end_systole)):
        if frame is not None and not 0 <= frame < len(left_ventricle):
            raise UsageError(
                f"Frame {frame} was named as {name}, but the frames run from 0 to {len(left_ventricle) - 1}; name one "
                "of these."
            )
    if not np.any(left_ventricle > 0):
        raise InputRefused(
            "No left ventricle was found in any frame, expected its cavity in all; check that this is a short-axis "
            "stack of the heart."
        )
    odd = find_outliers(left_ventricle, frame_times_ms)
    outliers = tuple(frame for frame in odd if frame not in by_hand)
    # A frame in which the cavity was missed altogether is no systole.
    missed = np.flatnonzero(left_ventricle <= 0)
    if len({*outliers, *missed.tolist()}) == len(left_ventricle):
        # What jumps out of empty frames is all that there is.
        outliers = ()
    usable = np.asarray(left_ventricle, dtype=float).copy()
    usable[[*outliers, *missed]] = np.nan
    return Phases(
        int(np.nanargmax(_others(usable, end_systole))) if end_diastole is None else end_diastole,
        int(np.nanargmin(_others(usable, end_diastole))) if end_systole is None else end_systole,
        outliers,
        tuple(frame for frame in odd if frame in by_hand),
        end_diastole is not None and end_systole is not None,
    )


def _others(usable: np.ndarray, named: int | None) -> np.ndarray:
    """Return a curve without the frame that is named as one phase; all of it where no other frame is usable."""
    others = usable.copy()
    if named is not None:
        others[named] = np.nan
    return usable if np.isnan(others).all() else others


def find_outliers(volumes: np.ndarray, frame_times_ms: Sequence[float] | None = None) -> tuple[int, ...]:
    """Return the frames whose volume jumps away from both neighbours and back; the cycle is taken as closed.

    Args:
        volumes: by frame, shape (T,).
        frame_times_ms: by frame, where known.

    Returns:
        the frames in ascending order; none where there are fewer than ten.
    """
    count = len(volumes)
    if count < _FEWEST_FRAMES_WITH_OUTLIERS:
        return ()
    order = np.arange(count) if frame_times_ms is None else np.argsort(frame_times_ms, kind="stable")
    curve = np.asarray(volumes, dtype=float)[order]
    found: list[int] = []
    for _ in range(int(count * _OUTLIERS_PER_FRAME)):
        worst = _worst_frame(curve)
        if worst is None:
            break
        found.append(int(order[worst]))
        curve[worst] = _between_neighbours(curve)[worst]
    return tuple(sorted(found))


def _worst_frame(curve: np.ndarray) -> int | None:
    neighbours = np.stack([np.roll(curve, 1), curve, np.roll(curve, -1)])
    spike = np.abs(curve - np.median(neighbours, axis=0))
    misfit = np.abs(curve - _between_neighbours(curve))
    # The range without the extremes, one of which may be the outlier itself.
    reach = float(np.ptp(np.sort(curve)[1:-1]))
    usual = _SD_PER_MAD * float(np.median(misfit))
    suspects = (spike > _SPIKE_SHARE * reach) & (misfit > max(_MISFIT_SHARE * reach, _MISFIT_SDS * usual))
    return int(np.argmax(np.where(suspects, misfit, -1))) if suspects.any() else None


def _between_neighbours(curve: np.ndarray) -> np.ndarray:
    """Return each value as the cubic through two neighbours on either side gives it."""
    near = np.roll(curve, 1) + np.roll(curve, -1)
    far = np.roll(curve, 2) + np.roll(curve, -2)
    return np.asarray((4 * near - far) / 6)
