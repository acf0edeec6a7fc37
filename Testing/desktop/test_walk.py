"""A researcher's walk through a worklist in a real Slicer, by mouse and keys, where a Slicer is at hand.

    SLICER_EXECUTABLE=/path/to/Slicer python -m pytest Testing/desktop -s

It needs a display (``xvfb-run -a`` makes one) and a Slicer whose Python has QuantSeg's packages (press *Segment* in one
of the panels once). QUANTSEG_WALK_CASES says how many cases are corrected, two by default; QUANTSEG_WALK_PROJECT names
another checkout, to count the clicks that its panels take.
"""

import json
import os
import subprocess
from pathlib import Path

import nibabel
import numpy as np
import pytest

_SLICER = os.environ.get("SLICER_EXECUTABLE", "")
_SAMPLES = ("hippocampus_199", "hippocampus_242", "hippocampus_337")
_SECONDS_A_CASE, _SECONDS_OF_SLICER = 300, 300
# Open the worklist, its folder, and segment all.
_CLICKS_BEFORE = 3
# Next case, the stroke, and the approval; older panels need nine and more.
_CLICKS_A_CASE = 3

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        not _SLICER, reason="SLICER_EXECUTABLE names no Slicer; set it to walk through the panels in a real desktop"
    ),
]


@pytest.fixture(scope="module")
def cases():
    return int(os.environ.get("QUANTSEG_WALK_CASES", "2"))


@pytest.fixture(scope="module")
def walked(repository, tmp_path_factory, cases):
    """What a walk counted, and what lies in the list after it."""
    place = tmp_path_factory.mktemp("walk")
    images, result = place / "images", place / "walk.json"
    images.mkdir()
    for number in range(cases):
        sample = nibabel.load(repository / "Resources" / "SampleData" / f"{_SAMPLES[number % 3]}.nii.gz")
        # Brighter, so that every case is an image of its own.
        values = np.asarray(sample.dataobj, dtype=np.float32) * (1 + number / 50)
        nibabel.save(nibabel.Nifti1Image(values, sample.affine), images / f"case_{number:02d}.nii.gz")
    project = Path(os.environ.get("QUANTSEG_WALK_PROJECT", repository))
    environment = {
        **os.environ,
        "QUANTSEG_WALK_FOLDER": str(images),
        "QUANTSEG_WALK_RESULT": str(result),
        # Settings of its own: no module and no name of whoever runs this.
        "XDG_CONFIG_HOME": str(place / "settings"),
    }
    command = [_SLICER, "--no-splash", "--additional-module-paths", project / "HippoSeg", project / "CardiacSeg"]
    command += ["--python-script", Path(__file__).with_name("walk_worklist.py")]
    seconds = _SECONDS_OF_SLICER + cases * _SECONDS_A_CASE
    said = subprocess.run(command, env=environment, capture_output=True, encoding="utf-8", timeout=seconds, check=False)
    assert result.is_file(), f"Slicer wrote no result: {said.stdout[-3000:]}{said.stderr[-3000:]}"
    found = json.loads(result.read_text(encoding="utf-8"))
    assert "error" not in found, found["error"]
    print(f"{cases} cases: {found['clicks']} clicks, {found['keys']} keys")
    return found


def test_every_case_is_segmented_corrected_and_approved(walked, cases):
    assert walked["states"] == ["approved"] * cases
    assert all(count > 0 for count in walked["changedVoxels"])


@pytest.mark.skipif("QUANTSEG_WALK_PROJECT" in os.environ, reason="another checkout is counted, not judged")
def test_a_case_takes_few_clicks(walked, cases):
    assert walked["clicks"] <= _CLICKS_BEFORE + cases * _CLICKS_A_CASE
