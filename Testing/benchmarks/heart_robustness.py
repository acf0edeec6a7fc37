"""Does a heart keep its ejection fraction when the image is turned or mirrored without the header saying so?

    python Testing/benchmarks/heart_robustness.py --data ACDC --patients patient018 patient042 [--model heart]

Users' stacks come stored every way, and converters drop or invent orientations. Each patient's two frames are turned by
90, 180 and 270 degrees in plane, mirrored in plane, and stored from apex to base, each time under the header as it was.
Printed a patient: the ejection fraction as stored, and how far each variation moves it, in points.
Name patients whom the model's members have not seen, or take the figures as too good.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
from collections.abc import Callable
from pathlib import Path

import numpy as np

from quantseg.inference.model_store import ModelStore
from quantseg.measure.steps import Steps
from quantseg.reading.scan import CaseInput
from quantseg.tasks.heart.function import LEFT_VENTRICLE, RIGHT_VENTRICLE
from quantseg.tasks.heart.options import HEART_MODELS, HeartOptions
from quantseg.tasks.heart.pipeline import HeartPipeline
from quantseg.tasks.heart.reading import read_cine
from quantseg.tasks.heart.reading.cine import Cine

_VARIATIONS: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "turned by 90": lambda frames: np.rot90(frames, 1, (1, 2)),
    "turned by 180": lambda frames: np.rot90(frames, 2, (1, 2)),
    "turned by 270": lambda frames: np.rot90(frames, 3, (1, 2)),
    "mirrored": lambda frames: frames[:, ::-1],
    "apex first": lambda frames: frames[..., ::-1],
}


def main() -> None:
    """Print a line a patient, and the largest change of each variation."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, help="folder of patients in ACDC's layout")
    parser.add_argument("--patients", nargs="+", required=True)
    parser.add_argument("--model", choices=HEART_MODELS, default=HEART_MODELS[0])
    parser.add_argument("--device", default="auto")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    pipeline = HeartPipeline(HeartOptions(model=options.model, device=options.device), ModelStore())
    rows = []
    for patient in options.patients:
        rows.append(changes(pipeline, patient, read_cine(CaseInput(patient, options.data / patient))))
        print(json.dumps(rows[-1]), flush=True)
    for name in _VARIATIONS:
        print(name, {key: max(abs(row[name][key]) for row in rows if key in row[name]) for key in rows[0][name]})
    if options.json:
        options.json.write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")


def changes(pipeline: HeartPipeline, patient: str, cine: Cine) -> dict:
    """Return the ejection fractions in % as stored, and by variation their change in points, by ventricle."""
    stored = _fractions(pipeline, cine)
    row: dict = {"patient": patient, "stored": _rounded(stored)}
    for name, vary in _VARIATIONS.items():
        varied = _fractions(pipeline, dataclasses.replace(cine, frames=np.ascontiguousarray(vary(cine.frames))))
        row[name] = _rounded({key: varied[key] - value for key, value in stored.items() if key in varied})
    return row


def _fractions(pipeline: HeartPipeline, cine: Cine) -> dict[str, float]:
    found = pipeline.run("varied", cine, Steps()).measurements
    wanted = (LEFT_VENTRICLE, RIGHT_VENTRICLE)
    return {m.region: m.value for m in found if m.key == "ejection_fraction" and m.region in wanted}


def _rounded(values: dict[str, float]) -> dict[str, float]:
    return {key: round(value, 2) for key, value in values.items()}


if __name__ == "__main__":
    main()
