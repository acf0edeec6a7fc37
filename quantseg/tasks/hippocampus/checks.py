"""Plausibility rules for one hippocampus, with limits fitted to cases that their models had not seen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass

from quantseg.measure.limits import Limits, Range, telling_decimals, widened
from quantseg.measure.values import Check, Verdict
from quantseg.tasks.hippocampus.expectation import DiceExpectation
from quantseg.tasks.hippocampus.features import HippocampusFeatures


@dataclass(frozen=True)
class Rule:
    """How one feature is judged and spoken of.

    Attributes:
        feature: name of the attribute of ``HippocampusFeatures``, or ``expected_dice``.
        statement: what is measured, in words, with ``{value}`` where the number goes.
        meaning: what an unusual value suggests; None where the expectation names the cause.
        scale: the number shown is the feature times this.
        decimals: digits shown, or more where the number would read like its limit.
        margin: how far beyond its limit a feature may lie: what the grid of the voxels adds or takes.
        between_parts: it is a distance of both parts, of which nothing is known where one of them is missing.
    """

    feature: str
    statement: str
    meaning: str | None = None
    scale: float = 1.0
    decimals: int = 2
    margin: float = 0.0
    between_parts: bool = False


# Half a voxel of the grid at which labels are made: no place is known any better.
_HALF_A_VOXEL_MM = 0.5
# Healthy hippocampi differ by a few per cent; a fifth wants an explanation.
_MOST_ASYMMETRY_PERCENT = 20.0

EXPECTED_DICE = "expected_dice"
ASYMMETRY = "asymmetry"

RULES = (
    Rule(EXPECTED_DICE, "an expert's outline is expected to agree with a Dice of {value}"),
    Rule("volume_mm3", "volume {value} mm³", "atrophy, a lost or an added part, or a wrong structure", decimals=0),
    Rule("border_share", "{value} % lies at the edge of the picture", "the hippocampus may be cut off", 100, 1),
    Rule("anterior_share", "the anterior part makes {value} %", "the division into parts is unusual", 100, 0),
    Rule(
        "anterior_in_front_mm",
        "the anterior part lies {value} mm in front",
        "the orientation may be wrong",
        decimals=1,
        margin=_HALF_A_VOXEL_MM,
        between_parts=True,
    ),
    Rule(
        "anterior_below_mm",
        "the anterior part lies {value} mm below",
        "the orientation may be wrong",
        decimals=1,
        margin=_HALF_A_VOXEL_MM,
        between_parts=True,
    ),
    Rule("length_mm", "length {value} mm", "a part is missing or added", decimals=1, margin=_HALF_A_VOXEL_MM),
)


def check_features(
    features: HippocampusFeatures, limits: Mapping[str, Limits], expectation: DiceExpectation, whose: str
) -> tuple[Check, ...]:
    """Apply every rule that has limits.

    Args:
        features: of one hippocampus.
        limits: by feature.
        expectation: estimates the Dice from the features.
        whose: how to call it in a sentence, such as "Left hippocampus".

    Returns:
        one check a rule, passed ones too; a single failed one if nothing was segmented.
    """
    if not features.volume_mm3:
        reason = f"{whose}: nothing was segmented; expected 1000 to 6000 mm³, check that the picture shows it."
        return (Check("volume_mm3", Verdict.FAIL, reason),)
    values = asdict(features) | {EXPECTED_DICE: expectation.dice(features)}
    cause = expectation.main_cause(features)
    return check_rules(values, limits, whose, cause)


def check_rules(
    values: Mapping[str, float], limits: Mapping[str, Limits], whose: str, cause: str = ""
) -> tuple[Check, ...]:
    """Apply every rule of which value and limits are known.

    Args:
        values: by feature.
        limits: by feature.
        whose: how to call the hippocampus in a sentence.
        cause: what a low expected Dice suggests.
    """
    one_part = values.get("anterior_share") in (0.0, 1.0)
    return tuple(
        _apply(rule, values[rule.feature], limits[rule.feature], whose, cause)
        for rule in RULES
        if rule.feature in limits and rule.feature in values and not (rule.between_parts and one_part)
    )


def check_asymmetry(left_mm3: float, right_mm3: float) -> tuple[Check, ...]:
    """Ask for a look where one hippocampus is far larger than the other; none if both are empty."""
    if not left_mm3 + right_mm3:
        return ()
    index = 100 * (left_mm3 - right_mm3) / ((left_mm3 + right_mm3) / 2)
    smaller, larger = ("left", "right") if index < 0 else ("right", "left")
    decimals = telling_decimals(abs(index), (_MOST_ASYMMETRY_PERCENT,), 0)
    found = f"The {smaller} hippocampus is smaller than the {larger} by {abs(index):.{decimals}f} % of their mean"
    expected = f"expected at most {_MOST_ASYMMETRY_PERCENT:.{decimals}f} % either way"
    if abs(index) <= _MOST_ASYMMETRY_PERCENT:
        return (Check(ASYMMETRY, Verdict.GOOD, f"{found} ({expected})."),)
    reason = f"{found} ({expected}): one-sided atrophy, or a part lost on one side."
    return (Check(ASYMMETRY, Verdict.LOOK, reason),)


def _apply(rule: Rule, value: float, limits: Limits, whose: str, cause: str) -> Check:
    limits = widened(limits, rule.margin)
    verdict = limits.verdict(value)
    decimals = telling_decimals(value, limits.look, rule.decimals, rule.scale)
    statement = rule.statement.format(value=_shown(value, rule.scale, decimals))
    expected = _range_in_words(limits.look, rule.scale, decimals)
    reason = f"{whose}: {statement} (expected {expected})"
    reason += "." if verdict is Verdict.GOOD else f": {rule.meaning or cause}."
    return Check(rule.feature, verdict, reason)


def _shown(value: float, scale: float, decimals: int) -> str:
    """Return a number as it is shown; z takes the sign off what rounds to zero."""
    return f"{value * scale:z.{decimals}f}"


def _range_in_words(limits: Range, scale: float, decimals: int) -> str:
    low, high = limits
    if low is None and high is None:
        return "any value"
    if low is None:
        return f"at most {_shown(high or 0.0, scale, decimals)}"
    if high is None:
        return f"at least {_shown(low, scale, decimals)}"
    return f"{_shown(low, scale, decimals)} to {_shown(high, scale, decimals)}"
