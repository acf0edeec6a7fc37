"""Whether water and fat can be of one scale: what is known to be fat, and what is known to be lean, tell it roughly.

If one of the two is scaled by itself, every fraction is wrong. Of half or double, fractions hardly tell: in the one
real scan that was looked at, fat under the skin showed 94 to 96 % and lean muscle 3 to 4 %; with fat at half its scale
88 to 92 % and 2 %, at a quarter 77 to 84 % and 1 %, at double 97 to 98 % and 6 to 7 %, at four times 98 to 99 % and 11
to 13 %. Drawn cross-sections show 79 to 96 % and 3 to 20 % (``Testing/benchmarks/muscle_scales.py``). An equal highest
value tells of any scale.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from quantseg.measure.values import Check, Verdict
from quantseg.reading.scan import Scan
from quantseg.tasks.lumbar_muscle.body import fat_under_skin
from quantseg.tasks.lumbar_muscle.fat import fraction

# Skin and septa lie among the fat under the skin, and fat among muscle: neither middle is pure.
_PUREST_PERCENT, _LEANEST_PERCENT = 75, 10
_LEAST_UNDER_SKIN, _MOST_IN_MUSCLE = 80.0, 20.0
# Each alone can be: pure fat under the skin, or muscle without a lean part.
_BOTH_UNDER_SKIN, _BOTH_IN_MUSCLE = 97.5, 10.0


@dataclass(frozen=True)
class FatLevels:
    """Fat fractions of a plane that hardly differ between people, in per cent; not-a-number where they are not shown.

    Attributes:
        under_skin: of the purest quarter of the layer under the skin.
        in_muscle: of the leanest tenth of the muscles.
    """

    under_skin: float
    in_muscle: float


def fat_levels(pictures: np.ndarray, labels: np.ndarray, pixel_mm: tuple[float, float]) -> FatLevels:
    """Return the levels of a plane.

    Args:
        pictures: water and fat, float32, shape (2, I, J).
        labels: of the muscles.
        pixel_mm: size of a pixel.
    """
    percent = fraction(pictures[0], pictures[1])
    found = []
    masks = (fat_under_skin(pictures.sum(axis=0), pixel_mm), labels > 0)
    for mask, rank in zip(masks, (_PUREST_PERCENT, _LEANEST_PERCENT), strict=True):
        known = percent[mask & np.isfinite(percent)]
        found.append(float(np.percentile(known, rank)) if known.size else float("nan"))
    return FatLevels(*found)


def same_top(scans: Mapping[str, Scan]) -> float | None:
    """Return the highest value of both images where it is one and the same; None where it is not."""
    tops = {float(scan.volume.array.max()) for scan in scans.values()}
    return tops.pop() if len(scans) > 1 and len(tops) == 1 else None


def check_scales(levels: Sequence[FatLevels], top: float | None) -> Check:
    """Judge whether water and fat seem to be of one scale.

    Args:
        levels: of each measured plane.
        top: the highest value of both images, where it is the same.
    """
    under_skin, in_muscle = (
        float(np.median(known)) if (known := [one for one in of if np.isfinite(one)]) else None
        for of in ([one.under_skin for one in levels], [one.in_muscle for one in levels])
    )
    wrong = []
    if top is not None:
        wrong.append(f"the highest value of both is {top:g}, as where each is scaled by itself")
    if under_skin is not None and under_skin < _LEAST_UNDER_SKIN:
        wrong.append(f"fat under the skin shows {under_skin:.0f} % of fat (expected {_LEAST_UNDER_SKIN:.0f} % or more)")
    if in_muscle is not None and in_muscle > _MOST_IN_MUSCLE:
        wrong.append(f"the leanest muscle shows {in_muscle:.0f} % of fat (expected {_MOST_IN_MUSCLE:.0f} % or less)")
    elif (under_skin or 0) > _BOTH_UNDER_SKIN and (in_muscle or 0) > _BOTH_IN_MUSCLE:
        wrong.append(
            f"fat under the skin shows {under_skin:.0f} % of fat and the leanest muscle {in_muscle:.0f} % (expected "
            f"{_BOTH_UNDER_SKIN:g} or {_BOTH_IN_MUSCLE:.0f} % at most in one of them)"
        )
    if wrong:
        reason = (
            f"Water and fat may be of different scales: {'; '.join(wrong)}. Fat fractions would be wrong, areas not: "
            "look at whether both were exported with one scale."
        )
        return Check("scales", Verdict.LOOK, reason)
    shown = " and ".join(
        f"{value:.0f} % {where}"
        for value, where in ((under_skin, "under the skin"), (in_muscle, "in the leanest muscle"))
        if value is not None
    )
    reason = f"Fat fractions are {shown}: nothing tells of different scales." if shown else "Scales cannot be judged."
    return Check("scales", Verdict.GOOD, reason)
