import json
import shutil

import numpy as np
import pytest
from bundles import copy_bundle

from quantseg.cli.main import main
from quantseg.errors import UsageError
from quantseg.inference.device import choose_device
from quantseg.inference.ensemble import Ensemble
from quantseg.models.bundle import INFERENCE, METADATA, find_bundle
from quantseg.models.home import read_record
from quantseg.models.trust import SHIPPED_LIST
from quantseg.training.export import export_bundle, mean_scores

_SCORES = [
    {"fold": 0, "seed": 7, "cases": ["a", "b"], "dice_anterior": 0.9, "dice_whole": 0.8},
    {"fold": 1, "seed": 8, "cases": ["c"], "dice_anterior": 0.6, "dice_whole": 0.5},
]


@pytest.fixture
def a_bundle_folder(repository, tmp_path):
    """A bundle that holds the members of an earlier run."""
    return copy_bundle(repository / "Resources" / "Models" / "hippocampus", tmp_path / "hippocampus", members=3)


@pytest.fixture
def a_run(a_bundle_folder, tmp_path):
    """The folder of a finished training run of two folds."""
    run = tmp_path / "run"
    inference = json.loads((a_bundle_folder / INFERENCE).read_text(encoding="utf-8"))
    for fold, validation in enumerate(_SCORES):
        (run / f"fold_{fold}").mkdir(parents=True)
        shutil.copy(a_bundle_folder / "models" / f"member_{fold}.safetensors", run / f"fold_{fold}/weights.safetensors")
        (run / f"fold_{fold}" / "validation.json").write_text(json.dumps(validation))
    (run / "split.json").write_text(json.dumps({"held_out": ["h"], "folds": [["a", "b"], ["c"]]}))
    (run / "command.json").write_text(json.dumps({"approach": "volume", "recipe": {"seed": 7}, "inference": inference}))
    return run


def _export(run, folder, **options):
    return export_bundle(run, folder, **options)


def test_exported_bundle_predicts_and_is_trusted_where_models_are_found(a_run, a_bundle_folder, tmp_path, monkeypatch):
    monkeypatch.setenv("QUANTSEG_HOME", str(tmp_path / "home"))
    folder = shutil.copytree(a_bundle_folder, tmp_path / "home" / "models" / "my-hippocampus")
    bundle = _export(a_run, folder)

    assert bundle.members == ("member_0.safetensors", "member_1.safetensors")
    assert list(read_record(tmp_path / "home" / "trusted.json")) == ["my-hippocampus"]
    again = find_bundle("my-hippocampus")
    assert Ensemble(again, choose_device("cpu")).predict(np.eye(40)[..., None] + np.zeros(30)).shape[:2] == (2, 3)


@pytest.mark.parametrize("name", ["hippocampus", "heart", "elsewhere"])
def test_a_bundle_elsewhere_is_on_no_list_whatever_its_name(
    a_run, a_bundle_folder, tmp_path, monkeypatch, capsys, name
):
    monkeypatch.setenv("QUANTSEG_HOME", str(tmp_path / "home"))
    before, folder = SHIPPED_LIST.read_bytes(), shutil.copytree(a_bundle_folder, tmp_path / "out" / name)
    assert main(["models", "export", str(a_run), str(folder)]) == 0
    assert f"quantseg models add {folder}" in capsys.readouterr().out
    assert SHIPPED_LIST.read_bytes() == before
    assert not (tmp_path / "home").exists()


def test_metadata_tell_split_scores_and_versions_and_keep_the_words(a_run, a_bundle_folder):
    before = json.loads((a_bundle_folder / METADATA).read_text(encoding="utf-8"))

    metadata = _export(a_run, a_bundle_folder, version="1.2.3").metadata

    assert metadata["version"] == "1.2.3"
    assert metadata["training_split"] == {"held_out": ["h"], "folds": [["a", "b"], ["c"]]}
    assert metadata["eval_metrics"]["cross_validated_dice_anterior"] == pytest.approx(0.8)
    assert metadata["members"]["member_1.safetensors"]["dice_whole"] == 0.5
    assert metadata["members"]["member_1.safetensors"]["seed"] == 8
    assert "+" not in metadata["pytorch_version"]
    for key in ("description", "data_source", "licence", "intended_use"):
        assert metadata[key] == before[key]


def test_scores_are_means_over_cases_not_over_folds():
    assert mean_scores(_SCORES) == {"cross_validated_dice_anterior": 0.8, "cross_validated_dice_whole": 0.7}


def test_bundle_says_what_was_trained(a_run, a_bundle_folder):
    command = json.loads((a_run / "command.json").read_text())
    command["inference"]["intensity"] = {"_target_": "NormalizeIntensityd", "keys": "image"}
    (a_run / "command.json").write_text(json.dumps(command))

    bundle = _export(a_run, a_bundle_folder)

    assert bundle.inference["intensity"] == {"_target_": "NormalizeIntensityd", "keys": "image"}
    assert "evaluator" in bundle.inference
    assert json.loads((a_bundle_folder / "configs" / "train.json").read_text()) == {"seed": 7}


def test_layout_of_an_unchanged_configuration_is_kept(a_run, a_bundle_folder):
    before = (a_bundle_folder / INFERENCE).read_bytes()
    _export(a_run, a_bundle_folder)

    assert (a_bundle_folder / INFERENCE).read_bytes() == before


def test_unfinished_run_is_refused_and_the_bundle_left_alone(a_run, a_bundle_folder):
    (a_run / "fold_1" / "validation.json").unlink()
    before = sorted(path.name for path in (a_bundle_folder / "models").iterdir())

    with pytest.raises(UsageError, match="1 finished folds of 2"):
        _export(a_run, a_bundle_folder)
    assert sorted(path.name for path in (a_bundle_folder / "models").iterdir()) == before


def test_run_of_a_single_network_gives_a_bundle_of_one_member(a_run, a_bundle_folder):
    single = a_run.parent / "single"
    (a_run / "fold_0").rename(single)
    command = json.loads((a_run / "command.json").read_text())
    command["recipe"]["test_maps"] = ["y"]
    (single / "command.json").write_text(json.dumps(command))
    (single / "validation.json").write_text(json.dumps({"seed": 7, "maps": ["x"], "dice_intracranial": 0.98765}))

    bundle = _export(single, a_bundle_folder)

    assert bundle.members == ("member_0.safetensors",)
    assert bundle.metadata["training_split"] == {"training_maps": ["x"], "test_maps": ["y"]}
    assert bundle.metadata["eval_metrics"] == {"synthetic_heads_dice_intracranial": 0.9877}


def test_folder_that_is_no_run_is_refused(tmp_path, a_bundle_folder):
    with pytest.raises(UsageError, match=r"command\.json is missing"):
        export_bundle(tmp_path, a_bundle_folder)
