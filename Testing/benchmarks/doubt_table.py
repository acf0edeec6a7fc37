"""Are bad results noticed, and do the volume intervals hold? Judged on the cases that no member and no limit saw.

    python Testing/benchmarks/doubt_table.py --data Task04_Hippocampus [--heads HEAD.nii.gz...] [--json FILE]

Every held-out case is segmented clean and spoiled (motion, noise, inverted contrast, cut, shifted), and windows of
whole heads that show no hippocampus besides. Bad = whole Dice below 0.80, or a wrong organ. Printed, in all and by
corruption: how many bad results were flagged, how many good ones were flagged falsely; then, over the clean held-out
cases, the coverage and the median width of the 95 % volume intervals, and the rank correlation of expected and true
Dice.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np
from scipy.stats import spearmanr

from quantseg.evaluation.corruption import Corruption
from quantseg.inference.device import choose_device
from quantseg.inference.ensemble import Ensemble
from quantseg.models.bundle import find_bundle, open_bundle
from quantseg.models.trust import hash_bundle
from quantseg.reading import find_cases, read_scan
from quantseg.tasks.hippocampus.judgement import Judgement, read_judgement
from quantseg.tasks.hippocampus.localise import localise
from quantseg.tasks.hippocampus.pipeline import LOCALISER, REFINER, SEGMENTER
from quantseg.tasks.hippocampus.training.calibrating import held_out_examples, other_anatomy_examples
from quantseg.tasks.hippocampus.training.doubt import doubt_table
from quantseg.tasks.hippocampus.training.example import Example
from quantseg.training.flagging import flagging_lines
from quantseg.volume import Volume, aligned_grid, resample, to_canonical

_WINDOWS_A_HEAD = 40


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, help="Task04_Hippocampus in Decathlon layout")
    parser.add_argument("--heads", type=Path, nargs="*", default=[], help="whole heads to cut other anatomy from")
    parser.add_argument("--repeats", type=int, default=3, help="draws of each corruption a case")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--model", type=Path, help="folder of another bundle than the shipped one")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    bundle = open_bundle(options.model, hash_bundle(options.model)) if options.model else find_bundle(SEGMENTER)
    device = choose_device("auto")
    ensemble = Ensemble(bundle, device)
    judgement = read_judgement(bundle.folder / "configs" / "verdict.json")
    drawn = bundle, options.data, ensemble, options.seed, options.repeats, lambda _: None
    examples = list(held_out_examples(*drawn, judgement.correction))
    for head in options.heads:
        finders = Ensemble(find_bundle(LOCALISER), device), Ensemble(find_bundle(REFINER), device)
        examples += other_anatomy(head, ensemble, finders, options.seed, judgement)
    table = doubt_table(examples, judgement.limits, judgement.expectation)
    intervals = interval_table(examples, judgement)
    print(*flagging_lines(table), sep="\n")
    for row in intervals:
        print(f"95 % interval of {row['part']}: covers {row['coverage']:.0%}, median width {row['width']:.1%}")
    clean = [e for e in examples if e.corruption is Corruption.CLEAN]
    rank = spearmanr([judgement.expectation.dice(e.features) for e in clean], [e.dice for e in clean]).statistic
    print(f"expected against true Dice of clean cases: rank correlation {rank:.2f}")
    if options.json:
        options.json.write_text(json.dumps({"doubt": table, "intervals": intervals}, indent=1) + "\n", encoding="utf-8")


def other_anatomy(
    path: Path, ensemble: Ensemble, finders: tuple[Ensemble, Ensemble], seed: int, judgement: Judgement
) -> list[Example]:
    """Return windows of one head, away from where the localiser sees its hippocampi."""
    scan = read_scan(find_cases([path])[0])
    canonical, _ = to_canonical(scan.volume)
    places = localise(canonical, *finders)
    centres_mm = np.array([place.centroid_mm for place in (places.left, places.right) if place is not None])
    grid = aligned_grid(canonical.grid, 1.0)
    head: Volume = resample(canonical, grid)
    return list(other_anatomy_examples(head, centres_mm, ensemble, _WINDOWS_A_HEAD, seed, judgement.correction))


def interval_table(examples: list[Example], judgement: Judgement) -> list[dict]:
    """Return coverage and median relative width of the volume intervals over the clean cases."""
    rows = []
    for part, model in judgement.intervals.items():
        clean = [e for e in examples if e.corruption is Corruption.CLEAN and e.found.complete]
        bounds = [model.interval(e.found.of(part), e.features) for e in clean]
        inside = [b.low <= e.true.of(part) <= b.high for b, e in zip(bounds, clean, strict=True)]
        widths = [(b.high - b.low) / e.found.of(part) for b, e in zip(bounds, clean, strict=True)]
        rows.append({"part": part, "coverage": float(np.mean(inside)), "width": float(np.median(widths))})
    return rows


if __name__ == "__main__":
    main()
