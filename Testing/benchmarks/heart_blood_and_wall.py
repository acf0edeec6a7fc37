"""What holding the left ventricle to blood and wall changes, on patients that the open model has never seen.

    python Testing/benchmarks/heart_blood_and_wall.py --data ACDC [--patients patient021 ...]

End-diastole and end-systole are outlined by all members of ``heart-lv-open`` and compared with the experts' labels, as
the networks leave them and as QuantSeg gives them: mean Dice, and mean and mean absolute error of volumes and ejection
fraction.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from quantseg.evaluation.metrics import dice
from quantseg.inference.model_store import ModelStore
from quantseg.inference.uncertainty import mean_probabilities
from quantseg.tasks.heart.anatomy import HeartLabel
from quantseg.tasks.heart.blood_and_wall import with_dark_rim_as_muscle, without_open_ends
from quantseg.tasks.heart.coarse_to_fine import find_heart, stack_probabilities
from quantseg.tasks.heart.function import ejection_fraction_percent
from quantseg.tasks.heart.stray_labels import without_stray_labels
from quantseg.tasks.heart.training.acdc import load_acdc
from quantseg.training.cohort import LoadedCase

_CAVITY, _MUSCLE = HeartLabel.LV_CAVITY, HeartLabel.LV_MYOCARDIUM
_STAGES = ("networks alone", "dark rim as muscle", "and open ends left out")


def main() -> None:
    """Print one line a stage."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, help="folder in ACDC's layout")
    parser.add_argument("--patients", nargs="*", help="all by default")
    options = parser.parse_args()
    cohort, store = load_acdc(options.data), ModelStore()
    rows: list[list[list[float]]] = [[] for _ in _STAGES]
    for patient in options.patients or cohort:
        for row, outlines in zip(rows, _outlines(cohort[patient], store), strict=True):
            row.append(_scores(cohort[patient], outlines))
        print(patient, flush=True)
    for stage, row in zip(_STAGES, rows, strict=True):
        cavity, muscle, *errors = np.array(row).T
        names = ("EDV, ml", "ESV, ml", "EF, points", "muscle at end-diastole, ml")
        texts = [f"{n} {e.mean():+.1f} ({np.abs(e).mean():.1f})" for n, e in zip(names, errors, strict=True)]
        print(f"{stage}: Dice cavity {cavity.mean():.3f}, muscle {muscle.mean():.3f}; {'; '.join(texts)}")


def _outlines(phases: Sequence[LoadedCase], store: ModelStore) -> list[list[np.ndarray]]:
    """Return label maps of both phases by stage."""
    ensemble = store.ensemble("heart-lv-open", "auto")
    inference, pixel_mm = ensemble.bundle.inference, phases[0].spacing_mm[:2]
    values = np.array(inference["label_values"], dtype=np.uint8)
    region = find_heart(ensemble, [phase.image for phase in phases], pixel_mm, inference)
    found: list[list[np.ndarray]] = [[] for _ in _STAGES]
    for phase in phases:
        members = stack_probabilities(ensemble, phase.image, pixel_mm, inference, region)
        alone, _ = without_stray_labels(values[mean_probabilities(members).argmax(axis=0)])
        rimmed = with_dark_rim_as_muscle(phase.image, alone, pixel_mm)
        for stage, labels in zip(found, (alone, rimmed, without_open_ends(rimmed)[0]), strict=True):
            stage.append(labels)
    return found


def _scores(phases: Sequence[LoadedCase], outlines: Sequence[np.ndarray]) -> list[float]:
    """Return mean Dice of cavity and muscle, then errors of EDV, ESV, EF and muscle."""
    voxel_ml = float(np.prod(phases[0].spacing_mm)) / 1000
    scores = [
        float(np.mean([dice(o == part, p.labels == part) for o, p in zip(outlines, phases, strict=True)]))
        for part in (_CAVITY, _MUSCLE)
    ]
    found, true = (
        [np.count_nonzero(one == _CAVITY) for one in maps] for maps in (outlines, [p.labels for p in phases])
    )
    muscle = np.count_nonzero(outlines[0] == _MUSCLE) - np.count_nonzero(phases[0].labels == _MUSCLE)
    fraction = ejection_fraction_percent(*found) - ejection_fraction_percent(*true)
    return [*scores, *((f - t) * voxel_ml for f, t in zip(found, true, strict=True)), fraction, muscle * voxel_ml]


if __name__ == "__main__":
    main()
