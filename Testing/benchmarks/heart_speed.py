"""Speed and memory of ``quantseg segment heart``, measured on the real command in processes of its own.

    PYTHONPATH=Testing python Testing/benchmarks/heart_speed.py --accept-licence CC-BY-NC-SA-4.0 [--json FILE]
    PYTHONPATH=Testing python Testing/benchmarks/heart_speed.py --data ACDC --patient patient018 …

Prints, from cold start to all files, wall time, peak memory and the time of each step as ``run.json`` records it: for
end-diastole and end-systole of 10 slices, and for a cine of 30 frames of 10 slices. Both are made from the phantom
(``Testing/heart_phantom.py``) on a grid as large as scanners give; ``--data`` takes a patient in ACDC's layout instead,
with the slices that this patient has, and makes the cine by deforming between the two frames. Use an idle machine.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from pathlib import Path

import nibabel
import numpy as np
from deformed_cine import write_deformed_cine
from heart_phantom import CYCLE_MS, END_SYSTOLE, FRAMES, phantom_affine, phantom_image
from segment_speed import cold_start

from quantseg.tasks.heart.options import HEART_MODELS
from quantseg.volume import Grid, Volume, resample, voxel_spacing_mm

_FRAMES, _SLICES = 30, 10
# The size of ACDC's images: the phantom's own are cut close around the heart.
_IN_PLANE, _PIXEL_MM = 224, 1.45
_AIMS = {"pair": "6 s", "cine": "60 s and 2.5 GB"}


def main() -> None:
    """Measure what the command line asks for and print a line for each figure."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--data", type=Path, help="patients in ACDC's layout, instead of the phantom")
    parser.add_argument("--patient", help="name of one of them")
    parser.add_argument("--model", choices=HEART_MODELS, default=HEART_MODELS[0])
    parser.add_argument("--accept-licence", metavar="NAME", help="handed on to the command")
    parser.add_argument("--device", default="cpu", help="handed on to the command (default: %(default)s)")
    parser.add_argument("--repeats", type=int, default=3, help="cold starts; the median counts (default: %(default)s)")
    parser.add_argument("--only", choices=list(_AIMS), nargs="+", default=list(_AIMS))
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    if (options.data is None) != (options.patient is None):
        parser.error("--data and --patient belong together")
    more = ["--model", options.model, "--device", options.device]
    if options.accept_licence:
        more += ["--accept-licence", options.accept_licence]
    figures: dict[str, dict] = {}
    with tempfile.TemporaryDirectory() as folder:
        for name, case in write_cases(Path(folder), options.data, options.patient, options.only).items():
            figures[name] = cold_start(case, options.repeats, "heart", more)
            print(f"{name}, cold (aim: {_AIMS[name]}): {json.dumps(figures[name])}", flush=True)
    if options.json:
        options.json.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")


def write_cases(folder: Path, data: Path | None, patient: str | None, wanted: list[str]) -> dict[str, Path]:
    """Return where the pair of frames and the cine lie, having made what is wanted and not there yet."""
    cine = folder / "cine.nii.gz"
    if data is not None and patient is not None:
        if "cine" in wanted:
            write_deformed_cine(data / patient, cine, _FRAMES)
        found = {"pair": data / patient, "cine": cine}
    else:
        found = {"pair": folder / "patient", "cine": cine}
        phantom = phantom_image()
        grid = scanner_grid(phantom.shape[1:])
        frames = np.stack([as_scanned(frame, grid) for frame in phantom])
        save(np.moveaxis(frames[np.arange(_FRAMES) * FRAMES // _FRAMES], 0, -1), grid.affine, cine)
        found["pair"].mkdir()
        for frame in (0, END_SYSTOLE):
            save(frames[frame], grid.affine, found["pair"] / f"patient_frame{frame + 1:02d}.nii.gz")
        (found["pair"] / "Info.cfg").write_text(f"ED: 1\nES: {END_SYSTOLE + 1}\n", encoding="utf-8")
    return {name: found[name] for name in wanted}


def scanner_grid(phantom_shape: tuple[int, ...]) -> Grid:
    """Return a larger and finer grid around the middle of the phantom's first slices."""
    affine = phantom_affine()
    middle_mm = affine[:3, :2] @ ((np.array(phantom_shape[:2]) - 1) / 2) + affine[:3, 3]
    affine[:3, :2] *= _PIXEL_MM / np.array(voxel_spacing_mm(affine)[:2])
    affine[:3, 3] = middle_mm - affine[:3, :2] @ np.full(2, (_IN_PLANE - 1) / 2)
    return Grid((_IN_PLANE, _IN_PLANE, _SLICES), affine)


def as_scanned(frame: np.ndarray, grid: Grid) -> np.ndarray:
    """Return a frame of the phantom on that grid, int16."""
    sampled = resample(Volume(frame.astype(np.float32), phantom_affine()), grid)
    return np.rint(sampled.array).astype(np.int16)


def save(array: np.ndarray, affine: np.ndarray, path: Path) -> None:
    """Write a frame, or frames along a fourth axis with their distance in ms, as NIfTI."""
    image = nibabel.Nifti1Image(array, affine)
    image.header.set_xyzt_units("mm", "msec")
    if array.ndim == 4:
        image.header.set_zooms((*image.header.get_zooms()[:3], CYCLE_MS / array.shape[3]))
    nibabel.save(image, path)


if __name__ == "__main__":
    main()
