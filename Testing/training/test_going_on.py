"""A run that goes on from a finished model: nobody changes sides, and its bundle says whom earlier ones knew."""

import json

import pytest
from bundles import change_config, copy_bundle, write_random_members
from made_decathlon import write_decathlon

from quantseg.cli.main import main
from quantseg.errors import UsageError
from quantseg.models.bundle import INFERENCE, METADATA
from quantseg.training.cohort import divide, joined, load_cohort
from quantseg.training.seen import learned_from, read_metadata, split_of
from quantseg.training.splits import Split

_RECIPE = {"held_out_cases": 2, "folds": 2, "seed": 1}
_BEFORE = Split(("block_000", "gone"), (("block_001", "block_002", "gone too"), ("block_003",)))


@pytest.fixture
def cohort(decathlon_folder):
    return load_cohort(decathlon_folder)


def test_whom_the_model_knows_stays_and_everybody_else_is_dealt_to_the_folds(cohort, tmp_path):
    split = divide(cohort, _RECIPE, tmp_path, _BEFORE)

    assert split.held_out == ("block_000",)
    assert {"block_001", "block_002"} <= set(split.folds[0])
    assert "block_003" in split.folds[1]
    assert sorted(name for fold in split.folds for name in fold) == [f"block_{number:03d}" for number in range(1, 10)]
    assert all(len(fold) >= 4 for fold in split.folds)
    assert divide(cohort, _RECIPE, tmp_path) == split


def test_a_person_whom_a_split_by_file_has_torn_apart_counts_as_set_aside(decathlon_folder, tmp_path):
    cohort = load_cohort(decathlon_folder, lambda case: "two sides" if case in ("block_001", "block_005") else case)

    split = divide(cohort, _RECIPE, tmp_path, Split(("block_005",), (("block_001", "block_002"), ("block_003",))))

    assert split.held_out == ("two sides",)


def test_a_source_that_the_model_does_not_know_is_drawn_as_its_recipe_says(cohort, tmp_path):
    sources = {name: [type(case)(**{**vars(case), "source": "A" if name < "block_005" else "B"}) for case in cases]
               for name, cases in cohort.items()}  # fmt: skip

    split = divide(sources, _RECIPE | {"held_out_cases": {"A": 2, "B": 1}}, tmp_path, _BEFORE)

    set_aside = {name: name < "block_005" for name in split.held_out}
    assert sorted(set_aside.values()) == [False, True]
    assert "block_000" in split.held_out


def test_folders_are_taken_together_unless_two_cases_have_one_name(cohort, tmp_path):
    other = load_cohort(write_decathlon(tmp_path / "other"), lambda case: case)
    renamed = {f"new {name}": [_renamed(case) for case in cases] for name, cases in other.items()}

    assert len(joined([cohort, renamed])) == 20
    with pytest.raises(UsageError, match="hold a case block_000"):
        joined([cohort, other])


def _renamed(case):
    return type(case)(**{**vars(case), "case": type(case.case)(**{**vars(case.case), "name": f"new {case.case.name}"})})


def test_a_model_that_went_on_begins_as_the_earlier_one_and_says_whom_that_knew(
    decathlon_folder, tmp_path, repository, capsys
):
    earlier = copy_bundle(repository / "Resources" / "Models" / "hippocampus", tmp_path / "earlier", members=0)
    network = json.loads((earlier / INFERENCE).read_text(encoding="utf-8"))["network_def"]
    change_config(earlier, {"network_def": network | {"channels": [4, 4, 8, 8, 8]}})
    split = {"held_out": ["block_000"], "folds": [["block_001", "somebody"], ["block_003"]]}
    change_config(earlier, {"training_split": split, "learned_from_earlier": ["long ago"]}, METADATA)
    write_random_members(earlier, members=2)
    recipe, narrow, run = tmp_path / "recipe.json", tmp_path / "network.json", tmp_path / "run"
    recipe.write_text(json.dumps({"folds": 2, "optimisation": {"samples": 0}}))
    narrow.write_text(json.dumps(network | {"channels": [4, 4, 8, 8, 8]}))
    command = ["train", "hippocampus", "--data", str(decathlon_folder), "-o", str(run), "--start-from", str(earlier)]

    assert main([*command, "--recipe", str(recipe), "--network", str(narrow), "--folds", "1"]) == 0
    assert main(["models", "export", "--partial", str(run), str(tmp_path / "later")]) == 0

    later = read_metadata(tmp_path / "later")
    assert later["version"] == f"{read_metadata(earlier)['version']}+learned"
    assert split_of(later).held_out == ("block_000",)
    assert set(learned_from(later)) == {*(f"block_{number:03d}" for number in range(1, 10)), "somebody", "long ago"}
    assert (tmp_path / "later" / "docs" / "README.md").read_text(encoding="utf-8").startswith("**These members went on")
    assert "models compare" in capsys.readouterr().out


def test_a_model_may_be_named_and_two_folders_given(decathlon_folder, tmp_path, capsys):
    command = ["train", "localiser", "--data", str(decathlon_folder), "-o", str(tmp_path / "run")]
    with pytest.raises(SystemExit):
        main([*command, str(tmp_path)])
    recipe = tmp_path / "recipe.json"
    recipe.write_text(json.dumps({"optimisation": {"samples": 0}}))
    command = ["train", "hippocampus", "--data", str(decathlon_folder), str(decathlon_folder), "--recipe", str(recipe)]
    assert main([*command, "-o", str(tmp_path / "run"), "--start-from", "hippocampus"]) == 2
    assert "rename one" in capsys.readouterr().err
    assert not (tmp_path / "run").exists()
