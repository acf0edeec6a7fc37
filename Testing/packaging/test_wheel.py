"""The wheel, installed away from the clone, works on its own."""

import json
import os
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def a_copy(repository: Path, tmp_path_factory) -> Path:
    """What git tracks of this checkout, as it lies there now: building in place would leave files in it."""
    source = tmp_path_factory.mktemp("copy") / "source"
    subprocess.run(["git", "clone", "--quiet", "--local", str(repository), str(source)], check=True)
    changed = subprocess.run(
        ["git", "diff", "--name-only", "--diff-filter=d", "HEAD"], cwd=repository, check=True, capture_output=True
    )
    for name in changed.stdout.decode().split("\n"):
        if name:
            (source / name).parent.mkdir(parents=True, exist_ok=True)
            (source / name).write_bytes((repository / name).read_bytes())
    return source


@pytest.fixture(scope="session")
def a_build(a_copy: Path, tmp_path_factory) -> tuple[Path, str]:
    """Folder of the sdist of this checkout and of the wheel made from it, and what the build said."""
    folder = tmp_path_factory.mktemp("wheel")
    return folder, _said_by([sys.executable, "-m", "build", "--no-isolation", "--outdir", str(folder), str(a_copy)])


@pytest.fixture(scope="session")
def a_wheel(a_build: tuple[Path, str]) -> Path:
    """The wheel built from this checkout, by way of its sdist."""
    return next(a_build[0].glob("*.whl"))


def _said_by(command: list[str], folder: Path | None = None) -> str:
    """Run a build and return what it said."""
    # Without it Python says that it writes no bytecode, which is no fault of the package.
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, encoding="utf-8", check=True)
    return done.stdout + done.stderr


@pytest.mark.slow
def test_wheel_and_sdist_are_built_without_a_warning(a_build: tuple[Path, str]):
    folder, said = a_build
    assert {path.suffix for path in folder.iterdir()} == {".whl", ".gz"}
    # Every form of the word but in the names of files, one of which is dicom_warnings.py.
    assert re.findall(r"\w*warning(?!s\.py)\w*", said, re.IGNORECASE) == []


def test_an_editable_installation_is_built_without_a_warning(a_copy: Path, tmp_path: Path):
    build = f"from setuptools.build_meta import build_editable; build_editable({str(tmp_path)!r})"
    said = _said_by([sys.executable, "-c", build], a_copy)
    assert [path.suffix for path in tmp_path.iterdir()] == [".whl"]
    # Every form of the word but in the names of files, one of which is dicom_warnings.py.
    assert re.findall(r"\w*warning(?!s\.py)\w*", said, re.IGNORECASE) == []


@pytest.mark.slow
def test_the_wheel_carries_every_model_file_terminology_and_sample(a_wheel: Path, repository: Path):
    packed = set(zipfile.ZipFile(a_wheel).namelist())
    tracked = subprocess.run(
        ["git", "ls-files", "Resources/Models", "Resources/Terminologies", "Resources/SampleData", "quantseg"],
        cwd=repository,
        check=True,
        capture_output=True,
        encoding="utf-8",
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
        encoding="utf-8",
    )
    assert Path(where.stdout.strip()).is_relative_to(site)
    command = [sys.executable, "-m", "quantseg", "segment", "hippocampus", str(sample), "-o", str(output)]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, encoding="utf-8", check=False)
    assert done.returncode == 0, done.stderr
    case = output / sample.name.removesuffix(".nii.gz")
    volumes = {
        m["region"]: m["value"]
        for m in json.loads((case / "measurements.json").read_text(encoding="utf-8"))["measurements"]
        if m["key"] == "volume"
    }
    assert 1000 < volumes["whole"] < 6000
