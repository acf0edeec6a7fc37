"""What was fitted about doubt and volumes, judged on cases of persons who took no part in the fit."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence

import numpy as np

from quantseg.evaluation.agreement import interval_score
from quantseg.evaluation.corruption import Corruption
from quantseg.measure.values import Interval
from quantseg.tasks.hippocampus.evaluation.parts import HIPPOCAMPUS_PARTS
from quantseg.tasks.hippocampus.expectation import DiceExpectation
from quantseg.tasks.hippocampus.judgement import ScaledIntervalModel
from quantseg.tasks.hippocampus.training.doubt import fit_dice_expectation
from quantseg.tasks.hippocampus.training.example import Example
from quantseg.tasks.hippocampus.training.volume_fitting import fit_interval, fit_volume_correction, log_volume_error
from quantseg.training.left_out import without_each

_GROUPS = 10
_INSIDE = 0.95


@dataclasses.dataclass(frozen=True)
class _Judged:
    """A case whose volumes can be compared, and what a fit to other persons makes of it.

    Attributes:
        plain: as the largest class labels it.
        corrected: with the volumes of corrected labels.
        intervals: of its volumes, by part.
        constant: the same from one width for all cases.
        expected_dice: of the whole.
    """

    plain: Example
    corrected: Example
    intervals: dict[str, Interval]
    constant: dict[str, Interval]
    expected_dice: float


def left_out_lines(examples: Sequence[Example]) -> Iterator[str]:
    """Yield in words how volumes, intervals and expected Dice do in ten groups of persons, each left out in turn."""
    from scipy.stats import spearmanr

    everything = list(_judge(examples))
    judged = [one for one in everything if one.plain.corruption is Corruption.CLEAN]
    yield f"{len(judged)} clean cases, each by what was fitted to the persons of the other groups of ten:"
    for part in (part.name for part in HIPPOCAMPUS_PARTS):
        true = np.array([one.plain.true.of(part) for one in judged])
        for name, of in (("largest class", [j.plain for j in judged]), ("corrected", [j.corrected for j in judged])):
            yield f"{part}, {name}: {_agreement(np.array([one.found.of(part) for one in of]), true)}"
        for name, intervals in (
            ("interval", [j.intervals[part] for j in judged]),
            ("one width for all", [j.constant[part] for j in judged]),
        ):
            yield f"{part}, {name}: {_worth(intervals, true)}"
    yield f"{len(everything)} cases, with the good results of spoiled images:"
    for part in (part.name for part in HIPPOCAMPUS_PARTS):
        true = np.array([one.plain.true.of(part) for one in everything])
        yield f"{part}, interval: {_worth([j.intervals[part] for j in everything], true)}"
        yield f"{part}, one width for all: {_worth([j.constant[part] for j in everything], true)}"
    expected, dice = [j.expected_dice for j in judged], [j.plain.dice for j in judged]
    yield f"expected against true Dice: rank correlation {spearmanr(expected, dice).statistic:.2f}"


def _judge(examples: Sequence[Example]) -> Iterator[_Judged]:
    usable = [e for e in examples if e.features.volume_mm3]
    persons = sorted({e.person for e in usable})
    group = {person: str(number % _GROUPS) for number, person in enumerate(persons)}
    for left_out in without_each([group[e.person] for e in usable]):
        others = [e for e, out in zip(usable, left_out, strict=True) if not out]
        correction = fit_volume_correction(others)
        corrected = [e.corrected(correction) for e in others]
        expectation = fit_dice_expectation(corrected)
        models = {part.name: ScaledIntervalModel(fit_interval(corrected, part.name)) for part in HIPPOCAMPUS_PARTS}
        widths = {part.name: _one_width(corrected, part.name) for part in HIPPOCAMPUS_PARTS}
        for index in np.flatnonzero(left_out):
            plain = usable[index]
            if plain.comparable:
                yield _judged(plain, plain.corrected(correction), expectation, models, widths)


def _judged(
    plain: Example,
    corrected: Example,
    expectation: DiceExpectation,
    models: dict[str, ScaledIntervalModel],
    widths: dict[str, tuple[float, float]],
) -> _Judged:
    volumes = {part: corrected.found.of(part) for part in models}
    return _Judged(
        plain,
        corrected,
        {part: model.interval(volumes[part], corrected.features) for part, model in models.items()},
        {part: Interval(volumes[part] * low, volumes[part] * high) for part, (low, high) in widths.items()},
        expectation.dice(corrected.features),
    )


def _one_width(examples: Sequence[Example], part: str) -> tuple[float, float]:
    """Return the factors of a volume between which the true one lies in 95 % of the clean cases."""
    errors = np.array(
        [log_volume_error(e, part) for e in examples if e.corruption is Corruption.CLEAN and e.comparable]
    )
    middle = float(np.median(errors))
    reach = float(np.quantile(np.abs(errors - middle), _INSIDE))
    return float(np.exp(middle - reach)), float(np.exp(middle + reach))


def _agreement(found: np.ndarray, true: np.ndarray) -> str:
    return (
        f"slope {np.polyfit(true, found, 1)[0]:.3f}, mean absolute error {np.abs(found - true).mean():.0f} mm3, "
        f"bias {(found - true).mean():+.0f} mm3, r {np.corrcoef(found, true)[0, 1]:.3f}"
    )


def _worth(intervals: Sequence[Interval], true: np.ndarray) -> str:
    low, high = (np.array([getattr(one, end) for one in intervals]) for end in ("low", "high"))
    width = 100 * (high - low) / ((high + low) / 2)
    held = np.mean((low <= true) & (true <= high))
    return (
        f"holds in {100 * held:.1f} %, width {np.median(width):.1f} % ({np.percentile(width, 5):.1f} to "
        f"{np.percentile(width, 95):.1f}), interval score {interval_score(low, high, true).mean():.0f} mm3"
    )
