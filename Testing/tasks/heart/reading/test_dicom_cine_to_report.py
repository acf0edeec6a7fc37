"""A DICOM cine goes from files to a report with one command, and nothing of it names the patient."""

import json

import nibabel
import numpy as np
import pytest
from heart_model import write_heart_model
from heart_phantom import phantom_affine, phantom_labels
from made_cines import write_dicom_cine

from quantseg.cli.main import main

_TIMES_MS = (0.0, 150.0, 300.0, 450.0, 600.0)


@pytest.fixture
def frames():
    labels = phantom_labels()[[0, 3, 7, 10, 14]]
    noise = np.random.default_rng(4).normal(0, 12, labels.shape)
    return (np.array([30, 160, 60, 170])[labels] + noise).clip(0).astype(np.int16)


@pytest.mark.slow
@pytest.mark.parametrize("slice_series", [False, True], ids=["one series", "a series a slice"])
def test_a_study_becomes_one_case_with_times_rate_and_body(
    dicom_series, frames, tmp_path, monkeypatch, capsys, slice_series
):
    monkeypatch.setenv("QUANTSEG_HOME", str(tmp_path / "home"))
    write_heart_model(tmp_path / "home", "heart-lv-open")
    write_dicom_cine(
        dicom_series,
        tmp_path / "study",
        frames,
        phantom_affine(),
        slice_series=slice_series,
        times_ms=_TIMES_MS,
        NominalInterval=800,
        PatientSize=1.8,
        PatientWeight=80,
        SeriesDescription="cine SAX",
    )
    output = tmp_path / "results"
    assert main(["segment", "heart", str(tmp_path / "study"), "-o", str(output), "--model", "heart-lv-open"]) == 0

    (folder,) = (path for path in output.iterdir() if path.is_dir())
    document = json.loads((folder / "measurements.json").read_text(encoding="utf-8"))
    assert document["curves"]["times_ms"] == list(_TIMES_MS)
    assert document["facts"]["orientation"] == "known"
    assert document["input"]["format"] == "DICOM"
    keys = {(measured["key"], measured["region"]) for measured in document["measurements"]}
    assert {("body_surface_area", "patient"), ("cardiac_output_index", "left_ventricle")} <= keys
    labels = nibabel.load(folder / "labels.nii.gz")
    assert labels.shape == (*frames.shape[1:], len(frames))
    assert np.allclose(np.abs(np.linalg.det(labels.affine[:3, :3])), 1.8 * 1.8 * 8, rtol=1e-3)
    said = capsys.readouterr()
    everything = [path.read_bytes() for path in output.rglob("*") if path.is_file()]
    for content in [*everything, (said.out + said.err).encode()]:
        assert b"Doe^" not in content
        assert b"19660101" not in content
