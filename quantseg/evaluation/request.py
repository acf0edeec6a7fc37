"""What an evaluation is asked, and what it answers, whichever task's labels it scores."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from quantseg.evaluation.comparing import Evaluation, evaluate
from quantseg.evaluation.pairing import AffineOf, Pair, Pairing, header_affine
from quantseg.evaluation.parts import Part
from quantseg.evaluation.qualities import Quality


@dataclass(frozen=True)
class EvaluationRequest:
    """What is scored, and how.

    Attributes:
        predictions: folders of predicted labels.
        labels: folder of reference labels.
        only_patients: score these patients only; None scores everyone.
        count_failures: whether a missing prediction counts as an empty one.
        resamples: bootstrap samples.
        seed: of the bootstrap.
        progress: wraps the pairs while they are gone through.
    """

    predictions: Sequence[Path]
    labels: Path
    only_patients: frozenset[str] | None = None
    count_failures: bool = True
    resamples: int = 10_000
    seed: int = 0
    progress: Callable[[Sequence[Pair]], Iterable[Pair]] = lambda pairs: pairs

    def overlap(self, pairing: Pairing, parts: tuple[Part, ...], affine_of: AffineOf = header_affine) -> Evaluation:
        """Score pairs of label maps as asked; arguments and errors as for :func:`evaluate`."""
        return evaluate(
            pairing,
            parts,
            count_failures=self.count_failures,
            resamples=self.resamples,
            seed=self.seed,
            progress=self.progress,
            affine_of=affine_of,
        )


@dataclass(frozen=True)
class EvaluationReport:
    """What an evaluation found.

    Attributes:
        text: tables for the terminal.
        values: every number as JSON values.
        has_failures: whether a case had no usable prediction.
        qualities: what two models are compared by.
    """

    text: str
    values: dict[str, Any]  # JSON values, as deep as the evaluation is.
    has_failures: bool
    qualities: tuple[Quality, ...] = ()
