"""Which hearts does the verdict flag, judged by fits that have not seen the patient, or not the scanner?

    python Testing/benchmarks/heart_verdicts.py --examples FILE.pickle

Reads segmentations that ``heart_intervals.py --examples`` keeps. Every tenth of the patients of the own scanner is
judged by the whole fit (expected Dice, coverage, limits) to the others; those of the other scanner by the fit to all of
the own one. Printed: how many bad results were flagged and how many good ones, by corruption, and what flagged the
latter. The other scanner's files lack slices at both ends of many stacks, and those that lack more than one are bad.
Last, how well results are ranked: the area under the risk-coverage curve (the smaller, the better) of the expected Dice
and of the members' pairwise Dice, with the share of bad results, or how far Dice is from 1, as the risk.
"""

from __future__ import annotations

import argparse
import pickle
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from quantseg.measure.values import Verdict
from quantseg.tasks.heart.evaluation.corruption import CineCorruption
from quantseg.tasks.heart.judgement import HeartJudgement, heart_judgement
from quantseg.tasks.heart.training.doubt import HeartExample
from quantseg.tasks.heart.training.fitting import fit_heart_judgement
from quantseg.training.flagging import flagging_lines, flagging_table

_GROUPS = 10
_ALL = -1


def main() -> None:
    """Print both tables."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--examples", type=Path, required=True)
    # Written by heart_intervals.py.
    examples: list[HeartExample] = pickle.loads(parser.parse_args().examples.read_bytes())
    own = [e for e in examples if not e.source]
    group = {patient: number % _GROUPS for number, patient in enumerate(sorted({e.patient for e in own}))}
    judgements = {
        number: heart_judgement(fit_heart_judgement([e for e in own if group[e.patient] != number]))
        for number in (*range(_GROUPS), _ALL)
    }
    _print("own scanner", own, group, judgements)
    _print("other scanner", [e for e in examples if e.source], {}, judgements)


def _print(
    title: str, judged: Sequence[HeartExample], group: Mapping[str, int], judgements: Mapping[int, HeartJudgement]
) -> None:
    def judgement(example: HeartExample) -> HeartJudgement:
        return judgements[group.get(example.patient, _ALL)]

    print(title, *flagging_lines(flagging_table(judged, lambda e: e.flagged(judgement(e)), CineCorruption)), sep="\n")
    seen = [(e, e.evidence) for e in judged if e.evidence is not None]
    scores = {
        "expected Dice": [
            expectation.dice(evidence) for e, evidence in seen if (expectation := judgement(e).expectation) is not None
        ],
        "pairwise Dice of the members": [evidence.structure_dice for _, evidence in seen],
    }
    risks = {"bad results": [float(e.bad) for e, _ in seen], "1 - Dice": [1 - e.dice for e, _ in seen]}
    for risk, values in risks.items():
        areas = ", ".join(f"{name} {_risk_coverage_area(score, values):.3f}" for name, score in scores.items())
        print(f"area under the risk-coverage curve, {risk} ({len(seen)} results, mean {np.mean(values):.3f}): {areas}")
    causes = Counter(
        check.key
        for e in judged
        if not e.bad and e.evidence is not None
        for check in judgement(e).check_all(e.evidence)
        if check.verdict is not Verdict.GOOD
    )
    print("good ones flagged by:", ", ".join(f"{key} ({count})" for key, count in causes.most_common()) or "nothing")


def _risk_coverage_area(scores: Sequence[float], risks: Sequence[float]) -> float:
    """Return the mean, over every number of results that is kept, of the kept ones' risk, the best scores first."""
    best_first = np.asarray(risks)[np.argsort(np.negative(scores), kind="stable")]
    return float(np.mean(np.cumsum(best_first) / np.arange(1, len(best_first) + 1)))


if __name__ == "__main__":
    main()
