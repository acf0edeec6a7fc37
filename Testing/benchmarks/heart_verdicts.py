"""Which hearts does the verdict flag, judged by fits that have not seen the patient, or not the scanner?

    python Testing/benchmarks/heart_verdicts.py --examples FILE.pickle

Reads segmentations that ``heart_intervals.py --examples`` keeps. Every tenth of the patients of the own scanner is
judged by the whole fit (expected Dice, coverage, limits) to the others; those of the other scanner by the fit to all of
the own one. Printed: how many bad results were flagged and how many good ones, by corruption, and what flagged the
latter. The other scanner's files lack slices at both ends of many stacks, and those that lack more than one are bad.
"""

from __future__ import annotations

import argparse
import pickle
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

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
    causes = Counter(
        check.key
        for e in judged
        if not e.bad and e.evidence is not None
        for check in judgement(e).check_all(e.evidence)
        if check.verdict is not Verdict.GOOD
    )
    print("good ones flagged by:", ", ".join(f"{key} ({count})" for key, count in causes.most_common()) or "nothing")


if __name__ == "__main__":
    main()
