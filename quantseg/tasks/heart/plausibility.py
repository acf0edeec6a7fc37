"""Whether labels of a heart can be right: coverage, classes by slice, and what muscle and blood cannot do."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from quantseg.measure.limits import Limits, stricter, telling_decimals
from quantseg.measure.values import Check, Verdict
from quantseg.tasks.heart.anatomy import HeartLabel
from quantseg.tasks.heart.cut_base import check_cut_base
from quantseg.tasks.heart.features import HeartFeatures, heart_features
from quantseg.tasks.heart.phases import Phases
from quantseg.tasks.heart.short_axis import ShortAxisStack

# Fitted to experts' labels of ACDC; Testing/benchmarks/heart_rules_on_truth.py prints the values' distribution, how
# often each bound flags those labels, and how many stacks with slices taken away at either end it notices.
BOUNDS: Mapping[str, Limits] = {
    "base_growth": Limits((None, 1.25)),
    "apex_share": Limits((None, 0.55)),
    "length_per_width": Limits((0.80, 1.6), (0.4, 2.0)),
    "broken_slices": Limits((None, 0), (None, 3)),
    "open_wall_share": Limits((None, 0.05), (None, 0.4)),
    "scattered_share": Limits((None, 0.02), (None, 0.2)),
    "muscle_change": Limits((0.80, 1.50), (0.5, 2.0)),
    "stroke_difference": Limits((-1.5, 1.5)),
    "ejection_fraction": Limits((5.0, 85.0), (0.0, 90.0)),
}
"""By feature."""

# No heart ejects more; less than half a per cent reads as nothing.
_MOST_EJECTED_PERCENT, _LEAST_EJECTED_PERCENT = 90.0, 0.5
# Shunts and leaking valves are real: that a heart passes this says nothing, so that only its failing is said.
_FOR_EXTREMES = frozenset({"stroke_difference"})


@dataclass(frozen=True)
class _Rule:
    """How a feature is spoken of.

    Attributes:
        statement: what is measured, with ``{value}`` where the number goes.
        meaning: what an unusual value suggests.
        unit: of the number, as it follows its limits.
        scale: the number shown is the feature times this.
        decimals: digits shown, or more where the number would read like its limit.
        sign: ``+`` where the sign is always shown.
    """

    statement: str
    meaning: str
    unit: str = ""
    scale: float = 1.0
    decimals: int = 2
    sign: str = ""


_RULES = {
    "base_growth": _Rule(
        "The most basal slice of the left ventricle is {value} times as large as the next",
        "the ventricle still grows at the end of its labels, slices at the base may be missing",
    ),
    "apex_share": _Rule(
        "Its most apical slice has {value} % of the area of the largest",
        "slices at the apex may be missing",
        " %",
        100,
        0,
    ),
    "length_per_width": _Rule(
        "The left ventricle is {value} times as long as wide",
        "slices at the base or the apex may be missing or too many, or the spacing is wrong",
    ),
    "broken_slices": _Rule(
        "{value} slices lack a structure that their neighbours show",
        "a structure was lost in the middle of the stack",
        decimals=0,
    ),
    "open_wall_share": _Rule(
        "{value} % of the left cavity's edge touches no muscle",
        "the wall is broken, or the cavity leaks out of it",
        " %",
        100,
        0,
    ),
    "scattered_share": _Rule(
        "{value} % of the ventricles lies apart from their main body in a slice",
        "other structures were taken for a ventricle",
        " %",
        100,
        1,
    ),
    "muscle_change": _Rule(
        "End-systole shows {value} % of the muscle seen at end-diastole",
        "muscle neither comes nor goes, so that one phase is outlined wrongly or misses slices",
        " %",
        100,
        0,
    ),
    "ejection_fraction": _Rule(
        "The left ventricle ejects {value} %", "a phase may be outlined wrongly", " %", decimals=0
    ),
    "stroke_difference": _Rule(
        "Left and right stroke volume differ by {value} % of their mean",
        "a shunt or a leaking valve, or a ventricle is outlined wrongly",
        " %",
        100,
        0,
        "+",
    ),
}

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
        one check a rule that can be judged; a passed one only where not every heart passes it. A single failed one if
        there is no left ventricle.
    """
    if phases is None or not shows_left_ventricle(stack, phases):
        where = "in any frame" if phases is None else f"at {_phases_without_left_ventricle(stack, phases)}"
        reason = f"No left ventricle was found {where}; check that the stack shows the heart."
        return (Check("left_ventricle", Verdict.FAIL, reason),)
    features = heart_features(stack, phases)
    return (*check_heart_features(features, right_ventricle_expected, bounds), *_curve(stack, phases))


def shows_left_ventricle(stack: ShortAxisStack, phases: Phases) -> bool:
    """Tell whether both phases show a left cavity, without which nothing can be judged."""
    cavity = stack.areas[HeartLabel.LV_CAVITY].sum(axis=-1)
    return bool(cavity[phases.end_diastole] and cavity[phases.end_systole])


def _phases_without_left_ventricle(stack: ShortAxisStack, phases: Phases) -> str:
    cavity = stack.areas[HeartLabel.LV_CAVITY].sum(axis=-1)
    named = {"end-diastole": phases.end_diastole, "end-systole": phases.end_systole}
    return " and ".join(name for name, frame in named.items() if not cavity[frame])


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
    if found.base_growth is None or found.apex_share is None:
        reason = (
            "Base and apex cannot be told apart: the ventricles do not taper; check that this is a short-axis stack."
        )
        checks = [Check("base_and_apex", Verdict.LOOK, reason)]
    else:
        checks = _check(bounds, "base_growth", found.base_growth) + _check(bounds, "apex_share", found.apex_share)
    return [*checks, *_check(bounds, "length_per_width", found.length_per_width), *check_cut_base(found.cut_base)]


def _slice_by_slice(found: HeartFeatures, bounds: Mapping[str, Limits]) -> list[Check]:
    return [
        check
        for key in ("broken_slices", "open_wall_share", "scattered_share")
        for check in _check(bounds, key, getattr(found, key))
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
    left, right = found.ejection_fraction, found.right_ejection_fraction
    return [
        *_check(bounds, "muscle_change", found.muscle_change),
        *(_impossible("left", "ejection_fraction", left) or _check(bounds, "ejection_fraction", left)),
        *_impossible("right", "right_ejection_fraction", right),
        *_check(bounds, "stroke_difference", found.stroke_difference),
    ]


def _impossible(ventricle: str, key: str, ejected_percent: float | None) -> list[Check]:
    """Return the failed check of a ventricle that grows in systole, ejects nothing, or more than any heart does."""
    if ejected_percent is None or _LEAST_EJECTED_PERCENT < ejected_percent <= _MOST_EJECTED_PERCENT:
        return []
    if ejected_percent in (-math.inf, 100.0):
        shown, missed = ("end-systole", "end-diastole")[:: 1 if ejected_percent < 0 else -1]
        reason = (
            f"The {ventricle} ventricle is outlined at {shown} alone, expected at both phases: it was missed at "
            f"{missed}, or something else was taken for it."
        )
    elif ejected_percent > _MOST_EJECTED_PERCENT:
        decimals = telling_decimals(ejected_percent, (_MOST_EJECTED_PERCENT,), 0)
        reason = (
            f"The {ventricle} ventricle ejects {ejected_percent:.{decimals}f} % (expected at most "
            f"{_MOST_EJECTED_PERCENT:.{decimals}f} %), more than any heart: it was missed in part at end-systole."
        )
    elif ejected_percent < -_LEAST_EJECTED_PERCENT:
        reason = (
            f"The {ventricle} ventricle is larger at end-systole than at end-diastole (ejection fraction "
            f"{ejected_percent:.0f} %, expected more than 0 %): the phases are exchanged, or one is outlined wrongly."
        )
    else:
        reason = (
            f"The {ventricle} ventricle ejects nothing: its stroke volume is 0, expected more: nothing moves between "
            "the phases, or one is outlined wrongly."
        )
    return [Check(key, Verdict.FAIL, reason)]


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


def _check(bounds: Mapping[str, Limits], key: str, value: float | None) -> list[Check]:
    """Apply a rule; nothing where there is no value, or where passing says nothing."""
    if value is None:
        return []
    verdict = bounds[key].verdict(value)
    if verdict is Verdict.GOOD and (key in _FOR_EXTREMES or _is_wider(bounds[key], BOUNDS[key])):
        return []
    rule = _RULES[key]
    decimals = telling_decimals(value, bounds[key].look, rule.decimals, rule.scale)
    shown, low, high = (
        None if one is None else f"{one * rule.scale:{rule.sign}z.{decimals}f}" for one in (value, *bounds[key].look)
    )
    statement = rule.statement.format(value=shown)
    if value == 1:
        statement = statement.replace("1 slices lack a structure that their", "1 slice lacks a structure that its")
    expected = f"at most {high}" if low is None else f"at least {low}" if high is None else f"{low} to {high}"
    reason = f"{statement} (expected {expected}{rule.unit})"
    return [Check(key, verdict, f"{reason}." if verdict is Verdict.GOOD else f"{reason}: {rule.meaning}.")]


def _is_wider(one: Limits, other: Limits) -> bool:
    """Tell whether limits let a value pass without a look that others do not."""
    return stricter(one, other).look != one.look
