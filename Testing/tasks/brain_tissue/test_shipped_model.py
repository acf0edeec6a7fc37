"""From a brain to tissues by the command, with the model that ships; the brain is the atlas's own."""

import json

import nibabel
import numpy as np
import pytest

from quantseg.brain.atlas import read_atlas
from quantseg.cli.main import main


def save(array, affine, path):
    nibabel.save(nibabel.Nifti1Image(array, affine), path)
    return path


@pytest.fixture(scope="module")
def atlas():
    return read_atlas()


@pytest.fixture(scope="module")
def finished(atlas, tmp_path_factory):
    """Return the folder of the atlas's brain."""
    folder = tmp_path_factory.mktemp("tissue")
    brain = save(atlas.brain.array, atlas.grid.affine, folder / "brain.nii.gz")
    assert main(["run", "brain-tissue", str(brain), "-o", str(folder / "out")]) == 0
    return folder / "out" / "brain"


def labels_of(folder) -> np.ndarray:
    return np.asarray(nibabel.load(folder / "labels.nii.gz").dataobj)


def test_tissues_of_the_average_brain_lie_where_its_atlas_expects_them(finished, atlas):
    labels = labels_of(finished)
    assert labels.shape == atlas.grid.shape
    sure_grey, sure_white = (atlas.expected[n] > 0.8 for n in (1, 2))
    assert (labels[sure_grey & atlas.mask] == 2).mean() > 0.8
    assert (labels[sure_white & atlas.mask] == 3).mean() > 0.8


def test_volumes_have_intervals_and_the_report_says_of_what_they_are_shares(finished):
    document = json.loads((finished / "measurements.json").read_text(encoding="utf-8"))
    found = {(one["key"], one["region"]): one for one in document["measurements"]}
    for region, low, high in (("grey_matter", 550, 1100), ("white_matter", 400, 900), ("csf", 50, 600)):
        volume = found["volume", region]
        assert low < volume["value"] < high
        assert volume["interval_95"][0] < volume["value"] < volume["interval_95"][1]
        assert found["label_volume", region]["value"] == pytest.approx(volume["value"], rel=0.15)
    assert ("intracranial_volume", "head") not in found
    assert document["verdict"] != "fail"
    report = (finished / "report.html").read_text(encoding="utf-8")
    for said in ("the skull was stripped", "intervals hold the errors on synthetic"):
        assert said in report


@pytest.mark.parametrize("kind", ["another contrast", "noise", "a part"])
def test_what_cannot_be_told_apart_is_refused_in_one_sentence(atlas, tmp_path, capsys, kind):
    brain = atlas.brain.array.astype(np.float32)
    image = {
        "another contrast": np.where(atlas.mask, 160 - brain, 0),
        "noise": np.random.default_rng(0).normal(100, 10, brain.shape),
        "a part": np.where(np.arange(brain.shape[2]) > 58, brain, 0),
    }[kind]
    path = save(image.astype(np.float32), atlas.grid.affine, tmp_path / "image.nii.gz")
    assert main(["run", "brain-tissue", str(path), "-o", str(tmp_path / "out")]) == 1
    assert "expected" in capsys.readouterr().err
    assert not (tmp_path / "out" / "image" / "labels.nii.gz").exists()


def test_parts_that_the_model_does_not_tell_are_refused(finished, tmp_path, capsys):
    brain = finished.parents[1] / "brain.nii.gz"
    assert main(["run", "brain-tissue", str(brain), "-o", str(tmp_path / "out"), "--parts"]) == 1
    assert "tells no parts" in capsys.readouterr().err
