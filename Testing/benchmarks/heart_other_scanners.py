"""A heart model on patients of its own scanner and of another one: Dice, ejection fractions, and by how much areas err.

One member is judged on the patients of its fold, which it never saw, and on those set aside; a whole bundle on those
set aside alone, and on every patient of a source that it was not trained on. Sunnybrook's files tell no pixel size and
not all outlines, so that its figures are of the slices that were outlined, each frame of every patient seen alone.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Collection, Sequence
from pathlib import Path

import numpy as np
import torch

from quantseg.evaluation.metrics import dice
from quantseg.inference.device import Backend, choose_device
from quantseg.inference.ensemble import Ensemble, PlainNetworks
from quantseg.inference.torch_network import TorchNetwork
from quantseg.models.bundle import open_bundle
from quantseg.models.trust import hash_bundle
from quantseg.tasks.heart.anatomy import HeartLabel
from quantseg.tasks.heart.function import ejection_fraction_percent
from quantseg.tasks.heart.segmenting import segment_cycle
from quantseg.tasks.heart.training.acdc import load_acdc
from quantseg.tasks.heart.training.sunnybrook import UNDRAWN, load_sunnybrook
from quantseg.training.cohort import LoadedCase
from quantseg.training.weights_file import load_member

Segment = Callable[[Sequence[LoadedCase], bool], list[np.ndarray]]
"""From the frames of a patient, and whether each is seen alone, to their label maps."""

_RV, _MUSCLE, _LV = HeartLabel.RV_CAVITY, HeartLabel.LV_MYOCARDIUM, HeartLabel.LV_CAVITY


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder with ACDC and Sunnybrook_LV")
    parser.add_argument("--model", type=Path, required=True, help="a bundle, or the run folder of quantseg train")
    parser.add_argument("--member", type=int, help="judge this member alone (default: all of them)")
    parser.add_argument("--split", type=Path, help="split.json that tells held_out and folds (default: the model's)")
    parser.add_argument("--all-of", choices=("ACDC", "Sunnybrook"), help="every patient of this source, seen or not")
    parser.add_argument("--every", type=int, default=1, help="of these one of so many")
    options = parser.parse_args()
    segment, split, known = _model(options.model, options.member)
    if options.split:
        split = json.loads(options.split.read_text(encoding="utf-8"))
    sources = {"ACDC": load_acdc(options.data / "ACDC"), "Sunnybrook": load_sunnybrook(options.data / "Sunnybrook_LV")}
    parts = {"set aside": split["held_out"]}
    if options.member is not None:
        parts[f"fold {options.member}"] = split["folds"][options.member]
    for source, cohort in sources.items():
        shown = {name: [patient for patient in patients if patient in cohort] for name, patients in parts.items()}
        if options.all_of == source:
            shown["all" if options.every == 1 else f"one of {options.every}"] = sorted(cohort)[:: options.every]
        alone = source == "Sunnybrook"
        found = {p: segment(cohort[p], alone) for p in sorted({p for patients in shown.values() for p in patients})}
        for name, patients in shown.items():
            if patients:
                _report(f"{source}, {name}", [(cohort[p], found[p]) for p in patients], known)


def _model(folder: Path, member: int | None) -> tuple[Segment, dict[str, list[str]], Collection[int]]:
    """Return the model, the split of its patients, and the label values that it knows."""
    if (folder / "command.json").is_file():
        inference = json.loads((folder / "command.json").read_text(encoding="utf-8"))["inference"]
        folds = [folder / f"fold_{member}"] if member is not None else sorted(folder.glob("fold_*"))
        device = choose_device("cpu", backend=Backend.TORCH)
        networks = [TorchNetwork(load_member(fold, inference, torch.device("cpu"))) for fold in folds]
        split = json.loads((folder / "split.json").read_text(encoding="utf-8"))
        ensemble: Ensemble | PlainNetworks = PlainNetworks(networks, device)
    else:
        bundle = open_bundle(folder, hash_bundle(folder))
        members = None if member is None else [bundle.members[member]]
        ensemble, inference = Ensemble(bundle, choose_device("cpu"), members), bundle.inference
        split = dict(bundle.metadata["training_split"])

    def segment(frames: Sequence[LoadedCase], alone: bool) -> list[np.ndarray]:
        found = []
        for cycle in [[frame] for frame in frames] if alone else [frames]:
            images = np.stack([frame.image for frame in cycle])
            spacing_mm = cycle[0].spacing_mm[:2]
            found += list(segment_cycle(images, spacing_mm, ensemble, inference, ensemble, end_diastole=0).labels)
        return found

    return segment, split, frozenset(inference["label_values"])


def _report(
    title: str, patients: Sequence[tuple[Sequence[LoadedCase], Sequence[np.ndarray]]], known: Collection[int]
) -> None:
    frames = [(case.labels, labels) for cases, found in patients for case, labels in zip(cases, found, strict=True)]
    scores = {
        name: [dice(found == label, truth == label) for truth, found in map(_drawn(label), frames) if truth.size]
        for name, label in (("RV", _RV), ("muscle", _MUSCLE), ("LV", _LV))
        if label in known and any((truth == label).any() for truth, _ in frames)
    }
    words = [f"Dice {name} {np.mean(values):.3f}" for name, values in scores.items()]
    words.append(f"mean {np.mean([np.mean(values) for values in scores.values()]):.3f}")
    for name, label in (("LVEF", _LV), ("RVEF", _RV)):
        errors = []
        for cases, found in patients:
            true, seen = ([int((one == label).sum()) for one in m] for m in ([c.labels for c in cases], found))
            if true[0] and label in known:
                errors.append(ejection_fraction_percent(*seen) - ejection_fraction_percent(*true))
        if errors:
            worst = max(errors, key=abs)
            words.append(
                f"{name} {np.nanmean(np.abs(errors)):.1f} (bias {np.nanmean(errors):+.1f}, worst {worst:+.0f})"
            )
    for phase, name in enumerate(("ED", "ES")):
        true, seen = (
            [int((one[phase] == _LV).sum()) for one in maps]
            for maps in ([[c.labels for c in cases] for cases, _ in patients], [found for _, found in patients])
        )
        words.append(f"LV volume at {name} {100 * np.mean(np.divide(seen, true) - 1):+.0f} %")
    print(f"{title}, {len(patients)} patients: " + ", ".join(words), flush=True)


def _drawn(label: int) -> Callable[[tuple[np.ndarray, np.ndarray]], tuple[np.ndarray, np.ndarray]]:
    """Return what leaves out the slices on which an outline of this structure is not known."""

    def drawn(frame: tuple[np.ndarray, np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
        truth, found = frame
        known = np.ones(truth.shape[2], bool) if label == _LV else ~(truth == UNDRAWN).any(axis=(0, 1))
        return truth[..., known], found[..., known]

    return drawn


if __name__ == "__main__":
    main()
