"""A run that goes on is the run that was begun: its options and its split are its own, and others are refused."""

import json

import pytest

from quantseg.cli.main import main
from quantseg.resources import shipped_configurations

_BEGUN = {"seed": 99, "held_out_cases": 2, "folds": 2, "optimisation": {"samples": 4, "batch_size": 2}}


@pytest.fixture
def run(decathlon_folder, tmp_path):
    """A run of another version, whose defaults were others; both of its folds are finished."""
    folder = tmp_path / "run"
    names = sorted(path.name.removesuffix(".nii.gz") for path in (decathlon_folder / "imagesTr").iterdir())
    split = {"held_out": names[:2], "folds": [names[2:6], names[6:]]}
    recipe = shipped_configurations("hippocampus", "train") | _BEGUN
    inference = shipped_configurations("hippocampus", "inference")
    for fold in (0, 1):
        (folder / f"fold_{fold}").mkdir(parents=True)
        (folder / f"fold_{fold}" / "validation.json").write_text("{}")
    (folder / "split.json").write_text(json.dumps(split))
    command = {"approach": "volume", "start_from": None, "recipe": recipe, "inference": inference}
    (folder / "command.json").write_text(json.dumps(command))
    return folder


@pytest.fixture
def resume(run, decathlon_folder):
    """Goes on with the run under further options; returns the exit status once its two files are unchanged."""

    def go_on(*further):
        before = [(run / name).read_bytes() for name in ("split.json", "command.json")]
        command = ["train", "hippocampus", "--data", str(decathlon_folder), "-o", str(run), "--resume"]
        status = main([*command, *map(str, further)])
        assert [(run / name).read_bytes() for name in ("split.json", "command.json")] == before
        return status

    return go_on


def _file(folder, values):
    path = folder / "values.json"
    path.write_text(json.dumps(values))
    return path


def test_a_run_goes_on_by_the_options_and_the_split_that_it_was_begun_with(resume, tmp_path, capsys):
    assert resume() == 0
    assert capsys.readouterr().out.count("finished already") == 2
    assert resume("--recipe", _file(tmp_path, _BEGUN), "--model", "volume") == 0


@pytest.mark.parametrize(
    ("recipe", "named"),
    [
        ({"seed": 2026}, "seed 99, this asks for 2026"),
        ({"held_out_cases": 3}, "held_out_cases 2, this asks for 3"),
        ({"optimisation": {"samples": 8}}, "optimisation.samples 4, this asks for 8"),
        (
            {"set_aside": ["block_009"]},
            'set_aside ["hippocampus_199", "hippocampus_242", "hippocampus_337"], this asks for ["block_009"]',
        ),
    ],
)
def test_another_recipe_is_refused(resume, tmp_path, capsys, recipe, named):
    assert resume("--recipe", _file(tmp_path, recipe)) == 2
    said = capsys.readouterr().err
    assert f"was begun with {named}" in said
    assert "another folder" in said


def test_another_network_start_or_kind_of_model_is_refused(resume, tmp_path, capsys):
    network = shipped_configurations("hippocampus", "inference")["network_def"] | {"channels": [4, 4, 8, 8, 8]}
    assert resume("--network", _file(tmp_path, network)) == 2
    assert "begun with another network" in capsys.readouterr().err
    assert resume("--start-from", tmp_path) == 2
    assert "begun with random weights" in capsys.readouterr().err
    assert resume("--model", "slices") == 2
    assert "begun with the model volume" in capsys.readouterr().err


@pytest.mark.parametrize("change", ["a case more", "a case less"])
def test_other_data_are_refused(resume, decathlon_folder, capsys, change):
    index = decathlon_folder / "dataset.json"
    document = json.loads(index.read_text())
    if change == "a case less":
        document["training"].pop()
        expected = "lacks block_009"
    else:
        for part in ("imagesTr", "labelsTr"):
            path = decathlon_folder / part / "block_010.nii.gz"
            path.write_bytes((decathlon_folder / part / "block_009.nii.gz").read_bytes())
        document["training"].append({"image": "./imagesTr/block_010.nii.gz", "label": "./labelsTr/block_010.nii.gz"})
        expected = "does not say on which side block_010 stands"
    index.write_text(json.dumps(document))
    assert resume() == 2
    assert expected in capsys.readouterr().err


def test_a_folder_that_lost_the_command_of_its_run_is_refused(run, decathlon_folder, capsys):
    (run / "command.json").unlink()
    assert main(["train", "hippocampus", "--data", str(decathlon_folder), "-o", str(run), "--resume"]) == 2
    assert "not the command.json" in capsys.readouterr().err
    assert not (run / "command.json").exists()
