"""Whether labels of a heart can be right: coverage, classes by slice, and what muscle and blood cannot do."""

from __future__ import annotations

from collections.abc import Mapping

from quantseg.measure.limits import Limits
from quantseg.measure.values import Check, Verdict
from quantseg.tasks.heart.anatomy import HeartLabel
from quantseg.tasks.heart.features import HeartFeatures, heart_features
from quantseg.tasks.heart.phases import Phases
from quantseg.tasks.heart.short_axis import ShortAxisStack

# Fitted to experts' labels of ACDC; Testing/benchmarks/heart_rules_on_truth.py prints the values' distribution, how
# often each bound flags those labels, and how many stacks with slices taken away at either end it notices.
BOUNDS: Mapping[str, Limits] = {
    "base_growth": Limits((None, 1.25)),
    "apex_share": Limits((None, 0.55)),
    "length_per_width": Limits((0.80, None), (0.4, None)),
    "broken_slices": Limits((None, 0), (None, 3)),
    "open_wall_share": Limits((None, 0.05), (None, 0.4)),
    "scattered_share": Limits((None, 0.02), (None, 0.2)),
    "muscle_change": Limits((0.80, 1.50), (0.5, 2.0)),
    "stroke_difference": Limits((-1.5, 1.5)),
    "ejection_fraction": Limits((5.0, 85.0), (0.0, 95.0)),
}
"""By feature."""

# Two frames are no curve.
_FEWEST_FRAMES_OF_A_CURVE = 3


def check_heart(
    stack: ShortAxisStack,
    phases: Phases | None,
    right_ventricle_expected: bool = True,
    bounds: Mapping[str, Limits] = BOUNDS,
) -> tuple[Check, ...]:
    """Apply every rule to the labels of a case.

    Args:
        stack: labels of all frames.
        phases: end-diastole and end-systole, the same frame twice for a single one; None where no frame shows a left
            ventricle.
        right_ventricle_expected: whether the model outlines it at all.
        bounds: by feature; those of experts' labels by default.

    Returns:
        one check a rule that can be judged, passed ones too; a single failed one if there is no left ventricle.
    """
    if phases is None or not shows_left_ventricle(stack, phases):
        reason = "No left ventricle was found at end-diastole or end-systole; check that the stack shows the heart."
        return (Check("left_ventricle", Verdict.FAIL, reason),)
    features = heart_features(stack, phases)
    return (*check_heart_features(features, right_ventricle_expected, bounds), *_curve(stack, phases))


def shows_left_ventricle(stack: ShortAxisStack, phases: Phases) -> bool:
    """Tell whether both phases show a left cavity, without which nothing can be judged."""
    cavity = stack.areas[HeartLabel.LV_CAVITY].sum(axis=-1)
    return bool(cavity[phases.end_diastole] and cavity[phases.end_systole])


def check_heart_features(
    features: HeartFeatures, right_ventricle_expected: bool = True, bounds: Mapping[str, Limits] = BOUNDS
) -> tuple[Check, ...]:
    """Apply the rules of end-diastole and end-systole; arguments as for :func:`check_heart`."""
    return (
        *_coverage(features, bounds),
        *_slice_by_slice(features, bounds),
        *(_right_ventricle(features) if right_ventricle_expected else ()),
        _border(features),
        *_motion(features, bounds),
    )


def _coverage(found: HeartFeatures, bounds: Mapping[str, Limits]) -> list[Check]:
    checks = []
    if found.base_growth is None or found.apex_share is None:
        reason = (
            "Base and apex cannot be told apart: the ventricles do not taper; check that this is a short-axis stack."
        )
        checks.append(Check("base_and_apex", Verdict.LOOK, reason))
    else:
        statement = f"the most basal slice of the left ventricle is {found.base_growth:.2f} times as large as the next"
        meaning = "the ventricle still grows at the end of its labels, slices at the base may be missing"
        checks.append(_check(bounds, "base_growth", found.base_growth, statement, "at most {high:.2f}", meaning))
        statement = f"its most apical slice has {100 * found.apex_share:.0f} % of the area of the largest"
        meaning = "slices at the apex may be missing"
        checks.append(_check(bounds, "apex_share", found.apex_share, statement, "at most {high:.0f} %", meaning, 100))
    if found.length_per_width is not None:
        statement = f"the left ventricle is {found.length_per_width:.2f} times as long as wide"
        meaning = "slices at the base or the apex may be missing, or the spacing is wrong"
        checks.append(
            _check(bounds, "length_per_width", found.length_per_width, statement, "at least {low:.2f}", meaning)
        )
    return checks


def _slice_by_slice(found: HeartFeatures, bounds: Mapping[str, Limits]) -> list[Check]:
    return [
        _check(
            bounds,
            "broken_slices",
            found.broken_slices,
            f"{found.broken_slices} slice{' lacks' if found.broken_slices == 1 else 's lack'} a structure that "
            f"{'its' if found.broken_slices == 1 else 'their'} neighbours show",
            "{high:.0f}",
            "a structure was lost in the middle of the stack",
        ),
        _check(
            bounds,
            "open_wall_share",
            found.open_wall_share,
            f"{100 * found.open_wall_share:.0f} % of the left cavity's edge touches no muscle",
            "at most {high:.0f} %",
            "the wall is broken, or the cavity leaks out of it",
            100,
        ),
        _check(
            bounds,
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


def _motion(found: HeartFeatures, bounds: Mapping[str, Limits]) -> list[Check]:
    checks = []
    if found.muscle_change is not None:
        statement = f"end-systole shows {100 * found.muscle_change:.0f} % of the muscle seen at end-diastole"
        meaning = "muscle neither comes nor goes, so that one phase is outlined wrongly or misses slices"
        checks.append(
            _check(bounds, "muscle_change", found.muscle_change, statement, "{low:.0f} to {high:.0f} %", meaning, 100)
        )
    if found.ejection_fraction is not None:
        statement = f"the left ventricle ejects {found.ejection_fraction:.0f} %"
        meaning = "a phase may be outlined wrongly"
        checks.append(
            _check(
                bounds, "ejection_fraction", found.ejection_fraction, statement, "{low:.0f} to {high:.0f} %", meaning
            )
        )
    if found.stroke_difference is not None:
        statement = f"left and right stroke volume differ by {100 * found.stroke_difference:+z.0f} % of their mean"
        meaning = "a shunt or a leaking valve, or a ventricle is outlined wrongly"
        checks.append(
            _check(
                bounds,
                "stroke_difference",
                found.stroke_difference,
                statement,
                "{low:+.0f} to {high:+.0f} %",
                meaning,
                100,
            )
        )
    return checks


def _curve(stack: ShortAxisStack, phases: Phases) -> list[Check]:
    if stack.frame_count < _FEWEST_FRAMES_OF_A_CURVE:
        return []
    cavity = stack.areas[HeartLabel.LV_CAVITY].sum(axis=-1)
    odd = sorted({*phases.outliers, *phases.corrected_outliers, *(int(frame) for frame in (cavity == 0).nonzero()[0])})
    if not odd:
        return [Check("curve", Verdict.GOOD, "The left ventricle's volume has no jumps over the cycle.")]
    frames = ", ".join(str(frame + 1) for frame in odd)
    reason = (
        f"The left ventricle's volume jumps in frame {frames} (counted from 1), expected a smooth curve: look there."
    )
    return [Check("curve", Verdict.LOOK, reason)]


def _check(
    bounds: Mapping[str, Limits],
    key: str,
    value: float,
    statement: str,
    expected: str,
    meaning: str,
    shown_times: float = 1.0,
) -> Check:
    verdict = bounds[key].verdict(value)
    low, high = (None if bound is None else shown_times * bound for bound in bounds[key].look)
    reason = f"{statement[0].upper()}{statement[1:]} (expected {expected.format(low=low, high=high)})"
    return Check(key, verdict, f"{reason}." if verdict is Verdict.GOOD else f"{reason}: {meaning}.")
