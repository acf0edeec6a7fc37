"""What a finished fold of the 3D model leaves behind, and that it can be made again from its weights."""

import json
import shutil

import nibabel
import numpy as np
import pytest
from made_decathlon import write_decathlon

from quantseg.cli.main import main

_QUICK = {"held_out_cases": 2, "folds": 2, "optimisation": {"samples": 4, "batch_size": 2}}


def _command(folder, data, repository):
    """The command that trains the first fold of a narrow network for two steps, into ``folder / "run"``."""
    recipe, network = folder / "recipe.json", folder / "network.json"
    recipe.write_text(json.dumps(_QUICK))
    inference = repository / "Resources" / "Models" / "hippocampus" / "configs" / "inference.json"
    shipped = json.loads(inference.read_text(encoding="utf-8"))["network_def"]
    network.write_text(json.dumps(shipped | {"channels": [4, 4, 8, 8, 8]}))
    command = ["train", "hippocampus", "--data", str(data), "-o", str(folder / "run"), "--folds", "0"]
    return [*command, "--recipe", str(recipe), "--network", str(network)]


@pytest.fixture
def training(decathlon_folder, tmp_path, repository):
    """The command that made the run."""
    return _command(tmp_path, decathlon_folder, repository)


@pytest.fixture(scope="module")
def trained_once(tmp_path_factory, repository):
    folder = tmp_path_factory.mktemp("trained")
    assert main(_command(folder, write_decathlon(folder / "data"), repository)) == 0
    return folder / "run"


@pytest.fixture
def run(trained_once, tmp_path):
    """The folder of the finished run; a copy, to be changed at will."""
    return shutil.copytree(trained_once, tmp_path / "run")


def _label_maps(folder):
    return {path.name: np.asarray(nibabel.load(path).dataobj) for path in folder.iterdir()}


def test_a_fold_leaves_the_predictions_of_its_validation_cases_on_their_grids(run, decathlon_folder):
    split = json.loads((run / "split.json").read_text())
    predicted = _label_maps(run / "fold_0" / "predictions")
    assert sorted(predicted) == [f"{patient}.nii.gz" for patient in split["folds"][0]]
    for name, labels in predicted.items():
        image = nibabel.load(decathlon_folder / "imagesTr" / name)
        written = nibabel.load(run / "fold_0" / "predictions" / name)
        assert labels.shape == image.shape
        assert labels.dtype == np.uint8
        assert np.allclose(written.affine, image.affine)


@pytest.mark.slow
def test_saved_weights_predict_what_the_trained_member_predicted(run, decathlon_folder, capsys):
    folder = run / "fold_0" / "predictions"
    trained = _label_maps(folder)
    for path in folder.iterdir():
        path.unlink()
    assert main(["train", "hippocampus", "--data", str(decathlon_folder), "-o", str(run), "--predict-only"]) == 0
    assert str(folder) in capsys.readouterr().out
    again = _label_maps(folder)
    assert sorted(again) == sorted(trained)
    for name, labels in trained.items():
        assert np.mean(labels == again[name]) > 0.98


def test_a_finished_fold_is_not_trained_again(run, training, capsys):
    weights = run / "fold_0" / "weights.safetensors"
    before = weights.stat().st_mtime_ns
    assert main([*training, "--resume"]) == 0
    assert "finished already" in capsys.readouterr().out
    assert weights.stat().st_mtime_ns == before


@pytest.mark.usefixtures("run")
def test_a_second_run_into_the_same_folder_needs_resume(training, capsys):
    assert main(training) == 2
    assert "--resume" in capsys.readouterr().err


def test_predicting_on_other_data_than_were_trained_on_is_wrong_use(run, decathlon_folder, capsys):
    index = decathlon_folder / "dataset.json"
    document = json.loads(index.read_text())
    absent = json.loads((run / "split.json").read_text())["folds"][0][0]
    document["training"] = [entry for entry in document["training"] if absent not in entry["image"]]
    index.write_text(json.dumps(document))
    assert main(["train", "hippocampus", "--data", str(decathlon_folder), "-o", str(run), "--predict-only"]) == 2
    assert f"lacks {absent}" in capsys.readouterr().err
