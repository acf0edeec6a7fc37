"""Volumes of the hippocampus against the experts', each case by the member that had not seen it.

For the volume of the labels, for the sum of probabilities, and for each of them calibrated by a line that was fitted
to other persons: slope of predicted on true volumes, mean absolute error, bias, and correlation.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from quantseg.inference.device import choose_device
from quantseg.inference.ensemble import Ensemble
from quantseg.models.bundle import open_bundle
from quantseg.models.trust import hash_bundle
from quantseg.tasks.hippocampus.persons import decathlon_person
from quantseg.tasks.hippocampus.segmenting import largest_structure
from quantseg.tasks.hippocampus.training.volume import load_hippocampi
from quantseg.training.cohort import cases_of
from quantseg.volume.masks import grown

_PARTS = {"anterior": (1,), "posterior": (2,), "whole": (1, 2)}
# Probabilities are summed this near to what was labelled: traces of them elsewhere are no hippocampus.
_RIM_VOXELS = 3
_GROUPS = 10


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="Task04_Hippocampus")
    parser.add_argument("--model", type=Path, default=Path("Resources/Models/hippocampus"))
    parser.add_argument("--json", type=Path, help="write the volumes of every case")
    options = parser.parse_args()
    bundle = open_bundle(options.model, hash_bundle(options.model))
    cohort = load_hippocampi(options.data)
    rows: list[dict[str, object]] = []
    for member in bundle.members:
        alone = Ensemble(bundle, choose_device("cpu"), [member])
        fold = bundle.metadata["training_split"]["folds"][int(bundle.metadata["members"][member]["fold"])]
        for case in cases_of(cohort, fold):
            probabilities = alone.predict(case.image)[0]
            labels = largest_structure(probabilities.argmax(axis=0).astype(np.uint8))
            near = grown(labels > 0, _RIM_VOXELS)
            row: dict[str, object] = {"case": case.case.name, "person": decathlon_person(case.case.name)}
            for part, values in _PARTS.items():
                row[f"{part} true"] = int(np.isin(case.labels, values).sum())
                row[f"{part} labels"] = int(np.isin(labels, values).sum())
                row[f"{part} probabilities"] = float(probabilities[list(values)].sum(0)[near].sum(dtype=np.float64))
            rows.append(row)
    if options.json:
        options.json.write_text(json.dumps(rows) + "\n", encoding="utf-8")
    persons = np.array([str(row["person"]) for row in rows])
    for part in _PARTS:
        true, *measured = (
            np.array([row[f"{part} {kind}"] for row in rows], float) for kind in ("true", "labels", "probabilities")
        )
        for kind, found in zip(("labels", "probabilities"), measured, strict=True):
            _report(f"{part}, {kind}", found, true)
            for gain in (1.0, 0.5):
                _report(f"{part}, {kind}, calibrated {gain}", _calibrated(found, true, persons, gain), true)


def _calibrated(found: np.ndarray, true: np.ndarray, persons: np.ndarray, towards_spread: float) -> np.ndarray:
    """Return volumes corrected by a line fitted to other persons.

    Args:
        found: measured volumes, shape (N,).
        true: the experts', same shape.
        persons: whom each is of.
        towards_spread: 1 gives the spread of the experts' volumes, 0 the least squared error; in between, between.
    """
    groups = {person: number % _GROUPS for number, person in enumerate(sorted(set(persons)))}
    group = np.array([groups[person] for person in persons])
    corrected = np.empty_like(found)
    for number in range(_GROUPS):
        others = group != number
        spread = true[others].std() / found[others].std()
        least = spread * np.corrcoef(found[others], true[others])[0, 1]
        gain = towards_spread * spread + (1 - towards_spread) * least
        corrected[~others] = true[others].mean() + gain * (found[~others] - found[others].mean())
    return corrected


def _report(title: str, found: np.ndarray, true: np.ndarray) -> None:
    values: Mapping[str, float] = {
        "slope": float(np.polyfit(true, found, 1)[0]),
        "r": float(np.corrcoef(found, true)[0, 1]),
        "SD": float(found.std()),
        "SD of truth": float(true.std()),
        "MAE": float(np.abs(found - true).mean()),
        "bias": float((found - true).mean()),
    }
    print(f"{title}: " + ", ".join(f"{name} {value:.3g}" for name, value in values.items()), flush=True)


if __name__ == "__main__":
    main()
