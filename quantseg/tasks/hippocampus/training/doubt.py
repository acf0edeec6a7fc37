"""Fitting of the verdict and of the volume intervals to what each member did on the cases it had not seen.

For a case of fold k only member k is a fair witness: its Dice is what is to be foreseen, and its agreement with the
other members is what it is foreseen from. The held-out cases take no part; on them the fit is judged.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from quantseg.evaluation.corruption import Corruption, corrupt
from quantseg.inference.uncertainty import pairwise_dice
from quantseg.measure.error_model import ErrorModel, fit_error_model
from quantseg.measure.limits import Limits
from quantseg.tasks.hippocampus.checks import EXPECTED_DICE
from quantseg.tasks.hippocampus.edge import with_content
from quantseg.tasks.hippocampus.evaluation.parts import HIPPOCAMPUS_PARTS
from quantseg.tasks.hippocampus.expectation import DiceExpectation, fit_expectation
from quantseg.tasks.hippocampus.features import HippocampusFeatures, hippocampus_features
from quantseg.tasks.hippocampus.segmenting import PARTS, SupportsPrediction, crop_patch_grid, segment_left
from quantseg.training.flagging import FlaggingRow, flagging_table
from quantseg.volume import Volume
from quantseg.volume.masks import shrunk

BAD_DICE = 0.80
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


@dataclass(frozen=True)
class Example:
    """One segmentation whose truth is known.

    Attributes:
        case: name.
        corruption: what was done to the image.
        features: as the checks see them.
        dice: of the whole hippocampus, as far as it is in view.
        cut: whether the true hippocampus touches the edge of the picture or goes beyond it.
        log_volume_error: logarithm of true over predicted volume, by part; only where both are positive.
    """

    case: str
    corruption: Corruption
    features: HippocampusFeatures
    dice: float
    cut: bool
    log_volume_error: dict[str, float]

    @property
    def bad(self) -> bool:
        """Whether nobody should trust the volume: a bad outline, or a hippocampus that the picture cuts."""
        return self.dice < BAD_DICE or self.cut


def example(
    case: str,
    image: Volume,
    labels: np.ndarray,
    corruption: Corruption,
    ensemble: SupportsPrediction,
    random: np.random.Generator,
    witness: int | None,
) -> Example:
    """Segment one, possibly spoiled, crop and compare it with the truth.

    Args:
        case: name.
        image: canonical crop at 1 mm.
        labels: its truth.
        corruption: what to do to it first.
        ensemble: all members.
        random: source of the corruption's strength.
        witness: the one member that had not seen the case; None if none of them had.
    """
    spoiled, truth = corrupt(image, labels, corruption, random)
    segmentation = segment_left(spoiled, crop_patch_grid(spoiled.grid), ensemble)
    features = hippocampus_features(segmentation, witness)
    predicted = segmentation.labels if witness is None else segmentation.member_labels[witness]
    errors = {}
    for part in HIPPOCAMPUS_PARTS:
        true_count, predicted_count = (float(part.mask(values).sum()) for values in (truth, predicted))
        if true_count and predicted_count:
            errors[part.name] = float(np.log(true_count / predicted_count))
    return Example(case, corruption, features, _whole_dice(predicted, truth), is_cut(spoiled, truth, labels), errors)


def is_cut(image: Volume, in_view: np.ndarray, whole: np.ndarray) -> bool:
    """Tell whether a hippocampus touches the edge of what an image shows, or goes beyond it.

    Args:
        image: shape (I, J, K).
        in_view: label map of what is in view of the hippocampus, same shape.
        whole: label map of all of it, possibly displaced.
    """
    seen = in_view > 0
    content = with_content(image.array, np.ones(seen.shape, dtype=bool))
    return bool((seen & ~shrunk(content, corners=False)).any()) or int(seen.sum()) < int((whole > 0).sum())


def fit_judgement(examples: Sequence[Example]) -> dict[str, Any]:  # JSON values of several shapes.
    """Fit limits, expectation and intervals; returns the content of ``verdict.json``."""
    usable = [e for e in examples if e.features.volume_mm3]
    whole = [e for e in usable if not e.cut]
    expectation = fit_expectation([e.features for e in whole], [e.dice for e in whole])
    good = [e for e in usable if not e.bad]
    limits = _rule_limits([e.features for e in good if e.corruption is Corruption.CLEAN])
    limits[EXPECTED_DICE] = _expected_dice_limits(good, expectation)
    clean = [e for e in usable if e.corruption is Corruption.CLEAN]
    return {
        "fitted_on": f"{len(examples)} segmentations of {len({e.case for e in examples})} cases, each by a member "
        "that had not seen the case",
        "limits": {name: {"look": list(limit.look), "fail": list(limit.fail)} for name, limit in limits.items()},
        "expectation": asdict(expectation),
        "intervals": {part.name: asdict(_fit_interval(clean, part.name)) for part in HIPPOCAMPUS_PARTS},
    }


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
    by_corruption: dict[Corruption, list[float]] = {}
    for e in good:
        by_corruption.setdefault(e.corruption, []).append(expectation.dice(e.features))
    groups = [values for values in by_corruption.values() if len(values) >= _LEAST_GROUP]
    look = min(float(np.quantile(values, _FALSE_FLAG_BUDGET)) for values in groups)
    return Limits((look, None), (look - _FAIL_BELOW_LOOK, None))


def _fit_interval(examples: Sequence[Example], part: str) -> ErrorModel:
    errors = np.array([e.log_volume_error[part] for e in examples if part in e.log_volume_error])
    entropy = np.array([e.features.entropy_per_volume for e in examples if part in e.log_volume_error])
    return fit_error_model(errors, entropy)


def doubt_table(
    examples: Iterable[Example], limits: dict[str, Limits], expectation: DiceExpectation
) -> list[FlaggingRow]:
    """Return, in all and by corruption, how many bad results were flagged and how many good ones were."""
    return flagging_table(examples, lambda e: flagged(e.features, limits, expectation), Corruption)


def wrong_organ_example(name: str, image: Volume, ensemble: SupportsPrediction, witness: int | None = None) -> Example:
    """Segment a crop that shows no hippocampus; whatever is found there is wrong."""
    segmentation = segment_left(image, crop_patch_grid(image.grid), ensemble)
    return Example(name, Corruption.OTHER, hippocampus_features(segmentation, witness), 0.0, False, {})


def _whole_dice(labels: np.ndarray, other: np.ndarray) -> float:
    return pairwise_dice(np.stack([labels, other.astype(labels.dtype)]), PARTS)
