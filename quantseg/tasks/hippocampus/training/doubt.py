"""Fitting of the verdict and of the volume intervals to what each member did on the cases it had not seen.

For a case of fold k only member k is a fair witness: its Dice is what is to be foreseen, and its agreement with the
other members is what it is foreseen from. The held-out cases take no part; on them the fit is judged.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from quantseg.evaluation.corruption import Corruption
from quantseg.measure.limits import Limits
from quantseg.tasks.hippocampus.checks import EXPECTED_DICE
from quantseg.tasks.hippocampus.evaluation.parts import HIPPOCAMPUS_PARTS
from quantseg.tasks.hippocampus.expectation import (
    DiceExpectation,
    fit_expectation,
    never_beyond,
    with_good_told_apart,
)
from quantseg.tasks.hippocampus.features import HippocampusFeatures
from quantseg.tasks.hippocampus.training.example import Example
from quantseg.tasks.hippocampus.training.volume_fitting import fit_interval, fit_volume_correction
from quantseg.training.flagging import FlaggingRow, flagging_table

_FALSE_FLAG_BUDGET = 0.04
# Fewer good results of a kind of image than these say nothing of a share of 4 %.
_LEAST_GROUP = 50
# How much less than what wants a look fails.
_FAIL_BELOW_LOOK = 0.1


@dataclass(frozen=True)
class _Tail:
    """How a rule's limits are set from what good results show.

    Attributes:
        below: whether small values are suspicious.
        above: whether large ones are.
        look_margin: distance of the limits of "look" from the extremes of good results, since users' scans vary more
            than the training data's.
        fail_margin: the same for "fail".
    """

    below: bool
    above: bool
    look_margin: float
    fail_margin: float


# Rules that stand beside the expected Dice. What depends on scanner and contrast (brightness, noise) has none: good
# results on another scanner would be flagged for it.
_RULES = {
    "volume_mm3": _Tail(True, True, 300.0, 600.0),
    "border_share": _Tail(False, True, 0.0005, 0.01),
    "anterior_share": _Tail(True, True, 0.03, 0.06),
    "anterior_in_front_mm": _Tail(True, False, 1.0, 2.0),
    "anterior_below_mm": _Tail(True, False, 1.0, 2.0),
    "length_mm": _Tail(True, True, 2.0, 4.0),
}


def fit_judgement(examples: Sequence[Example]) -> dict[str, Any]:  # JSON values of several shapes.
    """Fit the size of the labels, limits, expectation and intervals; returns the content of ``verdict.json``."""
    correction = fit_volume_correction(examples)
    usable = [e.corrected(correction) for e in examples if e.features.volume_mm3]
    expectation = fit_dice_expectation(usable)
    good = [e for e in usable if not e.bad]
    limits = _rule_limits([e.features for e in good if e.corruption is Corruption.CLEAN])
    limits[EXPECTED_DICE] = _expected_dice_limits(good, expectation)
    return {
        "fitted_on": f"{len(examples)} segmentations of {len({e.case for e in examples})} cases, each by a member "
        "that had not seen the case",
        "limits": {name: {"look": list(limit.look), "fail": list(limit.fail)} for name, limit in limits.items()},
        "expectation": asdict(expectation),
        "intervals": {part.name: asdict(fit_interval(usable, part.name)) for part in HIPPOCAMPUS_PARTS},
        "volumes": asdict(correction),
    }


def fit_dice_expectation(usable: Sequence[Example]) -> DiceExpectation:
    """Fit the expected Dice to segmentations in which something was found."""
    whole = [e for e in usable if not e.cut]
    expectation = fit_expectation([e.features for e in whole], [e.dice for e in whole])
    clean = [e for e in whole if e.corruption is Corruption.CLEAN]
    told_apart = with_good_told_apart(expectation, [e.features for e in clean], [e.dice for e in clean])
    # Either model alone would flag the same share of good results: what one of them flags is flagged.
    good = [e for e in whole if not e.bad]
    alone, together = (_lowest_of_good(good, model) for model in (expectation, told_apart))
    return never_beyond(told_apart, together - alone)


def flagged(features: HippocampusFeatures, limits: dict[str, Limits], expectation: DiceExpectation) -> bool:
    """Tell whether the checks would say anything but "good"."""
    from quantseg.measure.values import Verdict
    from quantseg.tasks.hippocampus.checks import check_features

    return any(c.verdict is not Verdict.GOOD for c in check_features(features, limits, expectation, ""))


def _rule_limits(features: Sequence[HippocampusFeatures]) -> dict[str, Limits]:
    """Set each rule's limits outside what good results show."""
    limits = {}
    for name, tail in _RULES.items():
        values = [getattr(f, name) for f in features]
        look, fail = (
            (min(values) - margin if tail.below else None, max(values) + margin if tail.above else None)
            for margin in (tail.look_margin, tail.fail_margin)
        )
        limits[name] = Limits(look, fail)
    return limits


def _expected_dice_limits(good: Sequence[Example], expectation: DiceExpectation) -> Limits:
    """Set the limit so that of no kind of image more than a small share of the good results is flagged."""
    look = _lowest_of_good(good, expectation)
    return Limits((look, None), (look - _FAIL_BELOW_LOOK, None))


def _lowest_of_good(good: Sequence[Example], expectation: DiceExpectation) -> float:
    """Return the expected Dice below which of no kind of image more than a small share of the good results lies."""
    by_corruption: dict[Corruption, list[float]] = {}
    for e in good:
        by_corruption.setdefault(e.corruption, []).append(expectation.dice(e.features))
    groups = [values for values in by_corruption.values() if len(values) >= _LEAST_GROUP]
    return min(float(np.quantile(values, _FALSE_FLAG_BUDGET)) for values in groups)


def doubt_table(
    examples: Iterable[Example], limits: dict[str, Limits], expectation: DiceExpectation
) -> list[FlaggingRow]:
    """Return, in all and by corruption, how many bad results were flagged and how many good ones were."""
    return flagging_table(examples, lambda e: flagged(e.features, limits, expectation), Corruption)
