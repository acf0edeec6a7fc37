"""Do intervals of the ejection fraction hold for patients, and for a scanner, that their fit has not seen?

    python Testing/benchmarks/heart_intervals.py --data DATA [--examples FILE.pickle]

``DATA`` holds ACDC and Sunnybrook_LV. Every patient of cross-validation is segmented clean and spoiled as
``quantseg models calibrate`` does (about 40 minutes of a core; kept in ``--examples``, and read from there the next
time), each judged by a member that had not seen the patient. Printed for either ventricle: how often the interval
holds, its median width and interval score (Winkler; the smaller, the better), fitted to ACDC alone and judged on
Sunnybrook, fitted to both without a tenth of the patients in turn; beside it one constant width for all.

    python Testing/benchmarks/heart_intervals.py --data DATA --model heart-lv-open --every 3 [--examples FILE.pickle]

Of a model that was trained on Sunnybrook alone: fitted to Sunnybrook without a tenth of its patients in turn, and
fitted to Sunnybrook and judged on one of three patients of ACDC, which all members outline; beside it one constant
width, and the provisional intervals of models for which nothing was fitted.
"""

from __future__ import annotations

import argparse
import pickle
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from quantseg.evaluation.agreement import interval_score
from quantseg.inference.device import choose_device
from quantseg.inference.ensemble import Ensemble
from quantseg.models.bundle import find_bundle
from quantseg.tasks.heart.doubt import provisional_reach
from quantseg.tasks.heart.evaluation.corruption import CineCorruption
from quantseg.tasks.heart.fraction_error import fraction_reach
from quantseg.tasks.heart.function import LEFT_VENTRICLE, RIGHT_VENTRICLE
from quantseg.tasks.heart.training.calibrating import heart_held_out_examples, heart_training_examples
from quantseg.tasks.heart.training.doubt import HeartExample
from quantseg.tasks.heart.training.fraction_fitting import fit_fraction_error

_GROUPS = 10
_INSIDE = 0.95
Reach = Callable[[HeartExample], tuple[float, float]]
"""From a case to the middle of the interval's error, and how far it reaches from there."""


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, help="folder with ACDC and Sunnybrook_LV")
    parser.add_argument("--model", default="heart")
    parser.add_argument("--examples", type=Path, help="keeps what was segmented")
    parser.add_argument("--every", type=int, help="the model has not seen ACDC: judge it on one of so many of them")
    options = parser.parse_args()
    examples = _examples(options.data, options.model, options.examples, options.every)
    if options.every is not None:
        _report_elsewhere(examples)
        return
    for region in (LEFT_VENTRICLE, RIGHT_VENTRICLE):
        known = [e for e in examples if e.evidence and region in e.spread and region in e.ejection_fraction_error]
        own = [e for e in known if not e.source]
        clean = {
            "own scanner": [e for e in own if e.corruption is CineCorruption.CLEAN],
            "other scanner": [e for e in known if e.source],
        }
        for name, fit in (("by the case", _by_case), ("one width", _one_width)):
            rows = [
                ("fitted to the own scanner, judged on the other", own, clean["other scanner"], False),
                ("left out, own scanner", known, clean["own scanner"], True),
                ("left out, other scanner", known, clean["other scanner"], True),
            ]
            for title, fitted_to, judged, left_out in rows:
                if judged:
                    print(f"{region}, {name}, {title}: {_held(fit, region, fitted_to, judged, left_out)}")


def _report_elsewhere(examples: Sequence[HeartExample]) -> None:
    known = [e for e in examples if e.evidence and {*e.spread, *e.ejection_fraction_error} == {LEFT_VENTRICLE}]
    own, elsewhere = [e for e in known if e.source], [e for e in known if not e.source]
    for name, fit in (("by the case", _by_case), ("one width", _one_width), ("provisional", _provisional)):
        for title, judged, left_out in (("left out, Sunnybrook", own, True), ("judged on ACDC", elsewhere, False)):
            print(f"{LEFT_VENTRICLE}, {name}, {title}: {_held(fit, LEFT_VENTRICLE, own, judged, left_out)}")


def _examples(data: Path, model: str, kept: Path | None, every: int | None) -> Sequence[HeartExample]:
    if kept is not None and kept.is_file():
        # Written by this program.
        found: list[HeartExample] = pickle.loads(kept.read_bytes())
        return found
    bundle = find_bundle(model)
    ensemble = Ensemble(bundle, choose_device("auto"))
    found = list(heart_training_examples(bundle, data, ensemble, 2026, print))
    if every is not None:
        found += heart_held_out_examples(bundle, data, ensemble, 2026, 0, print, every)
    if kept is not None:
        kept.write_bytes(pickle.dumps(found))
    return found


def _by_case(examples: Sequence[HeartExample], region: str) -> Reach:
    error = fit_fraction_error(examples, region)
    if error is None:
        raise ValueError(f"No example shows the {region}.")
    return lambda e: (error.bias, fraction_reach(error, e.spread[region], e.evidence))  # type: ignore[arg-type]


def _one_width(examples: Sequence[HeartExample], region: str) -> Reach:
    """Return the same reach for all, wide enough for each scanner's unspoiled cases."""
    clean = [e for e in examples if e.corruption is CineCorruption.CLEAN]
    errors = np.array([e.ejection_fraction_error[region] for e in clean])
    sources = np.array([e.source for e in clean])
    bias = float(np.median(errors))
    reach = max(float(np.quantile(np.abs(errors - bias)[sources == one], _INSIDE)) for one in np.unique(sources))
    return lambda _: (bias, reach)


def _provisional(_examples: Sequence[HeartExample], region: str) -> Reach:
    return lambda e: (0.0, provisional_reach(e.spread[region]))


def _held(
    fit: Callable[[Sequence[HeartExample], str], Reach],
    region: str,
    fitted_to: Sequence[HeartExample],
    judged: Sequence[HeartExample],
    left_out: bool,
) -> str:
    patients = sorted({e.patient for e in fitted_to})
    group = {patient: number % _GROUPS for number, patient in enumerate(patients)}
    reaches: dict[int, Reach] = {}
    for number in range(_GROUPS) if left_out else [-1]:
        reaches[number] = fit([e for e in fitted_to if group[e.patient] != number], region)
    found = np.array([reaches[group[e.patient] if left_out else -1](e) for e in judged])
    errors = np.array([e.ejection_fraction_error[region] for e in judged])
    low, high = found[:, 0] - found[:, 1], found[:, 0] + found[:, 1]
    held = int(np.count_nonzero((low <= errors) & (errors <= high)))
    return (
        f"holds in {held} of {len(errors)}, median width {np.median(high - low):.1f} points, "
        f"interval score {interval_score(low, high, errors).mean():.1f}"
    )


if __name__ == "__main__":
    main()
