"""QuantSeg, nnU-Net v2 and, for the hippocampus, MONAI's plain sliding window on the same images, file to file.

    python Testing/benchmarks/compare_nnunet.py --data Task04_Hippocampus --nnunet-python /path/to/venv/bin/python
    python Testing/benchmarks/compare_nnunet.py --task heart --data ACDC --nnunet-python /path/to/venv/bin/python

nnU-Net stands in an environment of its own (``pip install torch==2.13.0 nnunetv2`` there); nothing is installed
here. It plans its default configuration on the data itself, 3d_fullres for crops of the hippocampus and 2d for frames
of the heart, and predicts with random weights, which cost what trained ones cost. All use as many members as the
shipped bundle, and the CPU. Ratios are of wall times; the steady rate leaves start-up out. QuantSeg's time includes
measuring, checking and every file but picture and report.

Mirroring: for the hippocampus QuantSeg does none. For the heart it is part of QuantSeg's method: it looks first for the
heart in the whole slice, once or more, and then outlines it as it is and mirrored, two views a member. nnU-Net's row
"no mirroring" is one view a member, to its advantage; its own default, four (2d) or eight (3d) mirrored views a member,
is a row of its own.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from measured_process import copies_of, run_measured, steady_cases_per_second
from segment_speed import segment_command

from quantseg.models.bundle import find_bundle

_HERE = Path(__file__).parent
_IMAGES = {"hippocampus": "imagesTr/[!.]*.nii.gz", "heart": "patient*/patient*_frame*.nii.gz"}
"""Where the images of a task lie in its data."""
_OWN_OPTIONS = {"hippocampus": ["--input-kind", "crop"], "heart": []}


@dataclass(frozen=True)
class Contender:
    """One way to segment a folder.

    Attributes:
        name: as the table shows it.
        command: with the input and output folders filled in.
        pattern: of the label files in the output folder.
    """

    name: str
    command: Sequence[str]
    pattern: str


def main() -> None:
    """Time all contenders and print their times and ratios."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--task", choices=list(_IMAGES), default="hippocampus")
    parser.add_argument(
        "--data", type=Path, required=True, help="hippocampus crops in Decathlon layout, or hearts in ACDC's"
    )
    parser.add_argument("--nnunet-python", type=Path, help="Python of an environment with nnunetv2")
    parser.add_argument("--count", type=int, default=50, help="crops or frames (default: %(default)s)")
    parser.add_argument("--jobs", type=int, default=os.cpu_count(), help="QuantSeg's workers (default: %(default)s)")
    parser.add_argument("--accept-licence", metavar="NAME", help="handed on to QuantSeg")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    members = len(find_bundle(options.task).members)
    more = [
        *_OWN_OPTIONS[options.task],
        *(["--accept-licence", options.accept_licence] if options.accept_licence else []),
    ]
    images = sorted(path for path in options.data.glob(_IMAGES[options.task]) if "_gt" not in path.name)
    # nnU-Net wants the channel in the name; the others do not mind.
    with copies_of(images, options.count, suffix="_0000") as inputs, tempfile.TemporaryDirectory() as work:
        contenders = own_contenders(options.task, inputs, Path(work), options.jobs, more)
        if options.task == "hippocampus":
            contenders.append(monai(inputs, Path(work)))
        if options.nnunet_python:
            contenders += nnunet(options.task, options.nnunet_python, options.data, inputs, Path(work), members)
        else:
            print("nnU-Net is left out; name the Python of its environment with --nnunet-python.")
        print(f"{options.count} images of the task {options.task}, {members} members, {os.cpu_count()} cores")
        rows = []
        for contender in contenders:
            rows.append(measure(contender, Path(work), options.count))
            print(f"{contender.name}: {rows[-1]['wall_s']} s", flush=True)
    reference = rows[0]
    for row in rows:
        row["times_as_long"] = round(row["wall_s"] / reference["wall_s"], 2)
        row["steady_times_as_long"] = round(row["steady_s_per_case"] / reference["steady_s_per_case"], 2)
        print(
            f"{row['name']:34} {row['wall_s']:8.1f} s  {row['steady_s_per_case']:7.3f} s/case steady"
            f"  {row['peak_memory_mib']:6.0f} MiB  {row['times_as_long']:6.2f} x wall"
            f"  {row['steady_times_as_long']:6.2f} x steady"
        )
    if options.json:
        options.json.write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")


def own_contenders(task: str, inputs: Path, work: Path, jobs: int, more: Sequence[str]) -> list[Contender]:
    """Return QuantSeg in one process, which the ratios refer to, and with its workers."""
    found = []
    for number in dict.fromkeys((1, jobs)):
        output = work / f"quantseg_{number}"
        command = segment_command([inputs], output, task, ["--no-report", "--jobs", str(number), *more])
        found.append(Contender(f"QuantSeg, --jobs {number}", command, "*/labels.nii.gz"))
    return found


def monai(inputs: Path, work: Path) -> Contender:
    """Return MONAI's plain path with QuantSeg's networks."""
    command = [sys.executable, str(_HERE / "sliding_window.py"), str(inputs), str(work / "monai")]
    return Contender("MONAI sliding window", command, "*.nii.gz")


def nnunet(task: str, python: Path, data: Path, inputs: Path, work: Path, members: int) -> list[Contender]:
    """Plan nnU-Net on the data and return its own command, without and with its mirroring."""
    prepare = [str(python), str(_HERE / "nnunet_model.py"), task, str(data), str(work / "nnunet"), str(members)]
    prepared = subprocess.run(prepare, capture_output=True, encoding="utf-8", check=False)
    if prepared.returncode:
        raise RuntimeError(f"nnU-Net could not be prepared:\n{prepared.stdout[-2000:]}{prepared.stderr[-2000:]}")
    model = prepared.stdout.splitlines()[-1]
    predict = [
        str(python.parent / "nnUNetv2_predict_from_modelfolder"),
        "-i",
        str(inputs),
        "-m",
        model,
        "-device",
        "cpu",
    ]
    predict += ["--disable_progress_bar", "-f", *map(str, range(members))]
    plain, mirrored = str(work / "nnunet_plain"), str(work / "nnunet_mirrored")
    return [
        Contender("nnU-Net v2, no mirroring", [*predict, "-o", plain, "--disable_tta"], "*.nii.gz"),
        Contender("nnU-Net v2, its default mirroring", [*predict, "-o", mirrored], "*.nii.gz"),
    ]


def measure(contender: Contender, work: Path, count: int) -> dict:
    """Run one contender and return its figures."""
    environment = os.environ | {name: str(work) for name in ("nnUNet_raw", "nnUNet_preprocessed", "nnUNet_results")}
    before = set(work.rglob(contender.pattern))
    measured = run_measured(contender.command, environment)
    written = sorted(set(work.rglob(contender.pattern)) - before)
    if len(written) != count:
        raise RuntimeError(f"{contender.name} wrote {len(written)} of {count} cases:\n{measured.output[-2000:]}")
    return {
        "name": contender.name,
        "wall_s": round(measured.wall_seconds, 2),
        "steady_s_per_case": round(1 / steady_cases_per_second(written), 4),
        "peak_memory_mib": round(measured.peak_memory_mib),
    }


if __name__ == "__main__":
    main()
