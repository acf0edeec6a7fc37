"""``quantseg segment heart`` as a user runs it: a tiny untrained model, hearts of every kind."""

import csv
import json
import os
import subprocess
import sys
from types import SimpleNamespace

import nibabel
import numpy as np
import pytest
from heart_model import write_heart_model
from heart_phantom import CYCLE_MS, FRAMES, phantom_affine, phantom_labels

from quantseg.cli.main import main

_LICENCE = "CC-BY-NC-SA-4.0"
_PHASES = {f"{phase}_{name}" for phase in ("ED", "ES") for name in ("labels.nii.gz", "segmentation.seg.nrrd")}
_ALWAYS = {"measurements.json", "preview.png", "report.html"}


@pytest.fixture(scope="module")
def frames():
    labels = phantom_labels()[[0, 3, 7, 10, 14]]
    noise = np.random.default_rng(1).normal(0, 12, labels.shape)
    return (np.array([30, 160, 60, 170])[labels] + noise).clip(0).astype(np.int16)


@pytest.fixture
def home(tmp_path):
    """A user's folder with both models, and no licence accepted."""
    for name in ("heart", "heart-lv-open"):
        write_heart_model(tmp_path / "home", name)
    return tmp_path / "home"


@pytest.fixture
def as_a_program(home, tmp_path):
    """Run the command in a process of its own."""

    def run(*arguments):
        environment = os.environ | {"QUANTSEG_HOME": str(home), "OMP_NUM_THREADS": "1"}
        environment.pop("QUANTSEG_ACCEPT_LICENCE", None)
        command = [sys.executable, "-m", "quantseg", "segment", "heart", *map(str, arguments), "--device", "cpu"]
        return subprocess.run(
            command, capture_output=True, encoding="utf-8", cwd=tmp_path, env=environment, check=False, timeout=900
        )

    return run


@pytest.fixture
def segment(home, capsys, monkeypatch):
    """Run the command in this process, which spares it the imports."""
    monkeypatch.setenv("QUANTSEG_HOME", str(home))
    monkeypatch.delenv("QUANTSEG_ACCEPT_LICENCE", raising=False)

    def run(*arguments):
        capsys.readouterr()
        status = main(["segment", "heart", *map(str, arguments), "--device", "cpu"])
        said = capsys.readouterr()
        return SimpleNamespace(returncode=status, stdout=said.out, stderr=said.err)

    return run


def _save(array, path, affine=None):
    image = nibabel.Nifti1Image(array, phantom_affine() if affine is None else affine)
    if array.ndim == 4:
        image.header.set_xyzt_units("mm", "msec")
        image.header.set_zooms((*image.header.get_zooms()[:3], CYCLE_MS / FRAMES))
    path.parent.mkdir(parents=True, exist_ok=True)
    nibabel.save(image, path)


def _write_pair(folder, frames):
    for number, frame in ((1, frames[0]), (8, frames[2])):
        _save(frame, folder / f"{folder.name}_frame{number:02d}.nii.gz")
    (folder / "Info.cfg").write_text("ED: 1\nES: 8\nHeight: 180\nWeight: 80\n", encoding="utf-8")


@pytest.fixture
def hearts(frames, tmp_path):
    """A cine, a folder in ACDC layout and a single frame."""
    folder = tmp_path / "hearts"
    _save(np.moveaxis(frames, 0, 3), folder / "cine.nii.gz")
    _write_pair(folder / "patient007", frames)
    _save(frames[0], folder / "frame.nii.gz")
    return folder


def _rows(output):
    with (output / "summary.csv").open(encoding="utf-8", newline="") as stream:
        return {row["case"]: row for row in csv.DictReader(stream)}


def _files(folder):
    return {path.name for path in folder.iterdir()}


def test_every_kind_of_heart_is_done_once_the_licence_is_accepted_and_stays_accepted(
    as_a_program, segment, hearts, tmp_path
):
    output = tmp_path / "results"
    refused = segment(hearts, "-o", output)
    assert refused.returncode == 2
    assert f"--accept-licence {_LICENCE}" in refused.stderr
    assert "--model heart-lv-open" in refused.stderr
    assert not output.exists()

    done = as_a_program(hearts, "-o", output, "--accept-licence", _LICENCE, "--jobs", "2", "--heart-rate", "60")
    assert done.returncode == 0, done.stderr
    assert _files(output / "cine") == {"labels.nii.gz", *_PHASES, *_ALWAYS}
    assert _files(output / "patient007") == {*_PHASES, *_ALWAYS}
    assert _files(output / "frame") == {"labels.nii.gz", "segmentation.seg.nrrd", *_ALWAYS}
    rows = _rows(output)
    assert rows["cine"]["input_kind"] == "cycle"
    assert float(rows["patient007"]["body_surface_area_m2"]) == 2
    assert rows["patient007"]["left_ventricle_cardiac_output_l_per_min"]
    # Of what an untrained model outlines the reason is said, and no ejection fraction.
    assert "frame: done, verdict fail, " in done.stderr
    assert "patient007: done, verdict fail, " in done.stderr
    assert "EF" not in done.stderr.split("patient007: done")[1].splitlines()[0]
    run = json.loads((output / "run.json").read_text(encoding="utf-8"))
    assert run["task"] == "heart"
    assert set(run["cases"]["cine"]["label_hashes"]) == {"labels.nii.gz", *_PHASES}

    again = segment(hearts, "-o", output, "--resume", "--heart-rate", "60")
    assert again.returncode == 0
    assert again.stdout.startswith("3 skipped")

    labels = output / "patient007" / "ES_labels.nii.gz"
    labels.write_bytes(labels.read_bytes() + b" ")
    edited = segment(hearts / "patient007", "-o", output, "--resume")
    assert "ES_labels.nii.gz changed since QuantSeg wrote it and was left alone" in edited.stderr
    replaced = segment(hearts / "patient007", "-o", output, "--overwrite-edited", "--no-report")
    assert replaced.stdout.startswith("1 done")
    assert _files(output / "patient007") == {*_PHASES, "measurements.json"}


@pytest.mark.slow
def test_the_open_model_needs_no_agreement_and_outlines_the_left_ventricle_alone(segment, hearts, tmp_path):
    done = segment(hearts / "patient007", "-o", tmp_path / "results", "--model", "heart-lv-open", "--no-report")
    assert done.returncode == 0, done.stderr
    labels = np.asarray(nibabel.load(tmp_path / "results" / "patient007" / "ED_labels.nii.gz").dataobj)
    assert set(np.unique(labels)) <= {0, 2, 3}
    document = json.loads((tmp_path / "results" / "patient007" / "measurements.json").read_text(encoding="utf-8"))
    assert [model["name"] for model in document["models"]] == ["heart-lv-open"]
    assert not any(measured["region"] == "right_ventricle" for measured in document["measurements"])


@pytest.mark.slow
def test_what_is_no_short_axis_stack_is_refused_in_a_sentence_and_the_rest_is_done(segment, frames, tmp_path):
    folder = tmp_path / "hearts"
    _write_pair(folder / "patient007", frames)
    _save(frames[0][..., :2], folder / "two_slices.nii.gz")
    _save(frames[0], folder / "isotropic.nii.gz", np.diag([1.0, 1.0, 1.0, 1.0]) * [1.3, 1.3, 1.3, 1])
    _save(np.moveaxis(frames, 0, 3), folder / "cine.nii.gz")
    open_model = "--model", "heart-lv-open"
    done = segment(folder, "-o", tmp_path / "results", *open_model, "--no-report", "--ed", "1", "--es", "5")
    assert done.returncode == 1
    rows = _rows(tmp_path / "results")
    assert rows["cine"]["status"] == "done"
    assert "short-axis stack of at least 3" in rows["two_slices"]["reason"]
    assert "expected that of a short-axis stack" in rows["isotropic"]["reason"]
    assert "the input holds the frames 1 and 8" in rows["patient007"]["reason"]
    for name in ("two_slices", "isotropic", "patient007"):
        assert rows[name]["status"] == "refused"
        assert not (tmp_path / "results" / name).exists()
    facts = json.loads((tmp_path / "results" / "cine" / "measurements.json").read_text(encoding="utf-8"))["facts"]
    assert (facts["end_diastole_frame"], facts["end_systole_frame"], facts["phases_from"]) == (1, 5, "user")


@pytest.mark.slow
def test_unknown_spacing_gives_labels_and_ratios_only(segment, frames, tmp_path):
    _save(np.moveaxis(frames, 0, 3), tmp_path / "cine.nii.gz", np.eye(4))
    arguments = tmp_path / "cine.nii.gz", "-o", tmp_path / "results", "--model", "heart-lv-open"
    assert segment(*arguments).returncode == 1
    done = segment(*arguments, "--spacing", "unknown")
    assert done.returncode == 0, done.stderr
    document = json.loads((tmp_path / "results" / "cine" / "measurements.json").read_text(encoding="utf-8"))
    assert document["input"]["spacing_mm"] is None
    assert {measured["key"] for measured in document["measurements"]} == {"ejection_fraction"}
    assert document["curves"]["curves"][0]["unit"] == "%"


def test_a_model_that_is_not_there_is_named(hearts, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr("quantseg.models.bundle.shipped_folder", lambda: tmp_path / "nothing shipped")
    monkeypatch.setenv("QUANTSEG_HOME", str(tmp_path / "nothing added"))
    assert main(["segment", "heart", str(hearts), "-o", str(tmp_path / "results"), "--device", "cpu"]) == 1
    said = capsys.readouterr().err.strip()
    assert len(said.splitlines()) == 1
    assert "no model 'heart'" in said


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        (["--ed", "4", "--es", "4"], "frame 4"),
        (["--spacing", "unsure"], "--spacing"),
        (["--jobs", "0"], "--jobs 0"),
    ],
)
def test_options_that_make_no_sense_are_wrong_use(hearts, home, tmp_path, capsys, monkeypatch, more, reason):
    monkeypatch.setenv("QUANTSEG_HOME", str(home))
    status = main(["segment", "heart", str(hearts), "-o", str(tmp_path / "out"), "--model", "heart-lv-open", *more])
    assert status == 2
    assert reason in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("more", [["--height-cm", "-3"], ["--model", "liver"], ["--side", "left"]])
def test_options_of_other_kinds_are_wrong_use(hearts, tmp_path, more):
    with pytest.raises(SystemExit) as leaving:
        main(["segment", "heart", str(hearts), "-o", str(tmp_path / "out"), *more])
    assert leaving.value.code == 2


@pytest.mark.slow
def test_frames_of_the_challenge_are_done_where_the_environment_names_them(segment, data_folder, tmp_path):
    if data_folder is None:
        pytest.skip("QUANTSEG_DATA names no folder with ACDC in it")
    done = segment(
        data_folder / "ACDC" / "patient018", "-o", tmp_path / "results", "--model", "heart-lv-open", "--no-report"
    )
    assert done.returncode == 0, done.stderr
    truth = nibabel.load(data_folder / "ACDC" / "patient018" / "patient018_frame01_gt.nii.gz")
    labels = nibabel.load(tmp_path / "results" / "patient018" / "ED_labels.nii.gz")
    assert labels.shape == truth.shape
    assert np.allclose(labels.affine, truth.affine)
