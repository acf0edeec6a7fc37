"""What the command finds in every sample that ships, in a form that can be compared byte by byte.

A model that on purpose answers otherwise, since it was trained anew or is looked through in another way, has its own
record from then on, beside the other such models':

    python Testing/compatibility/golden_labels.py {hippocampus,heart,heart-lv-open}
"""

import gzip
import hashlib
import json
import os
import platform
import subprocess
import sys
import tempfile
import zlib
from collections.abc import Sequence
from pathlib import Path

import nibabel
import numpy as np

RETRAINED = Path(__file__).with_name("retrained_labels.json")
"""What models find that on purpose answer otherwise since commit fb964b7."""
LICENCE = "CC-BY-NC-SA-4.0"
# The labels do not depend on the number of threads; two of them wait for each other where other programs run.
# The kernels that a processor with AVX2 has, wherever there are more, so that sums are rounded in one way.
PINNED = {"QUANTSEG_PRECISION": "float32", "ATEN_CPU_CAPABILITY": "avx2", "ONEDNN_MAX_CPU_ISA": "AVX2"}
_ONE_THREAD = {"OMP_NUM_THREADS": "1"}
HIPPOCAMPUS_SAMPLES = ("head_t1", "hippocampus_199", "hippocampus_242", "hippocampus_337")
PHANTOM, FRAME = "heart_phantom", "heart_sunnybrook"
PAIR = "heart_phantom_pair"
SAMPLES = {"hippocampus": HIPPOCAMPUS_SAMPLES, "heart": (FRAME, PAIR, PHANTOM), "heart-lv-open": (FRAME, PHANTOM)}
"""What each model is shown."""


def sample(repository: Path, name: str) -> Path:
    """Return where a sample lies."""
    return repository / "Resources" / "SampleData" / f"{name}.nii.gz"


def write_pair(repository: Path, folder: Path) -> Path:
    """Write end-diastole and end-systole of the phantom, untouched, in the layout of ACDC."""
    whole = nibabel.load(sample(repository, PHANTOM))
    folder.mkdir(parents=True, exist_ok=True)
    for number in (1, 8):
        frame = nibabel.Nifti1Image(np.asarray(whole.dataobj)[..., number - 1], whole.affine)
        nibabel.save(frame, folder / f"{folder.name}_frame{number:02d}.nii.gz")
    (folder / "Info.cfg").write_text("ED: 1\nES: 8\n", encoding="utf-8")
    return folder


def segment(repository: Path, home: Path, *arguments: object) -> None:
    """Run ``quantseg segment`` in a process of its own whose arithmetic is pinned."""
    environment = os.environ | PINNED | _ONE_THREAD
    environment |= {"QUANTSEG_HOME": str(home), "QUANTSEG_ACCEPT_LICENCE": LICENCE}
    environment["PYTHONPATH"] = os.pathsep.join([str(repository), environment.get("PYTHONPATH", "")]).rstrip(os.pathsep)
    command = [sys.executable, "-m", "quantseg", "segment", *map(str, arguments), "--device", "cpu"]
    done = subprocess.run(command, capture_output=True, encoding="utf-8", env=environment, cwd=repository, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def described(case_folder: Path) -> dict:
    """Return labels, numbers and verdicts of a finished case."""
    document = json.loads((case_folder / "measurements.json").read_text(encoding="utf-8"))
    return {
        "verdict": document["verdict"],
        "checks": [f"{check['key']}: {check['verdict']}" for check in document["checks"]],
        "measurements": numbers(document),
        "labels": {path.name: hashes(path) for path in sorted(case_folder.glob("*labels.nii.gz"))},
    }


def numbers(document: dict) -> dict[str, str]:
    """Return value, unit and interval of every measurement of a document, by key and region."""
    return {
        f"{m['key']} {m['region']}": f"{m['value']} {m['unit']} {m['interval_95']}" for m in document["measurements"]
    }


def hashes(path: Path) -> dict[str, str]:
    """Return the SHA-256 of a ``.nii.gz`` file and of what it holds; another zlib may pack the same bytes otherwise."""
    content = path.read_bytes()
    return {
        "sha256": hashlib.sha256(content).hexdigest(),
        "unpacked": hashlib.sha256(gzip.decompress(content)).hexdigest(),
    }


def segment_samples(repository: Path, model: str, names: Sequence[str], place: Path) -> Path:
    """Segment samples with a model and return the folder of the cases."""
    kind = ["hippocampus"] if model == "hippocampus" else ["heart", "--model", model]
    inputs = [write_pair(repository, place / name) if name == PAIR else sample(repository, name) for name in names]
    segment(repository, place / f"home of {model}", *kind, *inputs, "-o", place / model, "--no-report")
    return place / model


def record(repository: Path, model: str, place: Path) -> None:
    """Write what a model finds in its samples into the record of models that answer otherwise on purpose."""
    import torch

    cases = segment_samples(repository, model, SAMPLES[model], place)
    kept = json.loads(RETRAINED.read_text(encoding="utf-8")) if RETRAINED.is_file() else {"models": {}}
    kept["made"] = {"torch": torch.__version__, "machine": platform.machine(), "zlib": zlib.ZLIB_RUNTIME_VERSION}
    kept["models"][model] = {name: described(cases / name) for name in SAMPLES[model]}
    RETRAINED.write_text(json.dumps(kept, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as place:
        record(Path(__file__).parents[2], sys.argv[1], Path(place))
