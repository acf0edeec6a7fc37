"""Each shipped bundle also runs by MONAI alone, and gives QuantSeg's labels."""

import json
import subprocess
import sys

import monai.bundle
import nibabel
import numpy as np
import pytest
from bundles import copy_bundle

from quantseg.inference.device import Precision, choose_device
from quantseg.inference.ensemble import Ensemble
from quantseg.models.bundle import open_bundle
from quantseg.models.trust import hash_bundle


def _run_by_monai(bundle, image, output, *, alone):
    """Let MONAI run a bundle: as a program that knows nothing of QuantSeg, or here, which spares it the imports."""
    given = {"bundle_root": str(bundle), "image": str(image), "output_dir": str(output), "member": "member_1"}
    config = str(bundle / "configs" / "inference.json")
    if alone:
        options = [word for name, value in given.items() for word in (f"--{name}", value)]
        command = [sys.executable, "-m", "monai.bundle", "run", "--config_file", config, *options]
        done = subprocess.run(
            command, cwd=output.parent, capture_output=True, encoding="utf-8", check=False, timeout=120
        )
        assert done.returncode == 0, done.stderr
    else:
        monai.bundle.run(config_file=config, **given)
    (written,) = output.iterdir()
    return nibabel.load(written)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["hippocampus", "head-localiser", "hippocampus-close-up"])
def test_monai_gives_the_labels_of_the_same_member(repository, tmp_path, name):
    folder = copy_bundle(repository / "Resources" / "Models" / name, tmp_path / "a bundle")
    crop = nibabel.load(repository / "Resources" / "SampleData" / "hippocampus_199.nii.gz")
    image = np.asarray(nibabel.as_closest_canonical(crop).dataobj, np.float32)
    spacing_mm = json.loads((folder / "configs" / "inference.json").read_text(encoding="utf-8"))["spacing_mm"][0]
    # Stored mirrored, so that the runner has to bring the axes into order and back.
    stored = nibabel.Nifti1Image(image[::-1], np.diag([-spacing_mm, spacing_mm, spacing_mm, 1]))
    nibabel.save(stored, tmp_path / "an image.nii.gz")

    labels = _run_by_monai(folder, tmp_path / "an image.nii.gz", tmp_path / "output", alone=name == "hippocampus")

    device = choose_device("cpu", Precision.FLOAT32)
    ensemble = Ensemble(open_bundle(folder, hash_bundle(folder)), device, ["member_1.safetensors"])
    expected = ensemble.predict(image)[0].argmax(axis=0)
    found = np.asarray(labels.dataobj)[::-1]
    assert found.shape == expected.shape
    assert len(np.unique(expected)) >= 3
    # Equal but for voxels whose two best classes differ by less than the rounding of float32.
    assert (found != expected).mean() < 1e-4
    assert np.allclose(labels.affine, stored.affine)
