"""Whether the cheap look that finds the heart suffices: against a region from every slice, as it is and mirrored.

    python Testing/benchmarks/heart_finding.py --data DIR [--step N]

For each frame of ACDC's patients set aside and, N apart, of Sunnybrook's, seen alone: by how much the direction from
right to left differs, and the mean Dice in either window. Sunnybrook's counts the left ventricle's cavity.
"""

from __future__ import annotations

import argparse
import math
from pathlib import Path

import numpy as np

from quantseg.evaluation.metrics import dice
from quantseg.inference.device import choose_device
from quantseg.inference.ensemble import Ensemble
from quantseg.models.bundle import find_bundle
from quantseg.tasks.heart.anatomy import HeartLabel
from quantseg.tasks.heart.coarse_to_fine import find_heart, stack_probabilities
from quantseg.tasks.heart.region import HeartRegion, heart_region
from quantseg.tasks.heart.training.acdc import load_acdc
from quantseg.tasks.heart.training.sunnybrook import load_sunnybrook
from quantseg.training.cohort import Cohort, LoadedCase

_STRUCTURES = {
    "ACDC": (HeartLabel.RV_CAVITY, HeartLabel.LV_MYOCARDIUM, HeartLabel.LV_CAVITY),
    "Sunnybrook": (HeartLabel.LV_CAVITY,),
}


def main() -> None:
    """Print the differences for either source."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, help="folder with ACDC and Sunnybrook_LV")
    parser.add_argument("--step", type=int, default=3, help="every so many patients of Sunnybrook (default: 3)")
    options = parser.parse_args()
    bundle = find_bundle("heart")
    ensemble = Ensemble(bundle, choose_device("cpu"))
    acdc, sunnybrook = load_acdc(options.data / "ACDC"), load_sunnybrook(options.data / "Sunnybrook_LV")
    chosen: dict[str, Cohort] = {
        "ACDC": {patient: acdc[patient] for patient in bundle.metadata["training_split"]["held_out"]},
        "Sunnybrook": {patient: sunnybrook[patient] for patient in list(sunnybrook)[:: options.step]},
    }
    for source, cohort in chosen.items():
        rows = [
            _compare(ensemble, case, [int(label) for label in _STRUCTURES[source]])
            for cases in cohort.values()
            for case in cases
        ]
        turned_deg, cheap, dear = np.array(rows).T
        change = cheap - dear
        print(
            f"{source}, {len(rows)} frames of {len(cohort)} patients: direction differs by "
            f"{np.median(turned_deg):.1f} degrees (95 % of them: at most {np.percentile(turned_deg, 95):.1f}); "
            f"mean Dice {cheap.mean():.4f} instead of {dear.mean():.4f}, "
            f"most lost {-change.min():.3f}, most gained {change.max():.3f}"
        )


def _compare(ensemble: Ensemble, case: LoadedCase, structures: list[int]) -> tuple[float, float, float]:
    """Return by how many degrees the directions differ, and the mean Dice in the cheap window and in the other."""
    inference = ensemble.bundle.inference
    values = np.array(inference["label_values"], np.uint8)
    spacing_mm = case.spacing_mm[:2]
    region = find_heart(ensemble, [case.image], spacing_mm, inference)

    def look(where: HeartRegion) -> tuple[np.ndarray, float]:
        mean = stack_probabilities(ensemble, case.image, spacing_mm, inference, where).mean(axis=0)
        labels = values[mean.argmax(axis=0)]
        return mean, float(np.mean([dice(labels == label, case.labels == label) for label in structures]))

    mean, cheap = look(region)
    by_slice = np.moveaxis(mean, -1, 0)
    right = by_slice[:, inference["label_values"].index(HeartLabel.RV_CAVITY)]
    full = heart_region(1 - by_slice[:, 0], spacing_mm, right)
    if not full.found or full.turn is None or region.turn is None:
        return 180.0, cheap, cheap
    return math.degrees(abs(math.remainder(full.turn - region.turn, math.tau))), cheap, look(full)[1]


if __name__ == "__main__":
    main()
