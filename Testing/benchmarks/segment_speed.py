"""Speed and memory of ``quantseg segment hippocampus``, measured on the real command in processes of its own.

    python Testing/benchmarks/segment_speed.py [--crops DIR] [--count 200] [--heads 5] [--jobs N] [--json FILE]

Prints, for a crop and a whole head from cold start to files, wall time, peak memory and the time of each step as
``run.json`` records it; for many crops the rate with all files and without pictures and reports, from cold start and
in steady state; for several heads the time each in steady state. Run it on an idle machine.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from measured_process import copies_of, run_measured, steady_cases_per_second

from quantseg.resources import resources_folder

_PARTS = ("cold-crop", "cold-head", "crops", "heads")


def main() -> None:
    """Measure what the command line asks for and print a line for each figure."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    samples = resources_folder() / "SampleData"
    parser.add_argument("--crops", type=Path, default=samples, help="folder of hippocampus_*.nii.gz, repeated")
    parser.add_argument("--head", type=Path, default=samples / "head_t1.nii.gz")
    parser.add_argument("--count", type=int, default=200, help="crops in the batch (default: %(default)s)")
    parser.add_argument("--heads", type=int, default=5, help="heads in the batch (default: %(default)s)")
    parser.add_argument("--jobs", type=int, default=os.cpu_count(), help="worker processes (default: %(default)s)")
    parser.add_argument("--repeats", type=int, default=3, help="cold starts; the median counts (default: %(default)s)")
    parser.add_argument("--only", choices=_PARTS, nargs="+", default=_PARTS)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    crops = sorted(options.crops.glob("hippocampus_*.nii.gz"))
    figures: dict[str, dict] = {}

    def add(name: str, found: dict) -> None:
        figures[name] = found
        print(f"{name}: {json.dumps(found)}", flush=True)

    if "cold-crop" in options.only:
        add("one crop, cold", cold_start(crops[0], options.repeats))
    if "cold-head" in options.only:
        add("one head, cold", cold_start(options.head, options.repeats))
    if "crops" in options.only:
        for files, more in (("without pictures and reports", ["--no-report"]), ("with all files", [])):
            add(f"{options.count} crops, {files}", batch(crops, options.count, options.jobs, more))
    if "heads" in options.only:
        add(f"{options.heads} heads, one worker", batch([options.head], options.heads, 1, []))
    if options.json:
        options.json.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")


def cold_start(case: Path, repeats: int, task: str = "hippocampus", more: Sequence[str] = ()) -> dict:
    """Segment one case in fresh processes."""
    walls, peaks, steps = [], [], []
    for _ in range(repeats):
        with tempfile.TemporaryDirectory() as folder:
            measured = run_measured(segment_command([case], Path(folder), task, more))
            walls.append(measured.wall_seconds)
            peaks.append(measured.peak_memory_mib)
            steps.append(next(iter(step_seconds(Path(folder)).values())))
    return {
        "wall_s": round(statistics.median(walls), 2),
        "all_wall_s": [round(wall, 2) for wall in walls],
        "peak_memory_mib": round(max(peaks)),
        "step_s": median_steps(steps),
    }


def batch(images: Sequence[Path], count: int, jobs: int, more: Sequence[str]) -> dict:
    """Segment many images in one command."""
    with copies_of(images, count) as inputs, tempfile.TemporaryDirectory() as folder:
        measured = run_measured(segment_command([inputs], Path(folder), more=["--jobs", str(jobs), *more]))
        written = sorted(Path(folder).glob("*/labels.nii.gz"))
        if len(written) != count:
            raise RuntimeError(f"Only {len(written)} of {count} cases were written:\n{measured.output[-2000:]}")
        steady = steady_cases_per_second(written)
        return {
            "jobs": jobs,
            "wall_s": round(measured.wall_seconds, 2),
            "cases_per_s": round(count / measured.wall_seconds, 2),
            "steady_cases_per_s": round(steady, 2),
            "steady_s_per_case": round(1 / steady, 3),
            "peak_memory_mib": round(measured.peak_memory_mib),
            "step_s": median_steps(list(step_seconds(Path(folder)).values())),
        }


def segment_command(
    inputs: Sequence[Path], output: Path, task: str = "hippocampus", more: Sequence[str] = ()
) -> list[str]:
    """Return the real command, on the CPU unless ``more`` names another device."""
    names = [str(path) for path in inputs]
    command = [sys.executable, "-m", "quantseg", "segment", task, *names, "-o", str(output)]
    return [*command, "--device", "cpu", *more]


def step_seconds(output: Path) -> dict[str, dict[str, float]]:
    """Return the seconds of each step by case."""
    run = json.loads((output / "run.json").read_text(encoding="utf-8"))
    return {name: case["step_seconds"] for name, case in run["cases"].items()}


def median_steps(cases: Sequence[dict[str, float]]) -> dict[str, float]:
    """Return the median seconds of each step over the cases that have it."""
    names = list(dict.fromkeys(name for steps in cases for name in steps))
    return {name: round(statistics.median(steps[name] for steps in cases if name in steps), 3) for name in names}


if __name__ == "__main__":
    main()
