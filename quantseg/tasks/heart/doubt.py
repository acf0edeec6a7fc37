"""How far the members of the ensemble agree on a heart: an interval of the ejection fraction, and checks.

Where a bundle has no ``configs/verdict.json``, interval and check are provisional: nothing was fitted to cases that
its members had not seen. Where that file holds intervals alone, the check still is.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from quantseg.inference.uncertainty import member_pairs
from quantseg.measure.limits import telling_decimals
from quantseg.measure.values import Check, Interval, Verdict
from quantseg.tasks.heart.expectation import HeartEvidence
from quantseg.tasks.heart.fraction_error import FractionError, fraction_reach
from quantseg.tasks.heart.function import CAVITY_OF, ejection_fraction_percent
from quantseg.tasks.heart.phases import Phases
from quantseg.tasks.heart.segmenting import CycleSegmentation
from quantseg.tasks.heart.volumes import VolumeCurves

PROVISIONAL_INTERVAL_NOTE = (
    "The 95 % interval of the ejection fraction is provisional: it adds the disagreement of the ensemble's members to "
    "the 2.7 points (SD) by which the best published methods differ from experts on the ACDC data."
)
INTERVAL_NOTE = (
    "The 95 % interval of the ejection fraction was fitted to the errors of the ensemble's members on patients that "
    "they had not seen; it grows with the members' disagreement."
)
SCALED_INTERVAL_NOTE = (
    "The 95 % interval of the ejection fraction was fitted to the errors of the ensemble's members on patients that "
    "they had not seen, spoiled images and another scanner's among them; it grows with the members' disagreement and "
    "with the image's faults."
)
OUTLINED_SLICES_INTERVAL_NOTE = (
    "The 95 % interval of the ejection fraction was fitted to the errors of the ensemble's members on patients of one "
    "data set that they had not seen, unspoiled images of the slices that were outlined there; it grows with the "
    "members' disagreement and with the image's faults. On another scanner it may hold less often."
)
_SD_AGAINST_EXPERTS_PERCENT = 2.7
_NORMAL_95 = 1.96
_LOOK_DICE, _FAIL_DICE = 0.85, 0.60
# Good results of calibration reach 0.21, since what lies apart is taken away; what it says of the rest, the expected
# Dice weighs.
_MOST_STRAY_SHARE = 0.25
# One slice above the valves belongs to a stack that covers the base.
_MOST_OPEN_SLICES = 1


def ejection_fractions(curves: VolumeCurves, phases: Phases) -> Mapping[str, float]:
    """Return the ejection fraction in % of every ventricle that end-diastole shows, by region."""
    return {
        region: ejection_fraction_percent(
            curves.voxel_counts[label][phases.end_diastole], curves.voxel_counts[label][phases.end_systole]
        )
        for region, label in CAVITY_OF.items()
        if curves.voxel_counts[label][phases.end_diastole]
    }


def ejection_fraction_spread(segmentation: CycleSegmentation, phases: Phases) -> Mapping[str, float]:
    """Return the SD of the ejection fraction over the members, in points, by region.

    It is taken from the members' differences in pairs, of which only those with the witness count where there is one.

    Returns:
        nothing for a single member, and none for a ventricle that a member does not show at end-diastole.
    """
    pairs = member_pairs(len(segmentation.member_counts), segmentation.witness)
    spread = {}
    for region, label in CAVITY_OF.items():
        by_member = [
            ejection_fraction_percent(counts[phases.end_diastole], counts[phases.end_systole])
            for counts in segmentation.member_counts[:, :, label]
        ]
        if pairs and np.isfinite(by_member).all():
            differences = [by_member[a] - by_member[b] for a, b in pairs]
            spread[region] = float(np.sqrt(np.mean(np.square(differences)) / 2))
    return spread


def ejection_fraction_intervals(
    segmentation: CycleSegmentation,
    curves: VolumeCurves,
    phases: Phases,
    fitted: Mapping[str, FractionError] | None = None,
    evidence: HeartEvidence | None = None,
) -> Mapping[str, Interval]:
    """Return a 95 % interval in % around each ventricle's ejection fraction, by region.

    Args:
        segmentation: of the cycle.
        curves: its volumes.
        phases: end-diastole and end-systole.
        fitted: errors of the ejection fraction by region; None for the provisional ones.
        evidence: of end-diastole and end-systole; without it nothing fitted tells an interval.

    Returns:
        nothing for a single member, and none for a ventricle that a member does not show at end-diastole.
    """
    fractions = ejection_fractions(curves, phases)
    intervals = {}
    for region, spread in ejection_fraction_spread(segmentation, phases).items():
        if fitted is None:
            bias, reach = 0.0, provisional_reach(spread)
        elif region in fitted and evidence is not None:
            bias, reach = fitted[region].bias, fraction_reach(fitted[region], spread, evidence)
        else:
            continue
        if region in fractions:
            intervals[region] = _interval(fractions[region], bias, reach)
    return intervals


def provisional_reach(spread: float) -> float:
    """Return how far from the true ejection fraction one may lie for which nothing was fitted, in points, 95 % sure.

    Args:
        spread: SD of the ejection fraction over the members, in points.
    """
    return _NORMAL_95 * float(np.hypot(spread, _SD_AGAINST_EXPERTS_PERCENT))


def _interval(value: float, bias: float, reach: float) -> Interval:
    # Nothing ejects more than all of it; the value itself is never left out.
    low, high = max(value + bias - reach, 0.0), min(value + bias + reach, 100.0)
    return Interval(min(low, value), max(high, value))


def check_finding(segmentation: CycleSegmentation, frames: tuple[int, ...]) -> tuple[Check, ...]:
    """Judge whether there was a heart to outline, and how much else was taken for it in these frames."""
    if not segmentation.heart_found:
        reason = "A first look found no heart, and the middle of the image was outlined; check what the stack shows."
        return (Check("heart_found", Verdict.FAIL, reason),)
    share = float(segmentation.stray_share[list(frames)].max())
    verdict = Verdict.LOOK if share > _MOST_STRAY_SHARE else Verdict.GOOD
    decimals = telling_decimals(share, (_MOST_STRAY_SHARE,), 1, 100)
    found = (
        f"{100 * share:.{decimals}f} % of what was found lay apart from the ventricles and was taken away (expected at "
        f"most {100 * _MOST_STRAY_SHARE:.{decimals - 1}f} %)"
    )
    warning = "" if verdict is Verdict.GOOD else ": other structures were taken for a ventricle"
    return (Check("stray_share", verdict, f"{found}{warning}."), *_check_open_slices(segmentation, frames))


def _check_open_slices(segmentation: CycleSegmentation, frames: tuple[int, ...]) -> tuple[Check, ...]:
    """Say how many slices showed no wall around the blood; nothing for a model that knows the right ventricle."""
    if segmentation.open_slices is None:
        return ()
    count = int(segmentation.open_slices[list(frames)].max())
    verdict = Verdict.LOOK if count > _MOST_OPEN_SLICES else Verdict.GOOD
    found = (
        f"{count} slice{'' if count == 1 else 's'} at base or apex had no wall around what was outlined, as above the "
        f"valves, and {'is' if count == 1 else 'are'} left out (expected at most {_MOST_OPEN_SLICES})"
    )
    warning = "" if verdict is Verdict.GOOD else ": parts of the ventricle may be missing, look at its ends"
    return (Check("open_slices", verdict, f"{found}{warning}."),)


def check_agreement(segmentation: CycleSegmentation, frames: tuple[int, ...]) -> tuple[Check, ...]:
    """Judge how far the members agree on the whole heart in these frames; nothing for a single member."""
    if segmentation.member_dice is None:
        return ()
    dice = float(segmentation.member_dice[list(frames)].min())
    verdict = Verdict.FAIL if dice < _FAIL_DICE else Verdict.LOOK if dice < _LOOK_DICE else Verdict.GOOD
    decimals = telling_decimals(dice, (_LOOK_DICE,), 2)
    found = (
        f"The models agree on the heart with a Dice of {dice:.{decimals}f} (expected at least "
        f"{_LOOK_DICE:.{decimals}f}, provisional)"
    )
    if verdict is Verdict.GOOD:
        return (Check("agreement", verdict, f"{found}."),)
    return (Check("agreement", verdict, f"{found}: they are unsure what belongs to it, look at every contour."),)
