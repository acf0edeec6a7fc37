"""Whether labels of a heart can be right: coverage, classes by slice, and what muscle and blood cannot do."""

from __future__ import annotations

from dataclasses import dataclass

from quantseg.heart.anatomy import HeartLabel
from quantseg.heart.features import HeartFeatures, heart_features
from quantseg.heart.phases import Phases
from quantseg.heart.short_axis import ShortAxisStack
from quantseg.measure.values import Check, Verdict


@dataclass(frozen=True)
class Bounds:
    """Within what a value calls for nothing; beyond ``fail`` it cannot be right. None leaves that side free."""

    low: float | None = None
    high: float | None = None
    fail_low: float | None = None
    fail_high: float | None = None

    def verdict(self, value: float) -> Verdict:
        """Judge a value."""
        if _beyond(value, self.fail_low, self.fail_high):
            return Verdict.FAIL
        return Verdict.LOOK if _beyond(value, self.low, self.high) else Verdict.GOOD


# Fitted to experts' labels of ACDC; Testing/benchmarks/heart_rules_on_truth.py prints the values' distribution, how
# often each bound flags those labels, and how many stacks with slices taken away at either end it notices.
BOUNDS = {
    "base_growth": Bounds(high=1.25),
    "apex_share": Bounds(high=0.55),
    "length_per_width": Bounds(low=0.80, fail_low=0.4),
    "broken_slices": Bounds(high=0, fail_high=3),
    "open_wall_share": Bounds(high=0.05, fail_high=0.4),
    "scattered_share": Bounds(high=0.02, fail_high=0.2),
    "muscle_change": Bounds(low=0.80, high=1.50, fail_low=0.5, fail_high=2.0),
    "stroke_difference": Bounds(low=-1.5, high=1.5),
    "ejection_fraction": Bounds(low=5.0, high=85.0, fail_low=0.0, fail_high=95.0),
}
"""By feature."""

# Two frames are no curve.
_FEWEST_FRAMES_OF_A_CURVE = 3


def check_heart(
    stack: ShortAxisStack, phases: Phases | None, right_ventricle_expected: bool = True
) -> tuple[Check, ...]:
    """Apply every rule to the labels of a case.

    Args:
        stack: labels of all frames.
        phases: end-diastole and end-systole, the same frame twice for a single one; None where no frame shows a left
            ventricle.
        right_ventricle_expected: whether the model outlines it at all.

    Returns:
        one check a rule that can be judged, passed ones too; a single failed one if there is no left ventricle.
    """
    cavity = stack.areas[HeartLabel.LV_CAVITY].sum(axis=-1)
    if phases is None or not cavity[phases.end_diastole] or not cavity[phases.end_systole]:
        reason = "No left ventricle was found at end-diastole or end-systole; check that the stack shows the heart."
        return (Check("left_ventricle", Verdict.FAIL, reason),)
    features = heart_features(stack, phases)
    return (
        *_coverage(features),
        *_slice_by_slice(features),
        *(_right_ventricle(features) if right_ventricle_expected else ()),
        _border(features),
        *_motion(features),
        *_curve(stack, phases),
    )


def _coverage(found: HeartFeatures) -> list[Check]:
    checks = []
    if found.base_growth is None or found.apex_share is None:
        reason = (
            "Base and apex cannot be told apart: the ventricles do not taper; check that this is a short-axis stack."
        )
        checks.append(Check("base_and_apex", Verdict.LOOK, reason))
    else:
        statement = f"the most basal slice of the left ventricle is {found.base_growth:.2f} times as large as the next"
        meaning = "the ventricle still grows at the end of its labels, slices at the base may be missing"
        checks.append(_check("base_growth", found.base_growth, statement, "at most {high:.2f}", meaning))
        statement = f"its most apical slice has {100 * found.apex_share:.0f} % of the area of the largest"
        meaning = "slices at the apex may be missing"
        checks.append(_check("apex_share", found.apex_share, statement, "at most {high:.0f} %", meaning, 100))
    if found.length_per_width is not None:
        statement = f"the left ventricle is {found.length_per_width:.2f} times as long as wide"
        meaning = "slices at the base or the apex may be missing, or the spacing is wrong"
        checks.append(_check("length_per_width", found.length_per_width, statement, "at least {low:.2f}", meaning))
    return checks


def _slice_by_slice(found: HeartFeatures) -> list[Check]:
    return [
        _check(
            "broken_slices",
            found.broken_slices,
            f"{found.broken_slices} slices lack a structure that their neighbours show",
            "{high:.0f}",
            "a structure was lost in the middle of the stack",
        ),
        _check(
            "open_wall_share",
            found.open_wall_share,
            f"{100 * found.open_wall_share:.0f} % of the left cavity's edge touches no muscle",
            "at most {high:.0f} %",
            "the wall is broken, or the cavity leaks out of it",
            100,
        ),
        _check(
            "scattered_share",
            found.scattered_share,
            f"{100 * found.scattered_share:.1f} % of the ventricles lies apart from their main body in a slice",
            "at most {high:.1f} %",
            "other structures were taken for a ventricle",
            100,
        ),
    ]


def _right_ventricle(found: HeartFeatures) -> list[Check]:
    verdict = Verdict.GOOD if found.has_right_ventricle else Verdict.LOOK
    word = "was" if found.has_right_ventricle else "was not"
    return [Check("right_ventricle", verdict, f"A right ventricle {word} found.")]


def _border(found: HeartFeatures) -> Check:
    if not found.border_pixels:
        return Check("border", Verdict.GOOD, "No label touches the edge of the image.")
    reason = (
        f"{found.border_pixels} labelled pixels lie on the edge of the image, expected none: the heart may be cut off, "
        "and its volumes cannot be trusted."
    )
    return Check("border", Verdict.FAIL, reason)


def _motion(found: HeartFeatures) -> list[Check]:
    checks = []
    if found.muscle_change is not None:
        statement = f"end-systole shows {100 * found.muscle_change:.0f} % of the muscle seen at end-diastole"
        meaning = "muscle neither comes nor goes, so that one phase is outlined wrongly or misses slices"
        checks.append(
            _check("muscle_change", found.muscle_change, statement, "{low:.0f} to {high:.0f} %", meaning, 100)
        )
    if found.ejection_fraction is not None:
        statement = f"the left ventricle ejects {found.ejection_fraction:.0f} %"
        meaning = "a phase may be outlined wrongly"
        checks.append(
            _check("ejection_fraction", found.ejection_fraction, statement, "{low:.0f} to {high:.0f} %", meaning)
        )
    if found.stroke_difference is not None:
        statement = f"left and right stroke volume differ by {100 * found.stroke_difference:+z.0f} % of their mean"
        meaning = "a shunt or a leaking valve, or a ventricle is outlined wrongly"
        checks.append(
            _check("stroke_difference", found.stroke_difference, statement, "{low:+.0f} to {high:+.0f} %", meaning, 100)
        )
    return checks


def _curve(stack: ShortAxisStack, phases: Phases) -> list[Check]:
    if stack.frame_count < _FEWEST_FRAMES_OF_A_CURVE:
        return []
    cavity = stack.areas[HeartLabel.LV_CAVITY].sum(axis=-1)
    odd = sorted({*phases.outliers, *(int(frame) for frame in (cavity == 0).nonzero()[0])})
    if not odd:
        return [Check("curve", Verdict.GOOD, "The left ventricle's volume has no jumps over the cycle.")]
    frames = ", ".join(str(frame + 1) for frame in odd)
    reason = (
        f"The left ventricle's volume jumps in frame {frames} (counted from 1), expected a smooth curve: look there."
    )
    return [Check("curve", Verdict.LOOK, reason)]


def _check(key: str, value: float, statement: str, expected: str, meaning: str, shown_times: float = 1.0) -> Check:
    bounds = BOUNDS[key]
    verdict = bounds.verdict(value)
    low, high = (None if bound is None else shown_times * bound for bound in (bounds.low, bounds.high))
    reason = f"{statement[0].upper()}{statement[1:]} (expected {expected.format(low=low, high=high)})"
    return Check(key, verdict, f"{reason}." if verdict is Verdict.GOOD else f"{reason}: {meaning}.")


def _beyond(value: float, low: float | None, high: float | None) -> bool:
    return (low is not None and value < low) or (high is not None and value > high)
