"""The batch script from an installed layout in another folder: same files, same exit status, nothing asked."""

import os
import re
import subprocess
import sys

import nibabel
import pytest
from heart_model import write_heart_model
from heart_phantom import phantom_affine, phantom_image


@pytest.fixture
def run_batch(installed_modules, tmp_path):
    """Runs the script as PythonSlicer would, knowing nothing of the checkout."""
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONPATH"} | {"OMP_NUM_THREADS": "1"}
    script = installed_modules / "QuantSegLib" / "batch.py"

    def run(*arguments, before="pass"):
        # The library's own installed copy would hide which quantseg the script finds.
        program = (
            f"import sys, runpy; {before}; sys.argv[:] = {[str(script), *map(str, arguments)]!r};"
            "runpy.run_path(sys.argv[0], run_name='__main__')"
        )
        return subprocess.run(
            [sys.executable, "-c", program],
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            encoding="utf-8",
            check=False,
        )

    return run


def test_a_crop_is_segmented_by_the_installed_library(run_batch, installed_modules, tmp_path):
    sample = installed_modules / "Resources" / "SampleData" / "hippocampus_199.nii.gz"
    where = "import atexit; atexit.register(lambda: print('FROM', sys.modules['quantseg'].__file__))"
    done = run_batch("--", "segment", "hippocampus", sample, "-o", tmp_path / "out", "--no-report", before=where)
    assert done.returncode == 0, done.stderr
    assert f"FROM {installed_modules}" in done.stdout
    written = sorted(path.name for path in (tmp_path / "out" / "hippocampus_199").iterdir())
    assert written == ["labels.nii.gz", "measurements.json", "segmentation.seg.nrrd"]


def test_a_heart_is_segmented_by_the_installed_library(run_batch, tmp_path):
    write_heart_model(tmp_path / "home", "heart-lv-open")
    frame = nibabel.Nifti1Image(phantom_image()[0], phantom_affine())
    nibabel.save(frame, tmp_path / "heart.nii.gz")
    home = f"import os; os.environ['QUANTSEG_HOME'] = {str(tmp_path / 'home')!r}"
    options = ("--model", "heart-lv-open", "-o", tmp_path / "out", "--no-report", "--device", "cpu")
    done = run_batch("segment", "heart", tmp_path / "heart.nii.gz", *options, before=home)
    assert done.returncode == 0, done.stderr
    written = sorted(path.name for path in (tmp_path / "out" / "heart").iterdir())
    assert written == ["labels.nii.gz", "measurements.json", "segmentation.seg.nrrd"]


def test_wrong_use_is_exit_status_2(run_batch):
    done = run_batch("segment", "hippocampus", "missing.nii.gz", "-o", "out")
    assert done.returncode == 2
    assert "missing.nii.gz" in done.stderr
    assert run_batch("segment", "hippocampus").returncode == 2
    assert run_batch("--help").returncode == 0


def test_some_case_failed_is_exit_status_1(run_batch, tmp_path):
    (tmp_path / "broken.nii.gz").write_bytes(b"nothing")
    assert run_batch("segment", "hippocampus", tmp_path / "broken.nii.gz", "-o", tmp_path / "out").returncode == 1


def test_missing_packages_are_named_with_the_command_that_installs_them(run_batch, tmp_path):
    hide = (
        "from importlib import metadata; real = metadata.version;"
        "metadata.version = lambda name: (_ for _ in ()).throw(metadata.PackageNotFoundError(name))"
        " if name in ('torch', 'monai', 'openvino', 'nibabel') else real(name)"
    )
    done = run_batch("segment", "hippocampus", "scan.nii.gz", "-o", "out", before=hide)
    assert done.returncode == 2
    # What computes networks depends on the machine; nibabel is needed on each.
    assert re.search(r'-m pip install ("openvino>=2025.4"|"torch>=2.8" "monai>=1.5") "nibabel>=5.2"', done.stderr)
    assert list(tmp_path.iterdir()) == []


def test_inside_slicer_the_application_is_told_the_exit_status(run_batch):
    """A script ends, and Slicer would go on; the stand-in shows that it is asked to leave, and with what."""
    slicer = (
        "import types; told = types.ModuleType('slicer'); told.app = object();"
        "told.util = types.SimpleNamespace(exit=lambda status: print('LEAVES', status)); sys.modules['slicer'] = told"
    )
    done = run_batch("segment", "hippocampus", "missing.nii.gz", "-o", "out", before=slicer)
    assert "LEAVES 2" in done.stdout
