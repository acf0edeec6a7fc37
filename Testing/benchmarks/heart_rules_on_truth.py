"""What the heart's plausibility rules say of experts' labels, where nothing should be flagged.

    python Testing/benchmarks/heart_rules_on_truth.py --data ACDC [--leave-out patient001 ...] [--json FILE]

Printed: ejection fraction, volumes and mass by disease group, for comparison with what is known of the data; each
rule's distribution over the patients and its false-flag rate; then how many patients are flagged when slices are taken
away at the base or at the apex, as where a scan misses them. Last, what tells a stack that ends within the ventricle
(``cut_base``): how many it flags of whole stacks and of shortened ones with the limit as shipped and with one set on
nine tenths of the persons and judged on the last, and how well the volume that it says is missing fits the true one.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Collection, Sequence
from pathlib import Path

import numpy as np

from quantseg.measure.values import Verdict
from quantseg.reading.spacing import HEADER_SPACING
from quantseg.tasks.heart.anatomy import HeartLabel
from quantseg.tasks.heart.base_apex import base_apex_order
from quantseg.tasks.heart.cut_base import CutBase, cut_base
from quantseg.tasks.heart.evaluation.acdc_labels import list_phases
from quantseg.tasks.heart.features import heart_features
from quantseg.tasks.heart.function import MYOCARDIAL_DENSITY_G_PER_ML, ejection_fraction_percent
from quantseg.tasks.heart.phases import Phases
from quantseg.tasks.heart.plausibility import BOUNDS, check_heart
from quantseg.tasks.heart.reading.cine_nifti import read_cine_nifti
from quantseg.tasks.heart.short_axis import ShortAxisStack
from quantseg.tasks.heart.volumes import volume_curves

sys.path.insert(0, str(Path(__file__).parents[1]))

from stacked_labels import short_axis_stack

_PERCENTILES = (0, 2.5, 5, 50, 95, 97.5, 100)
_BOTH = Phases(0, 1)
_MOST_CUT, _TENTHS, _FALSE_FLAGS = 3, 10, 0.03


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, help="folder of patients in ACDC's layout")
    parser.add_argument("--leave-out", nargs="*", default=[], metavar="PATIENT", help="patients set aside for a test")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    patients = read_patients(options.data, options.leave_out)
    stacks = [stack for _, stack in patients]
    tables = {}
    for name, make in (
        ("groups", lambda: group_table(patients)),
        ("rules", lambda: rule_table(stacks)),
        ("cut", lambda: cut_table(stacks)),
        ("cut_base", lambda: cut_base_table(stacks)),
    ):
        tables[name] = make()
        lines = ("  ".join(f"{key} {value}" for key, value in row.items()) for row in tables[name])
        print(name, *lines, sep="\n", end="\n\n", flush=True)
    if options.json:
        options.json.write_text(json.dumps(tables, indent=1) + "\n", encoding="utf-8")


def read_patients(data: Path, left_out: Collection[str]) -> list[tuple[str, ShortAxisStack]]:
    """Return each patient's disease group and labels of end-diastole and end-systole, in this order."""
    phases = [files for files in list_phases(data) if files.patient not in left_out]
    patients = []
    for end_diastole, end_systole in zip(phases[::2], phases[1::2], strict=True):
        frames = [read_cine_nifti(files.labels, HEADER_SPACING) for files in (end_diastole, end_systole)]
        labels = np.concatenate([frame.frames for frame in frames])
        stack = short_axis_stack(_around_heart(labels), frames[0].geometry.affine)
        patients.append((end_diastole.group, stack))
    return patients


def group_table(patients: Sequence[tuple[str, ShortAxisStack]]) -> list[dict]:
    """Return the mean of each group's volumes in ml, ejection fractions in % and mass in g."""
    rows = []
    for group in sorted({group for group, _ in patients}):
        curves = [volume_curves(stack) for name, stack in patients if name == group]
        rows.append({"group": group, "patients": len(curves)})
        for side, label in (("left", HeartLabel.LV_CAVITY), ("right", HeartLabel.RV_CAVITY)):
            rows[-1][f"{side}_edv_ml"] = _mean([curve.volumes_ml(label)[0] for curve in curves])
            rows[-1][f"{side}_ef"] = _mean([ejection_fraction_percent(*curve.voxel_counts[label]) for curve in curves])
        muscle_ml = [curve.volumes_ml(HeartLabel.LV_MYOCARDIUM)[0] for curve in curves]
        rows[-1]["mass_g"] = _mean([MYOCARDIAL_DENSITY_G_PER_ML * ml for ml in muscle_ml])
    return rows


def rule_table(stacks: Sequence[ShortAxisStack]) -> list[dict]:
    """Return each rule's percentiles and false-flag rate, and at last that of all rules together."""
    features = [heart_features(stack, _BOTH) for stack in stacks]
    rows = []
    for name, bounds in BOUNDS.items():
        values = np.array([value for found in features if (value := getattr(found, name)) is not None], dtype=float)
        flagged = [bounds.verdict(value) is not Verdict.GOOD for value in values]
        percentiles = [round(float(p), 3) for p in np.percentile(values, _PERCENTILES)]
        rows.append({"rule": name, "known": len(values), "percentiles": percentiles, "false_flags": _share(flagged)})
    checks = [check_heart(stack, _BOTH) for stack in stacks]
    for key in ("border", "right_ventricle", "base_and_apex"):
        rows.append({"rule": key, "false_flags": _share([_flagged(found, {key}) for found in checks])})
    rows.append({"rule": "any", "false_flags": _share([_flagged(found) for found in checks])})
    return rows


def cut_table(stacks: Sequence[ShortAxisStack]) -> list[dict]:
    """Return the share of patients whose coverage is flagged after slices of the left ventricle were taken away."""
    rows = []
    rules = {"base_growth", "apex_share", "length_per_width", "base_and_apex", "cut_base"}
    for end in ("base", "apex"):
        for count in (1, 2, 3, 4):
            cut = [shortened for stack in stacks if (shortened := _without(stack, end, count)) is not None]
            flagged = [_flagged(check_heart(stack, _BOTH), rules) for stack in cut]
            rows.append({"cut": end, "slices": count, "patients": len(cut), "flagged": _share(flagged)})
    return rows


def cut_base_table(stacks: Sequence[ShortAxisStack]) -> list[dict]:
    """Return by number of slices taken away at the base how many stacks are flagged, and how well volumes are told."""
    shown: list[tuple[int, int, float, CutBase | None, bool]] = []
    for number, stack in enumerate(stacks):
        for count in range(_MOST_CUT + 1):
            cut = _without(stack, "base", count) if count else stack
            if cut is not None:
                found = cut_base(cut, _BOTH, base_apex_order(cut))
                gone_ml = _end_diastolic_ml(stack) - _end_diastolic_ml(cut)
                shown.append((number % _TENTHS, count, gone_ml, found, _flagged(check_heart(cut, _BOTH), {"cut_base"})))
    limits = {tenth: _cut_base_limit([one for one in shown if one[0] != tenth]) for tenth in range(_TENTHS)}
    rows = []
    for count in range(_MOST_CUT + 1):
        alike = [one for one in shown if one[1] == count]
        told = [(found.missing_ml(), gone_ml) for _, _, gone_ml, found, flagged in alike if flagged and found]
        rows.append(
            {
                "slices": count,
                "stacks": len(alike),
                "flagged": sum(flagged for *_, flagged in alike),
                "by_limits_of_others": sum(_length(found) < limits[tenth] for tenth, _, _, found, _ in alike),
                "median_gone_ml": round(float(np.median([gone_ml for _, _, gone_ml, _, _ in alike]))),
                "told_error_ml": _mean([abs(usual - gone_ml) for (_, usual, _), gone_ml in told]),
                "range_holds": sum(least <= gone_ml <= most for (least, _, most), gone_ml in told),
            }
        )
    return [*rows, {"limits_of_others": sorted(round(limit, 3) for limit in limits.values())}]


def _cut_base_limit(shown: Sequence[tuple[int, int, float, CutBase | None, bool]]) -> float:
    """Return the largest limit that flags no more of the whole stacks than may be."""
    lengths = sorted(_length(found) for _, count, _, found, _ in shown if not count)
    return lengths[int(_FALSE_FLAGS * len(lengths))]


def _length(found: CutBase | None) -> float:
    return np.inf if found is None else found.length_per_width


def _end_diastolic_ml(stack: ShortAxisStack) -> float:
    return float(volume_curves(stack).volumes_ml(HeartLabel.LV_CAVITY)[0])


def _without(stack: ShortAxisStack, end: str, count: int) -> ShortAxisStack | None:
    order = base_apex_order(stack)
    left = stack.areas[HeartLabel.LV_MYOCARDIUM].any(axis=0)
    if order is None or np.count_nonzero(left) < count + 3:
        return None
    along = [k for k in order.slices if left[k]]
    gone = along[:count] if end == "base" else along[-count:]
    # What lies beyond them is missing, too.
    outside = (
        order.slices[: order.slices.index(gone[-1])] if end == "base" else order.slices[order.slices.index(gone[0]) :]
    )
    kept = [k for k in range(stack.labels.shape[-1]) if k not in {*gone, *outside}]
    return ShortAxisStack(stack.labels[..., kept], stack.affine)


def _around_heart(labels: np.ndarray) -> np.ndarray:
    """Cut the surroundings in plane, for speed; two pixels of them stay wherever there are some."""
    shown = labels.any(axis=(0, 3))
    rows, columns = (np.flatnonzero(shown.any(axis=axis)) for axis in (1, 0))
    return labels[:, max(rows[0] - 2, 0) : rows[-1] + 3, max(columns[0] - 2, 0) : columns[-1] + 3]


def _flagged(checks: Sequence, keys: set[str] | None = None) -> bool:
    return any(check.verdict is not Verdict.GOOD for check in checks if keys is None or check.key in keys)


def _share(flags: Sequence[bool]) -> float:
    return round(float(np.mean(flags)), 3) if len(flags) else 0.0


def _mean(values: Sequence[float]) -> float:
    return round(float(np.mean(values)), 1)


if __name__ == "__main__":
    main()
