"""This engine beside another commit of it, turn by turn on the same inputs: a busy machine is unfair to neither.

    git worktree add ../before COMMIT
    python Testing/benchmarks/two_engines.py --other ../before [--other-python PYTHON] [--only crop …] [--repeats 5]

Prints for each kind of input the median of the pairs' ratios (other over this: 2.0 means twice as fast, or half the
computing), the medians in seconds, and the peak memory of both. ``--busy N`` keeps N other processes computing
meanwhile.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

import nibabel
import numpy as np
from measured_process import Measured, busy_processes, copies_of, run_measured

from quantseg.resources import resources_folder

_SAMPLES = resources_folder() / "SampleData"
_ROOT = Path(__file__).resolve().parents[2]
_KINDS = ("crop", "head", "frames", "cine", "heads", "crops")
_HEADS = 4


def main() -> None:
    """Measure what the command line asks for and print a line for each kind of input."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--other", type=Path, required=True, help="checkout of the other commit")
    parser.add_argument("--other-python", default=sys.executable, help="its interpreter (default: this one)")
    parser.add_argument("--only", choices=_KINDS, nargs="+", default=_KINDS)
    parser.add_argument("--repeats", type=int, default=5, help="pairs of runs of each kind (default: %(default)s)")
    parser.add_argument("--crops", type=int, default=40, help="in the batch of crops (default: %(default)s)")
    parser.add_argument("--jobs", type=int, default=2, help="workers of the batch of crops (default: %(default)s)")
    parser.add_argument("--busy", type=int, default=0, metavar="N", help="other processes at work (default: none)")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    engines = {"this": (sys.executable, _ROOT), "other": (options.other_python, options.other.resolve())}
    figures = {}
    with tempfile.TemporaryDirectory() as folder, busy_processes(options.busy), ExitStack() as stack:
        for kind in options.only:
            arguments = _arguments(kind, Path(folder), stack, options)
            pairs = [_pair(engines, arguments, Path(folder)) for _ in range(options.repeats)]
            figures[kind] = _figures(pairs)
            print(f"{kind}: {json.dumps(figures[kind])}", flush=True)
    if options.json:
        options.json.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")


def _arguments(kind: str, folder: Path, stack: ExitStack, options: argparse.Namespace) -> list[str]:
    """Return the arguments of ``quantseg segment`` for a kind of input, without the output folder."""
    open_model = ["heart", "--model", "heart-lv-open"]
    crop, head = _SAMPLES / "hippocampus_199.nii.gz", _SAMPLES / "head_t1.nii.gz"
    if kind == "frames":
        return [*open_model, str(_first_frames(folder / "frames.nii.gz", 2))]
    if kind in ("heads", "crops"):
        image, count, jobs = (head, _HEADS, 1) if kind == "heads" else (crop, options.crops, options.jobs)
        return ["hippocampus", str(stack.enter_context(copies_of([image], count))), "--jobs", str(jobs)]
    inputs = {"crop": ["hippocampus", str(crop)], "head": ["hippocampus", str(head)]}
    return inputs.get(kind, [*open_model, str(_SAMPLES / "heart_phantom.nii.gz")])


def _first_frames(path: Path, count: int) -> Path:
    cine = nibabel.load(_SAMPLES / "heart_phantom.nii.gz")
    nibabel.save(cine.__class__(np.asarray(cine.dataobj)[..., :count], cine.affine, cine.header), path)
    return path


def _pair(engines: dict[str, tuple[str, Path]], arguments: Sequence[str], folder: Path) -> dict[str, Measured]:
    """Run both engines, one after the other."""
    found = {}
    for name, (python, root) in engines.items():
        with tempfile.TemporaryDirectory(dir=folder) as output:
            command = [python, "-m", "quantseg", "segment", *arguments, "-o", output]
            # The folder that this was called from must not stand in for either checkout.
            environment = {**os.environ, "PYTHONPATH": str(root), "PYTHONSAFEPATH": "1"}
            found[name] = run_measured(command, environment)
    return found


def _figures(pairs: Sequence[dict[str, Measured]]) -> dict[str, float]:
    walls = [pair["other"].wall_seconds / pair["this"].wall_seconds for pair in pairs]
    computing = [pair["other"].cpu_seconds / pair["this"].cpu_seconds for pair in pairs]
    figures = {"times_as_fast": round(statistics.median(walls), 2)}
    figures["times_the_computing"] = round(statistics.median(computing), 2)
    for name in ("this", "other"):
        figures[f"{name}_seconds"] = round(statistics.median(pair[name].wall_seconds for pair in pairs), 2)
        figures[f"{name}_cpu_seconds"] = round(statistics.median(pair[name].cpu_seconds for pair in pairs), 2)
        figures[f"{name}_peak_mib"] = round(max(pair[name].peak_memory_mib for pair in pairs))
    return figures


if __name__ == "__main__":
    main()
