"""From a brain to tissues by the command, with the model that ships; the brain is the atlas's own."""

import json

import nibabel
import numpy as np
import pytest

from quantseg.brain.atlas import read_atlas
from quantseg.cli.main import main
from quantseg.volume import Grid, Volume, resample


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


def _turned_about(axis: int, degrees: float) -> np.ndarray:
    turn, (a, b) = np.eye(4), [other for other in range(3) if other != axis]
    cosine, sine = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    turn[[a, a, b, b], [a, b, a, b]] = cosine, -sine, sine, cosine
    return turn


_TURN = _turned_about(0, 12.0) @ _turned_about(2, 9.0)


def to_turned(atlas) -> Volume:
    """The atlas's brain turned in space, on a grid along its axes."""
    grid = Grid((90, 105, 95), np.array([[2.0, 0, 0, -89], [0, 2, 0, -122], [0, 0, 2, -86], [0, 0, 0, 1]]))
    return resample(Volume(atlas.brain.array, _TURN @ atlas.brain.affine), grid, fill=0.0)


def mirrored_storage(shape) -> np.ndarray:
    mirror = np.diag([-1.0, 1, -1, 1])
    mirror[[0, 2], 3] = shape[0] - 1, shape[2] - 1
    return mirror


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


def test_parts_lie_on_their_side_and_move_no_border_between_tissues(atlas, tmp_path):
    """The average brain, turned about two axes and stored from right to left and from the top down."""
    brain = to_turned(atlas)
    path = save(
        brain.array[::-1, :, ::-1], brain.affine @ mirrored_storage(brain.array.shape), tmp_path / "brain.nii.gz"
    )
    assert main(["run", "brain-tissue", str(path), "-o", str(tmp_path / "plain")]) == 0
    assert main(["run", "brain-tissue", str(path), "-o", str(tmp_path / "out"), "--parts"]) == 0
    labels, plain = (labels_of(tmp_path / folder / "brain") for folder in ("out", "plain"))
    tissue_of = np.array([0, 1, 2, 3, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3])
    assert np.array_equal(tissue_of[labels], plain)
    to_atlas = np.linalg.inv(_TURN) @ nibabel.load(tmp_path / "out" / "brain" / "labels.nii.gz").affine
    # Left and right lateral ventricle, deep grey matter and cerebellar grey matter; MNI's x is negative on the left.
    for left, right in ((4, 5), (7, 8), (9, 10)):
        for value, side in ((left, -1), (right, 1)):
            x = nibabel.affines.apply_affine(to_atlas, np.argwhere(labels == value))[:, 0]
            assert len(x) > 100
            assert (side * x > -3).mean() > 0.99
    stem = nibabel.affines.apply_affine(to_atlas, np.argwhere(labels == 13)).mean(axis=0)
    assert np.abs(stem - [0, -30, -35]).max() < 8
    document = json.loads((tmp_path / "out" / "brain" / "measurements.json").read_text(encoding="utf-8"))
    volumes = {one["region"]: one["value"] for one in document["measurements"] if one["key"] == "volume"}
    assert volumes["cerebellum"] == pytest.approx(150, rel=0.3)
    assert volumes["left_deep_grey_matter"] == pytest.approx(volumes["right_deep_grey_matter"], rel=0.1)
    assert "average one whose parts it gets" in (tmp_path / "out" / "brain" / "report.html").read_text(encoding="utf-8")
