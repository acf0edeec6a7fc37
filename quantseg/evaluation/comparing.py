"""From pairs of label maps to the scores of every case and their summary."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from quantseg.errors import InputRefused
from quantseg.evaluation.agreement import BlandAltman, bland_altman
from quantseg.evaluation.bootstrap import mean_interval
from quantseg.evaluation.metrics import METRIC_NAMES, MaskScores, failed_scores, score_masks
from quantseg.evaluation.pairing import AffineOf, Pair, Pairing, header_affine, read_label_map, read_prediction
from quantseg.evaluation.parts import Part, known_values
from quantseg.measure.values import Interval
from quantseg.volume import Volume


@dataclass(frozen=True)
class CaseScores:
    """The scores of one case.

    Attributes:
        case: case name.
        patient: whom it came from.
        scores: by part name; empty where the case is failed and failures are not counted.
        failure: why there is no prediction to score, in words; None where there is one.
    """

    case: str
    patient: str
    scores: dict[str, MaskScores]
    failure: str | None = None


@dataclass(frozen=True)
class MetricSummary:
    """One metric over all cases.

    Attributes:
        mean: over cases that have a value; nan if none has.
        interval: 95 % bootstrap interval of the mean, by patient; None for fewer than two patients.
        sd: standard deviation over cases.
        median: over cases.
        worst: the value farthest on the bad side: smallest Dice, largest distance or absolute error.
        missing: cases without a value, such as the distance to an empty mask.
    """

    mean: float
    interval: Interval | None
    sd: float
    median: float
    worst: float
    missing: int


@dataclass(frozen=True)
class PartSummary:
    """All metrics of one part over all cases."""

    metrics: dict[str, MetricSummary]
    volume_agreement_mm3: BlandAltman


@dataclass(frozen=True)
class Evaluation:
    """What an evaluation found.

    Attributes:
        parts: names of the parts scored.
        cases: one a reference, sorted by name.
        summary: by part name, over the counted cases.
        failures_counted: whether a case without a usable prediction counts as an empty one, or is only named.
        without_reference: predicted cases that have no reference.
        resamples: bootstrap samples behind each interval.
        seed: of those samples.
    """

    parts: tuple[str, ...]
    cases: tuple[CaseScores, ...]
    summary: dict[str, PartSummary]
    failures_counted: bool
    without_reference: tuple[str, ...]
    resamples: int
    seed: int

    @property
    def failures(self) -> tuple[CaseScores, ...]:
        """Cases whose prediction is missing or refused."""
        return tuple(case for case in self.cases if case.failure is not None)

    @property
    def counted(self) -> tuple[CaseScores, ...]:
        """Cases that enter the summary."""
        return tuple(case for case in self.cases if case.scores)


def evaluate(
    pairing: Pairing,
    parts: tuple[Part, ...],
    count_failures: bool = True,
    resamples: int = 10_000,
    seed: int = 0,
    progress: Callable[[Sequence[Pair]], Iterable[Pair]] = lambda pairs: pairs,
    affine_of: AffineOf = header_affine,
) -> Evaluation:
    """Score every pair and sum up.

    Args:
        pairing: references with their predictions.
        parts: structures to score, each as a binary mask of its own.
        count_failures: score a missing or refused prediction as an empty one (Dice 0); otherwise it is only named.
        resamples: bootstrap samples.
        seed: of the bootstrap.
        progress: wraps the pairs while they are gone through, such as with a progress bar.
        affine_of: which affine of a file holds, for references and predictions alike.

    Raises:
        InputRefused: a reference cannot be used; without it nothing can be said about the case.
    """
    cases = tuple(_score_pair(pair, parts, count_failures, affine_of) for pair in progress(pairing.pairs))
    counted = [case for case in cases if case.scores]
    summary = {part.name: summarise_part(counted, part.name, resamples, seed) for part in parts}
    names = tuple(part.name for part in parts)
    return Evaluation(names, cases, summary, count_failures, pairing.without_reference, resamples, seed)


def _score_pair(pair: Pair, parts: tuple[Part, ...], count_failures: bool, affine_of: AffineOf) -> CaseScores:
    allowed = known_values(parts)
    reference = read_label_map(pair.reference, allowed, affine_of)
    try:
        predicted = _read_predicted(pair, reference, allowed, affine_of)
    except InputRefused as error:
        failed = {part.name: failed_scores(part.mask(reference.array), reference.voxel_volume_mm3) for part in parts}
        return CaseScores(pair.case, pair.patient, failed if count_failures else {}, str(error))
    scores = {
        part.name: score_masks(
            part.mask(predicted.array), part.mask(reference.array), reference.spacing_mm, reference.voxel_volume_mm3
        )
        for part in parts
    }
    return CaseScores(pair.case, pair.patient, scores)


def _read_predicted(pair: Pair, reference: Volume, allowed: frozenset[int], affine_of: AffineOf) -> Volume:
    if pair.prediction is None:
        raise InputRefused(f"Case {pair.case} has a reference but no prediction.")
    return read_prediction(pair.prediction, reference, allowed, affine_of)


def summarise_part(cases: Sequence[CaseScores], part: str, resamples: int, seed: int) -> PartSummary:
    """Sum up the scores of one part over cases, such as all of an evaluation or those of one phase."""
    patients = [case.patient for case in cases]
    columns = {
        metric: np.array([getattr(case.scores[part], metric) for case in cases], dtype=float) for metric in METRIC_NAMES
    }
    return PartSummary(
        {
            metric: _summarise_metric(metric, values, mean_interval(values, patients, resamples, seed))
            for metric, values in columns.items()
        },
        bland_altman(columns["predicted_volume_mm3"], columns["reference_volume_mm3"]),
    )


def _summarise_metric(metric: str, values: np.ndarray, interval: Interval | None) -> MetricSummary:
    present = values[np.isfinite(values)]
    missing = len(values) - len(present)
    if not len(present):
        return MetricSummary(np.nan, interval, np.nan, np.nan, np.nan, missing)
    worst = present.min() if metric == "dice" else present[np.abs(present).argmax()]
    sd = present.std(ddof=1) if len(present) > 1 else np.nan
    return MetricSummary(float(present.mean()), interval, float(sd), float(np.median(present)), float(worst), missing)
