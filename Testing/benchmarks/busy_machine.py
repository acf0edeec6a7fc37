"""How much longer a run takes while other processes compute: turn by turn, alone and beside them.

    python Testing/benchmarks/busy_machine.py [--busy 4] [--repeats 3] [--other CHECKOUT]

Prints the median of the pairs' ratios for one head from cold start to all files. A fair share of the processor for the
run's two threads beside four busy processes on two cores would be a ratio of 3. ``--other`` measures another commit.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import tempfile
from pathlib import Path

from measured_process import busy_processes, run_measured

from quantseg.resources import resources_folder

_ROOT = Path(__file__).resolve().parents[2]


def main() -> None:
    """Measure and print one line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--image", type=Path, default=resources_folder() / "SampleData" / "head_t1.nii.gz")
    parser.add_argument("--busy", type=int, default=4, metavar="N", help="other processes (default: %(default)s)")
    parser.add_argument("--repeats", type=int, default=3, help="pairs of runs (default: %(default)s)")
    parser.add_argument("--other", type=Path, default=_ROOT, help="checkout to measure (default: this one)")
    options = parser.parse_args()
    pairs = []
    for _ in range(options.repeats):
        alone = _seconds(options.other.resolve(), options.image)
        with busy_processes(options.busy):
            pairs.append((alone, _seconds(options.other.resolve(), options.image)))
    ratio = statistics.median(busy / alone for alone, busy in pairs)
    alone_s, busy_s = (statistics.median(seconds) for seconds in zip(*pairs, strict=True))
    print(f"{ratio:.1f} times as long: alone {alone_s:.1f} s, beside {options.busy} busy processes {busy_s:.1f} s")


def _seconds(root: Path, image: Path) -> float:
    with tempfile.TemporaryDirectory() as output:
        command = [sys.executable, "-m", "quantseg", "segment", "hippocampus", str(image), "-o", output]
        environment = {**os.environ, "PYTHONPATH": str(root), "PYTHONSAFEPATH": "1"}
        return run_measured(command, environment).wall_seconds


if __name__ == "__main__":
    main()
