"""The golden guard: every shipped sample gets the labels, byte by byte, and the numbers that commit fb964b7 gave it.

The twenty frames of the phantom take minutes; ``QUANTSEG_GOLDEN=all`` segments them as well, as is due before a change
of the engine is merged. By default its end-diastole and end-systole stand for them.
"""

import json
import os
import platform
import zlib

import pytest
import torch
from golden_labels import (
    FRAME,
    HIPPOCAMPUS_SAMPLES,
    PAIR,
    PHANTOM,
    described,
    sample,
    segment,
    write_pair,
)
from old_fixtures import BEFORE_TASKS

_GOLDEN = json.loads((BEFORE_TASKS / "label_hashes.json").read_text(encoding="utf-8"))
_MADE = _GOLDEN["made"]
# Another build of torch, or another kind of processor, may round a sum otherwise and move the edge by a voxel.
_SAME_ARITHMETIC = (torch.__version__, platform.machine()) == (_MADE["torch"], _MADE["machine"])


def _compare(output, model, names):
    kind = "unpacked" if _MADE["zlib"] != zlib.ZLIB_RUNTIME_VERSION else "sha256"
    for name in names:
        found, golden = described(output / name), _GOLDEN["models"][model][name]
        assert found["verdict"] == golden["verdict"], name
        assert found["checks"] == golden["checks"], name
        assert list(found["measurements"]) == list(golden["measurements"]), name
        assert list(found["labels"]) == list(golden["labels"]), name
        if _SAME_ARITHMETIC:
            assert found["measurements"] == golden["measurements"], name
            labels = {file: hashes[kind] for file, hashes in found["labels"].items()}
            assert labels == {file: hashes[kind] for file, hashes in golden["labels"].items()}, name
        else:
            for what, value in golden["measurements"].items():
                first, second = (float(text.split()[0]) for text in (value, found["measurements"][what]))
                assert second == pytest.approx(first, rel=0.01, abs=0.2), f"{name}: {what}"


def test_head_and_crops_keep_their_labels(repository, tmp_path):
    inputs = [sample(repository, name) for name in HIPPOCAMPUS_SAMPLES]
    output = tmp_path / "out"
    segment(repository, tmp_path / "home", "hippocampus", *inputs, "-o", output, "--no-report")
    _compare(output, "hippocampus", HIPPOCAMPUS_SAMPLES)


@pytest.mark.parametrize(("model", "names"), [("heart", (FRAME, PAIR, PHANTOM)), ("heart-lv-open", (FRAME, PHANTOM))])
def test_hearts_keep_their_labels(repository, tmp_path, model, names):
    if os.environ.get("QUANTSEG_GOLDEN") != "all":
        names = tuple(name for name in names if name != PHANTOM)
    inputs = [write_pair(repository, tmp_path / PAIR) if name == PAIR else sample(repository, name) for name in names]
    output = tmp_path / "out"
    segment(repository, tmp_path / "home", "heart", *inputs, "-o", output, "--model", model, "--no-report")
    _compare(output, model, names)
