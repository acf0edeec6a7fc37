"""Is it noticed that a stack ends before the base? Whole stacks, and the same without their basal slices.

    python Testing/benchmarks/heart_cut_base.py --data DATA [--every N]

Each patient of ACDC in cross-validation is judged by the member that had not seen it. Taken away are one, two and three
slices in which an expert outlined the left ventricle, and all beyond. Printed by how many were taken away: the share of
the cavity at end-diastole that is gone, and how many stacks the rule ``cut_base`` flags, how many the fit
``missing_base``, how many either, and how many any check; then how far the millilitres that ``cut_base`` names are from
the true ones. The fit has seen these patients, and the rule's limit was set on experts' labels of ACDC, these
patients' among them: its false flags and misses on labels of persons that took no part are printed by
``heart_rules_on_truth.py``. Last, the shipped phantom, cut by all members' labels.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import nibabel
import numpy as np

from quantseg.inference.device import choose_device
from quantseg.inference.ensemble import Ensemble
from quantseg.measure.values import Verdict
from quantseg.models.bundle import find_bundle
from quantseg.resources import resources_folder
from quantseg.tasks.heart.anatomy import HeartLabel
from quantseg.tasks.heart.base_apex import base_apex_order
from quantseg.tasks.heart.evaluation.corruption import CineCorruption, LabelledStack
from quantseg.tasks.heart.judgement import VERDICT_FILE, read_heart_judgement
from quantseg.tasks.heart.segmenting import segment_cycle
from quantseg.tasks.heart.short_axis import ShortAxisStack
from quantseg.tasks.heart.training.acdc import load_acdc
from quantseg.tasks.heart.training.doubt import HeartExample, heart_example

_MOST_TAKEN, _FEWEST_LEFT = 3, 3
_LEFT = (HeartLabel.LV_MYOCARDIUM, HeartLabel.LV_CAVITY)
_PHANTOM_PHASES = [0, 7]


@dataclass(frozen=True)
class _Judged:
    """A stack, what flagged it, and the true volume of the cavity that it lacks at end-diastole."""

    example: HeartExample
    flagged_by: frozenset[str]
    gone_ml: float
    gone_share: float


def main() -> None:
    """Print one line a number of slices."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, help="folder that holds ACDC")
    parser.add_argument("--model", default="heart")
    parser.add_argument("--every", type=int, default=1, help="take one patient of so many")
    options = parser.parse_args()
    bundle = find_bundle(options.model)
    ensemble = Ensemble(bundle, choose_device("auto"))
    judgement = read_heart_judgement(bundle.folder / VERDICT_FILE)

    def judged(name: str, stack: LabelledStack, scout: Ensemble, witness: int | None) -> Iterator[_Judged]:
        whole = _cavity_ml(stack)
        for taken in range(_MOST_TAKEN + 1):
            cut = _without_base(stack, taken)
            if cut is None:
                continue
            example = heart_example(name, CineCorruption.BASE, cut, {}, ensemble, bundle.inference, scout, witness)
            checks = () if example.evidence is None else judgement.check_all(example.evidence)
            keys = frozenset(check.key for check in checks if check.verdict is not Verdict.GOOD)
            yield _Judged(example, keys, whole - _cavity_ml(cut), 1 - _cavity_ml(cut) / whole)

    cohort = load_acdc(options.data / "ACDC")
    found: list[_Judged] = []
    for index, member in enumerate(bundle.members):
        scout = ensemble.alone(member)
        fold = bundle.metadata["training_split"]["folds"][int(bundle.metadata["members"][member]["fold"])]
        for patient in [patient for patient in fold if patient in cohort][:: options.every]:
            found += judged(patient, _stack(cohort[patient]), scout, index)
            print(".", end="", flush=True)
    print()
    for taken in range(_MOST_TAKEN + 1):
        _report(taken, [one for one in found if one.example.missing_slices == taken])
    for one in judged("phantom", _phantom(ensemble, bundle.inference), ensemble, None):
        print(f"phantom, {one.example.missing_slices} taken away: {', '.join(sorted(one.flagged_by)) or 'good'}")


def _stack(cases: Sequence) -> LabelledStack:
    frames, labels = (np.stack([getattr(case, part) for case in cases]) for part in ("image", "labels"))
    return LabelledStack(frames, labels, cases[0].spacing_mm)


def _phantom(ensemble: Ensemble, inference: dict) -> LabelledStack:
    """Return both phases of the sample, its labels those of all members, by which it is cut."""
    image = nibabel.load(resources_folder() / "SampleData" / "heart_phantom.nii.gz")
    frames = np.moveaxis(np.asarray(image.dataobj, dtype=np.float32)[..., _PHANTOM_PHASES], -1, 0)
    x_mm, y_mm, z_mm = (float(mm) for mm in image.header.get_zooms()[:3])
    found = segment_cycle(frames, (x_mm, y_mm), ensemble, inference, ensemble, end_diastole=0)
    return LabelledStack(frames, found.labels, (x_mm, y_mm, z_mm))


def _without_base(stack: LabelledStack, taken: int) -> LabelledStack | None:
    """Take slices of the left ventricle and all beyond away; None where too few are left or the base is not told."""
    order = base_apex_order(ShortAxisStack(stack.labels, None))
    left = np.isin(stack.labels, _LEFT).any(axis=(0, 1, 2))
    if order is None or np.count_nonzero(left) < taken + _FEWEST_LEFT:
        return None
    along = list(order.slices)
    first = [k for k in along if left[k]][taken]
    kept = sorted(along[along.index(first) :]) if taken else sorted(along)
    return replace(stack, frames=stack.frames[..., kept], labels=stack.labels[..., kept], missing_slices=taken)


def _cavity_ml(stack: LabelledStack) -> float:
    return float(np.count_nonzero(stack.labels[0] == HeartLabel.LV_CAVITY) * np.prod(stack.spacing_mm) / 1000)


def _report(taken: int, judged: Sequence[_Judged]) -> None:
    if not judged:
        return
    gone = np.percentile([100 * one.gone_share for one in judged], [0, 50, 100])
    counts = [
        sum(bool(one.flagged_by & keys if keys else one.flagged_by) for one in judged)
        for keys in ({"cut_base"}, {"missing_base"}, {"cut_base", "missing_base"}, None)
    ]
    words = "cut_base {}, missing_base {}, either {}, any check {}".format(*counts)
    line = f"{taken} slices ({gone[0]:.0f} to {gone[2]:.0f} % of the cavity, median {gone[1]:.0f}): of {len(judged)} "
    told = [
        (base.missing_ml(), one.gone_ml)
        for one in judged
        if "cut_base" in one.flagged_by
        and one.example.evidence is not None
        and (base := one.example.evidence.labels.cut_base) is not None
    ]
    if taken and told:
        errors = [usual - true for (_, usual, _), true in told]
        held = sum(least <= true <= most for (least, _, most), true in told)
        words += f"; ml told: error {np.mean(np.abs(errors)):.0f} (bias {np.mean(errors):+.0f}), range holds in {held}"
    print(line + words)


if __name__ == "__main__":
    main()
