"""How steady labels are over a cine, and whether a cine gets the function that its two ends alone would get.

    PYTHONPATH=Testing python Testing/benchmarks/heart_cine.py --data ACDC --patients patient018 patient042

The cines are made by deforming between the real frames at end-diastole and end-systole (``Testing/deformed_cine.py``).
Printed for each: seconds of the prediction; the ejection fractions of cine, of the two frames alone and of the expert;
and flicker, the share of the heart's voxels whose label differs from that in the frames before and after, which agree.
Name patients whom the installed model's members have not seen, or take the figures as too good.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

import numpy as np
from deformed_cine import write_deformed_cine

from quantseg.inference.model_store import ModelStore
from quantseg.measure.steps import Steps
from quantseg.reading.scan import CaseInput
from quantseg.reading.spacing import HEADER_SPACING
from quantseg.results.case import CaseResult
from quantseg.tasks.heart.anatomy import HeartLabel
from quantseg.tasks.heart.evaluation.acdc_labels import list_phases
from quantseg.tasks.heart.function import ejection_fraction_percent
from quantseg.tasks.heart.options import HEART_MODELS, HeartOptions
from quantseg.tasks.heart.pipeline import HeartPipeline
from quantseg.tasks.heart.reading import read_cine
from quantseg.tasks.heart.reading.cine_nifti import read_cine_nifti


def main() -> None:
    """Print a line a patient."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, help="folder of patients in ACDC's layout")
    parser.add_argument("--patients", nargs="+", required=True)
    parser.add_argument("--frames", type=int, default=30)
    parser.add_argument("--model", choices=HEART_MODELS, default=HEART_MODELS[0])
    parser.add_argument("--device", default="auto")
    options = parser.parse_args()
    pipeline = HeartPipeline(HeartOptions(model=options.model, device=options.device), ModelStore())
    for patient in options.patients:
        print(describe(pipeline, options.data, patient, options.frames), flush=True)


def describe(pipeline: HeartPipeline, data: Path, patient: str, frames: int) -> str:
    """Return what was found for one patient."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"{patient}.nii.gz"
        end_systole = write_deformed_cine(data / patient, path, frames)
        cine = pipeline.run(patient, read_cine(CaseInput(patient, path)), Steps())
    pair = pipeline.run(patient, read_cine(CaseInput(patient, data / patient)), Steps())
    phases = [number + 1 for number in cine.phases.values()]
    return (
        f"{patient}: {cine.step_seconds['predict']:.1f} s for {cine.labels.shape[0]} frames of "
        f"{min(cine.labels.shape[1:])} slices; LV EF of the cine {_fraction(cine):.1f} %, of its ends alone "
        f"{_fraction(pair):.1f} %, of the expert {_expert_fraction(data, patient):.1f} %; phases found in frames "
        f"{phases[0]} and {phases[1]}, really 1 and {end_systole + 1}; flicker {100 * flicker_share(cine.labels):.2f} %"
    )


def flicker_share(labels: np.ndarray) -> float:
    """Return the share of the heart's voxels that differ from both neighbours in time, which agree; (T, I, J, K)."""
    before, after = np.roll(labels, 1, axis=0), np.roll(labels, -1, axis=0)
    flickering = (labels != before) & (before == after)
    return float(np.count_nonzero(flickering) / np.count_nonzero((labels > 0) | (before > 0)))


def _fraction(result: CaseResult) -> float:
    found = {measured.region: measured.value for measured in result.measurements if measured.key == "ejection_fraction"}
    return found["left_ventricle"]


def _expert_fraction(data: Path, patient: str) -> float:
    files = [files for files in list_phases(data) if files.patient == patient]
    labels = [read_cine_nifti(one.labels, HEADER_SPACING).frames for one in files]
    return ejection_fraction_percent(*(np.count_nonzero(one == HeartLabel.LV_CAVITY) for one in labels))


if __name__ == "__main__":
    main()
