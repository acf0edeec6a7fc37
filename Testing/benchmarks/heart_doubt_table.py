"""Are bad hearts noticed, and do the intervals of the ejection fraction hold? Judged on patients that nothing saw.

    python Testing/benchmarks/heart_doubt_table.py --data DATA [--head HEAD.nii.gz] [--draws N] [--json FILE]

Every held-out patient is segmented clean and under every kind of corruption (motion, noise, inverted contrast, low
resolution, cut field of view, heart at the rim, base or apex missing, frames of two patients, thorax beside the
heart), and stacks cut from a head besides. What counts as bad is said in
``quantseg.tasks.heart.training.doubt.HeartExample.bad``. Printed, in all and by corruption: how many bad results were
flagged or refused, how many good ones were flagged falsely; then, over the clean patients, the error of the ejection
fraction, and of its 95 % intervals coverage, median width and interval score (Winkler; the smaller, the better).
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np

from quantseg.evaluation.agreement import interval_score
from quantseg.inference.device import choose_device
from quantseg.inference.ensemble import Ensemble
from quantseg.models.bundle import find_bundle
from quantseg.reading import find_cases, read_scan
from quantseg.resources import resources_folder
from quantseg.tasks.heart.evaluation.corruption import CineCorruption
from quantseg.tasks.heart.fraction_error import fraction_reach
from quantseg.tasks.heart.judgement import VERDICT_FILE, HeartJudgement, read_heart_judgement
from quantseg.tasks.heart.training.calibrating import EVERY_KIND, head_examples, heart_held_out_examples
from quantseg.tasks.heart.training.doubt import HeartExample, heart_doubt_table
from quantseg.training.flagging import flagging_lines
from quantseg.volume import to_canonical


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, help="folder with ACDC and Sunnybrook_LV")
    parser.add_argument("--model", default="heart")
    parser.add_argument("--head", type=Path, default=resources_folder() / "SampleData" / "head_t1.nii.gz")
    parser.add_argument("--heads", type=int, default=10, help="stacks cut from the head")
    parser.add_argument("--draws", type=int, default=EVERY_KIND, help="corruptions of each patient (each kind once)")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    bundle = find_bundle(options.model)
    ensemble = Ensemble(bundle, choose_device("auto"))
    judgement = read_heart_judgement(bundle.folder / VERDICT_FILE)
    head, _ = to_canonical(read_scan(find_cases([options.head])[0]).volume)
    examples = [
        *heart_held_out_examples(bundle, options.data, ensemble, options.seed, options.draws, lambda _: None),
        *head_examples(head, bundle, ensemble, options.seed, options.heads),
    ]
    table = heart_doubt_table(examples, judgement)
    intervals = interval_table(examples, judgement)
    print(*flagging_lines(table), sep="\n")
    for row in intervals:
        print(
            f"ejection fraction of the {row['region']} ({row['patients']} clean patients): mean absolute error "
            f"{row['error']:.1f} points, 95 % interval covers {row['coverage']:.0%}, median width {row['width']:.1f}, "
            f"interval score {row['score']:.1f}"
        )
    if options.json:
        options.json.write_text(json.dumps({"doubt": table, "intervals": intervals}, indent=1) + "\n", encoding="utf-8")


def interval_table(examples: list[HeartExample], judgement: HeartJudgement) -> list[dict]:
    """Return what holds of each ventricle's ejection fraction and its intervals, in points, clean patients only."""
    rows = []
    for region, model in judgement.intervals.items():
        clean = [
            (e, fraction_reach(model, e.spread[region], e.evidence))
            for e in examples
            if e.corruption is CineCorruption.CLEAN and region in e.spread and e.evidence is not None
        ]
        errors = np.array([e.ejection_fraction_error[region] for e, _ in clean])
        reaches = np.array([reach for _, reach in clean])
        rows.append(
            {
                "region": region.replace("_", " "),
                "patients": len(clean),
                "error": float(np.mean(np.abs(errors))),
                "coverage": float(np.mean(np.abs(errors - model.bias) <= reaches)),
                "width": float(np.median(2 * reaches)),
                "score": float(interval_score(model.bias - reaches, model.bias + reaches, errors).mean()),
            }
        )
    return rows


if __name__ == "__main__":
    main()
