"""The wheel, installed away from the clone, works on its own."""

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def a_wheel(repository: Path, tmp_path_factory) -> Path:
    """The wheel built from this checkout."""
    folder = tmp_path_factory.mktemp("wheel")
    source = folder / "source"
    # Built from a copy of what git tracks: building in place would leave files in the checkout.
    subprocess.run(["git", "clone", "--quiet", "--local", str(repository), str(source)], check=True)
    changed = subprocess.run(
        ["git", "diff", "--name-only", "--diff-filter=d", "HEAD"], cwd=repository, check=True, capture_output=True
    )
    for name in changed.stdout.decode().split("\n"):
        if name:
            (source / name).parent.mkdir(parents=True, exist_ok=True)
            (source / name).write_bytes((repository / name).read_bytes())
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder), str(source)]
    subprocess.run(command, check=True, capture_output=True)
    return next(folder.glob("*.whl"))


def test_the_wheel_carries_every_model_file_terminology_and_sample(a_wheel: Path, repository: Path):
    packed = set(zipfile.ZipFile(a_wheel).namelist())
    tracked = subprocess.run(
        ["git", "ls-files", "Resources/Models", "Resources/Terminologies", "Resources/SampleData", "quantseg"],
        cwd=repository,
        check=True,
        capture_output=True,
        text=True,
    ).stdout.split("\n")
    expected = {name.replace("Resources/", "quantseg/_resources/", 1) for name in tracked if name}
    assert expected - packed == set()


@pytest.mark.slow
def test_an_installed_wheel_segments_a_crop_away_from_the_clone(a_wheel: Path, repository: Path, tmp_path: Path):
    site, output = tmp_path / "site", tmp_path / "out"
    subprocess.run(
        [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target", str(site), str(a_wheel)],
        check=True,
        capture_output=True,
    )
    sample = next((repository / "Resources" / "SampleData").glob("hippocampus_*.nii.gz"))
    environment = {**os.environ, "PYTHONPATH": str(site)}
    where = subprocess.run(
        [sys.executable, "-c", "import quantseg; print(quantseg.__file__)"],
        cwd=tmp_path,
        env=environment,
        check=True,
        capture_output=True,
        text=True,
    )
    assert Path(where.stdout.strip()).is_relative_to(site)
    command = [sys.executable, "-m", "quantseg", "segment", "hippocampus", str(sample), "-o", str(output)]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    case = output / sample.name.removesuffix(".nii.gz")
    volumes = {
        m["region"]: m["value"]
        for m in json.loads((case / "measurements.json").read_text(encoding="utf-8"))["measurements"]
        if m["key"] == "volume"
    }
    assert 1000 < volumes["whole"] < 6000
