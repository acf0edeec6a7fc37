"""Show that learning from corrected cases pays: a made scanner, 20 corrected cases, and what either model is worth.

Of the 30 persons set aside from the training of the shipped hippocampus model, some give the 20 "corrected" cases of
the new scanner (their labels are the truth: what a careful reader would have left), all others are tested on, on both
scanners. The old cases that are mixed in come from the persons that the model was trained on. No person is on two
sides. Everything is done by the project's own commands, which are printed.

    python Testing/benchmarks/learning_demo.py --data DATA/Task04_Hippocampus -o DIR
"""

from __future__ import annotations

import argparse
import json
import shlex
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
from made_scanner import MadeScanner, write_folder

from quantseg.models.bundle import find_bundle
from quantseg.tasks.hippocampus.persons import decathlon_person
from quantseg.training.decathlon import LabelledCase, list_cases
from quantseg.training.seen import split_of

_CORRECTED, _OLD_A_FOLD = 20, 5
_SEED = 19
# A fifth of the samples of a training from random weights, at three quarters of its learning rate.
_RECIPE = {"optimisation": {"samples": 1600, "learning_rate": 0.0015}}


def main() -> None:
    """Make the data, train, and compare."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, help="Task04_Hippocampus")
    parser.add_argument("-o", "--output", type=Path, required=True, help="folder for data, run, model and report")
    parser.add_argument("--only-data", action="store_true", help="write the folders, and go on by hand")
    options = parser.parse_args()
    folders = _write_data(options.data, options.output)
    if options.only_data:
        return
    run, after = options.output / "run", options.output / "hippocampus"
    train = ["train", "hippocampus", "--start-from", "hippocampus", "--data", folders["corrected"], folders["mixed in"]]
    began = time.process_time(), time.time()
    _quantseg(*train, "--recipe", options.output / "recipe.json", "-o", run, "--threads", "1")
    print(f"trained in {(time.time() - began[1]) / 60:.1f} minutes")
    _quantseg("models", "export", run, after)
    compare = ["models", "compare", "hippocampus", after, "--task", "hippocampus"]
    report = options.output / "comparison.md"
    _quantseg(*compare, "--old", folders["old"], "--new", folders["new"], "-o", report, may_fail=True)


def _write_data(data: Path, output: Path) -> dict[str, Path]:
    split = split_of(find_bundle("hippocampus").metadata)
    assert split is not None
    by_person: dict[str, list[LabelledCase]] = {}
    for case in list_cases(data, decathlon_person):
        by_person.setdefault(case.patient, []).append(case)
    random = np.random.default_rng(_SEED)
    set_aside = [str(person) for person in random.permutation(sorted(split.held_out))]
    corrected: list[str] = []
    for person in set_aside:
        if sum(len(by_person[one]) for one in [*corrected, person]) <= _CORRECTED:
            corrected.append(person)
    tested = [person for person in set_aside if person not in corrected]
    old = [str(person) for fold in split.folds for person in random.permutation(sorted(fold))[:_OLD_A_FOLD]]
    scanner = MadeScanner()
    exported = {person: f"p{index:02d}" for index, person in enumerate(corrected)}
    folders = {
        "corrected": write_folder(_cases(by_person, corrected), output / "corrected", scanner, exported),
        "mixed in": write_folder([by_person[person][0] for person in old], output / "mixed_in"),
        "old": write_folder(_cases(by_person, tested), output / "old"),
        "new": write_folder(_cases(by_person, tested), output / "new", scanner),
    }
    (output / "recipe.json").write_text(json.dumps(_RECIPE))
    for name, folder in folders.items():
        entries = json.loads((folder / "dataset.json").read_text())["training"]
        print(f"{name}: {len(entries)} cases of {len({one['patient'] for one in entries})} persons")
    return folders


def _cases(by_person: dict[str, list[LabelledCase]], persons: list[str]) -> list[LabelledCase]:
    return [case for person in persons for case in by_person[person]]


def _quantseg(*words: object, may_fail: bool = False) -> None:
    command = [str(word) for word in words]
    print(shlex.join(["quantseg", *command]), flush=True)
    found = subprocess.run([sys.executable, "-m", "quantseg", *command], check=False).returncode
    if found and not may_fail:
        raise SystemExit(found)


if __name__ == "__main__":
    main()
