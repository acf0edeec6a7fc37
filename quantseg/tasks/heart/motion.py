"""Whether the heart moves between end-diastole and end-systole: a frame repeated, or perfusion, has no function."""

from __future__ import annotations

import math

import numpy as np

from quantseg.measure.limits import telling_decimals
from quantseg.measure.values import Check, Verdict
from quantseg.tasks.heart.anatomy import HeartLabel
from quantseg.tasks.heart.contrast_passage import LARGEST_BRIGHTENING, heart_brightening
from quantseg.tasks.heart.function import ejection_fraction_percent
from quantseg.tasks.heart.phases import Phases
from quantseg.tasks.heart.plausibility import shows_left_ventricle
from quantseg.tasks.heart.short_axis import ShortAxisStack
from quantseg.volume.masks import grown

MOTION = "motion"
# Half of what the stillest of 80 patients of ACDC shows (an ejection fraction of 10.5 %), and between what repeated
# frames with 2 % noise show at most (1.02) and those patients at least (2.4): Testing/benchmarks/heart_motion.py.
LEAST_EJECTED_PERCENT = 5.0
LEAST_CHANGE = 1.7

_HEART_MARGIN_MM = 6.0
_OUTSIDE_MARGIN_MM = 12.0


def check_motion(frames: np.ndarray, stack: ShortAxisStack, phases: Phases) -> tuple[Check, ...]:
    """Fail what shows no beat: the heart ejects next to nothing, changes no more than its surroundings, or brightens.

    Args:
        frames: raw intensities of the cycle, shape (T, I, J, K); nothing is said of a single one.
        stack: its labels; nothing is said where they show no left cavity, which another check fails.
        phases: the frames to be compared; the same one twice where no volume differs from the others.
    """
    if len(frames) == 1 or not shows_left_ventricle(stack, phases):
        return ()
    showing = np.flatnonzero(stack.areas[HeartLabel.LV_CAVITY].sum(axis=-1))
    if len(showing) == 1:
        reason = (
            f"A left ventricle was found in frame {showing[0] + 1} (counted from 1) alone, expected in every frame: "
            "nothing tells what it ejects."
        )
        return (Check(MOTION, Verdict.FAIL, reason),)
    brightening = heart_brightening(frames, np.any(stack.labels > 0, axis=0), stack.pixel_mm)
    if brightening is not None and brightening > LARGEST_BRIGHTENING:
        decimals = telling_decimals(brightening, (LARGEST_BRIGHTENING,), 1)
        reason = (
            f"The heart is {brightening:.{decimals}f} times as bright in one frame as in another (expected at most "
            f"{LARGEST_BRIGHTENING:.{decimals}f} times), as where a contrast agent passes: this seems to be perfusion, "
            "which shows no heart beat."
        )
        return (Check(MOTION, Verdict.FAIL, reason),)
    shown = [phases.end_diastole, phases.end_systole]
    cavity = stack.areas[HeartLabel.LV_CAVITY][shown].sum(axis=-1)
    ejected = ejection_fraction_percent(*cavity)
    # A ventricle that is larger at end-systole moves: its phases are exchanged, which the check of its fraction says.
    if abs(ejected) < LEAST_EJECTED_PERCENT:
        decimals = telling_decimals(ejected, (LEAST_EJECTED_PERCENT,), 1)
        reason = (
            f"The heart does not move: the left ventricle ejects {ejected:z.{decimals}f} % (expected at least "
            f"{LEAST_EJECTED_PERCENT:.{decimals - 1}f} %), so that this is no cine of a beating heart, or one frame "
            "repeated."
        )
        return (Check(MOTION, Verdict.FAIL, reason),)
    heart = np.any(stack.labels[shown] > 0, axis=0)
    change = heart_change(frames[shown[0]], frames[shown[1]], heart, stack.pixel_mm)
    if change is None:
        return ()
    if change == math.inf:
        reason = "Between end-diastole and end-systole the image changes at the heart, and nowhere around it."
        return (Check(MOTION, Verdict.GOOD, reason),)
    decimals = telling_decimals(change, (LEAST_CHANGE,), 1)
    found = (
        f"Between end-diastole and end-systole the image changes {change:.{decimals}f} times as much at the heart as "
        f"around it (expected at least {LEAST_CHANGE:.{decimals}f} times)"
    )
    if change < LEAST_CHANGE:
        reason = f"{found}: the heart does not move, and what seems to be ejected is noise."
        return (Check(MOTION, Verdict.FAIL, reason),)
    return (Check(MOTION, Verdict.GOOD, f"{found}."),)


def heart_change(
    first: np.ndarray, second: np.ndarray, heart: np.ndarray, pixel_mm: tuple[float, float]
) -> float | None:
    """Return how much two frames differ at the heart per difference around it, in the slices that show the heart.

    The second frame is first given the mean and the spread of brightness that the first one has outside.

    Args:
        first: raw intensities, shape (I, J, K).
        second: raw intensities, same shape.
        heart: whatever either frame shows of it, bool, same shape.
        pixel_mm: distance between pixels along i and j.

    Returns:
        ratio of the root mean squares; infinite where nothing changes outside, 0 where nothing changes at all, None
        where the surroundings show nothing.
    """
    near, far = (grown(heart, _radii(margin_mm, pixel_mm)) for margin_mm in (_HEART_MARGIN_MM, _OUTSIDE_MARGIN_MM))
    around = ~far & heart.any(axis=(0, 1))
    one, other = first.astype(np.float64), second.astype(np.float64)
    if not around.any() or not (one[around].std() and other[around].std()):
        return None
    other = (other - other[around].mean()) * (one[around].std() / other[around].std()) + one[around].mean()
    inside, outside = (math.sqrt(float(np.mean((one - other)[place] ** 2))) for place in (near, around))
    # Rounding in the line above is no change.
    nothing = 1e-9 * float(one[around].std())
    if inside <= nothing:
        return 0.0
    return inside / outside if outside > nothing else math.inf


def _radii(margin_mm: float, pixel_mm: tuple[float, float]) -> tuple[int, int, int]:
    return round(margin_mm / pixel_mm[0]), round(margin_mm / pixel_mm[1]), 0
