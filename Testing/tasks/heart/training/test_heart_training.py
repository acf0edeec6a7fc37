"""The commands that train a heart model, predict and score, on drawn hearts and with a tiny network."""

import json

import nibabel
import numpy as np
import pytest
from made_hearts import TINY_NETWORK, write_acdc, write_sunnybrook

from quantseg.cli.main import main
from quantseg.inference.device import PRECISION_VARIABLE
from quantseg.tasks.heart.training.recipe import INFERENCE, LV_OPEN_INFERENCE

_QUICK = {"held_out_cases": 2, "folds": 2, "optimisation": {"samples": 20, "batch_size": 2}}


@pytest.fixture
def acdc_folder(tmp_path):
    return write_acdc(tmp_path / "acdc")


def _command(tmp_path, data, network, recipe=None, *options):
    (tmp_path / "recipe.json").write_text(json.dumps(recipe or _QUICK))
    (tmp_path / "network.json").write_text(json.dumps(network | TINY_NETWORK))
    command = ["train", "heart", "--data", str(data), "-o", str(tmp_path / "run"), "--threads", "1"]
    command += ["--recipe", str(tmp_path / "recipe.json"), "--network", str(tmp_path / "network.json")]
    return [*command, *options]


def _label_maps(folder):
    return {path.relative_to(folder): np.asarray(nibabel.load(path).dataobj) for path in folder.rglob("*.nii.gz")}


@pytest.mark.slow
def test_both_folds_are_trained_and_everyone_is_predicted_by_members_that_never_saw_them(
    acdc_folder, tmp_path, capsys, monkeypatch
):
    # A network that has hardly learned wavers: in bfloat16 two voxels in a hundred change with the memory layout.
    monkeypatch.setenv(PRECISION_VARIABLE, "float32")
    train = _command(tmp_path, acdc_folder, INFERENCE["network_def"])
    run = tmp_path / "run"
    assert main([*train, "--folds", "0"]) == 0
    assert main([*train, "--resume"]) == 0
    assert "fold 0 is finished already" in capsys.readouterr().out

    split = json.loads((run / "split.json").read_text())
    assert len(split["held_out"]) == 2
    for fold in (0, 1):
        predicted = sorted((run / f"fold_{fold}" / "predictions").iterdir())
        assert [path.name for path in predicted] == split["folds"][fold]
        assert all((path / f"{phase}_labels.nii.gz").is_file() for path in predicted for phase in ("ED", "ES"))
        scores = json.loads((run / f"fold_{fold}" / "validation.json").read_text())
        assert {"dice_rv_cavity", "dice_lv_myocardium", "dice_lv_cavity"} <= set(scores)
        assert {"lv_ef_absolute_error", "rv_ef_absolute_error"} <= set(scores)

    before = _label_maps(run / "fold_1" / "predictions")
    predict = ["train", "heart", "--data", str(acdc_folder), "-o", str(run), "--predict-only"]
    assert main(predict) == 0
    after = _label_maps(run / "fold_1" / "predictions")
    assert before.keys() == after.keys() != set()
    assert all(np.array_equal(before[name], after[name]) for name in before)
    assert sorted(path.name for path in (run / "held_out" / "predictions").iterdir()) == split["held_out"]

    folders = [str(run / name / "predictions") for name in ("fold_0", "fold_1", "held_out")]
    report = tmp_path / "scores.json"
    score = ["evaluate", "heart", "--labels", str(acdc_folder), "--resamples", "100", "--json", str(report)]
    assert main([*score, "--predictions", *folders]) == 0
    assert len(json.loads(report.read_text())["function"]) == 6


def test_a_network_without_rv_learns_from_slices_whose_epicardium_is_missing(tmp_path):
    data = write_sunnybrook(tmp_path / "sunnybrook")
    recipe = _QUICK | {"held_out_cases": 0, "optimisation": {"samples": 8, "batch_size": 2}}
    command = _command(tmp_path, data, LV_OPEN_INFERENCE["network_def"], recipe, "--model", "lv-open", "--folds", "0")
    assert main(command) == 0
    labels = _label_maps(tmp_path / "run" / "fold_0" / "predictions")
    assert len(labels) == 4
    assert all(values.shape == (96, 96, 3) and set(np.unique(values)) <= {0, 2, 3} for values in labels.values())
    scores = json.loads((tmp_path / "run" / "fold_0" / "validation.json").read_text())
    assert {"dice_cavity", "dice_epicardium", "dice_myocardium", "lv_ef_absolute_error"} <= set(scores)
    assert "rv_ef_absolute_error" not in scores


def test_a_model_of_another_task_is_wrong_use(acdc_folder, tmp_path, capsys):
    command = _command(tmp_path, acdc_folder, INFERENCE["network_def"], None, "--model", "slices")
    with pytest.raises(SystemExit) as leaving:
        main(command)
    assert leaving.value.code == 2
    said = capsys.readouterr().err
    assert all(name in said for name in ("'slices'", "acdc", "lv-open"))
