"""ACDC and Sunnybrook in one training: who is set aside, what counts as unknown, and what the loss makes of that."""

import json

import numpy as np
import pytest
import torch
from made_hearts import TINY_NETWORK, heart_labels, write_acdc, write_sunnybrook

from quantseg.cli.main import main
from quantseg.tasks.heart.training.acdc import load_acdc
from quantseg.tasks.heart.training.approaches import undrawn_sets
from quantseg.tasks.heart.training.loss import PresenceLoss, heart_loss
from quantseg.tasks.heart.training.recipe import TWO_SOURCES_INFERENCE, TWO_SOURCES_RECIPE
from quantseg.tasks.heart.training.samples import training_stack
from quantseg.tasks.heart.training.sunnybrook import UNDRAWN, USUAL_TURN
from quantseg.tasks.heart.training.two_sources import BESIDE, load_two_sources, two_source_dice
from quantseg.training.cohort import divide

_BESIDE_CLASS = 5
_UNDRAWN = TWO_SOURCES_RECIPE["undrawn_classes"]


@pytest.fixture
def data(tmp_path):
    write_acdc(tmp_path / "data" / "ACDC")
    write_sunnybrook(tmp_path / "data" / "Sunnybrook_LV")
    return tmp_path / "data"


def test_patients_of_the_first_source_are_set_aside_as_if_it_were_alone(data, tmp_path):
    recipe = {"folds": 2, "seed": 1}
    alone = divide(load_acdc(data / "ACDC"), recipe | {"held_out_cases": 2}, tmp_path / "alone")
    counts = {"ACDC": 2, "Sunnybrook_LV": 1}
    both = divide(load_two_sources(data), recipe | {"held_out_cases": counts}, tmp_path / "both")
    acdc = [tuple(p for p in part if p.startswith("patient")) for part in (both.held_out, *both.folds)]
    assert acdc == [alone.held_out, *alone.folds]
    others = [p for part in (both.held_out, *both.folds) for p in part if p.startswith("SC-")]
    assert sorted(others) == [f"SC-HF-I-0{n}" for n in (1, 2, 3, 4)]
    assert sum(p.startswith("SC-") for p in both.held_out) == 1


def test_what_sunnybrook_does_not_outline_is_unknown_and_never_background(data):
    """The drawn heart's right ventricle, 18 mm beside the left one, which its files do not name."""
    right = np.hypot(*np.meshgrid(np.arange(96) - 45 + 13, np.arange(96) - 50, indexing="ij")) < 8
    for case, unknown in zip(load_two_sources(data)["SC-HF-I-01"], (BESIDE, UNDRAWN), strict=True):
        labels = case.labels[..., 1]
        assert set(np.unique(labels[right & (labels != 2) & (labels != 3)])) == {unknown}
        around = np.hypot(*np.meshgrid(np.arange(96) - 45, np.arange(96) - 50, indexing="ij")) < 12
        assert set(np.unique(labels[around])) == ({2, 3} if unknown == BESIDE else {3, UNDRAWN})


def test_where_no_right_ventricle_can_be_sunnybrook_shows_background(data):
    for case in load_two_sources(data)["SC-HF-I-01"]:
        assert set(np.unique(case.labels[85:, 40:60])) == {0}


def test_a_heart_whose_right_ventricle_was_not_drawn_is_turned_as_usual_there(data):
    case = load_two_sources(data)["SC-HF-I-01"][0]
    stack = training_stack(case, [0, 1, 2, 3], TWO_SOURCES_INFERENCE, (UNDRAWN, BESIDE), usual_turn=USUAL_TURN).fine
    assert stack.turn == USUAL_TURN
    left = torch.nonzero(stack.labels[0] == 3).float().mean(0)
    towards_right = (stack.centre - left) @ torch.tensor([np.cos(USUAL_TURN), np.sin(USUAL_TURN)], dtype=torch.float32)
    assert float(towards_right) * stack.pixel_mm == pytest.approx(-18, abs=2)
    assert set(stack.labels.unique().tolist()) == {0, 2, 3, _BESIDE_CLASS}


def test_each_source_is_scored_on_what_it_outlines():
    truth = heart_labels(empty_slices=())
    scores = two_source_dice(truth, truth)
    assert [scores[name] for name in ("RV cavity", "LV myocardium", "LV cavity")] == [1, 1, 1]
    assert np.isnan(scores["Sunnybrook cavity"])
    other = np.where(np.isin(truth, (2, 3)), truth, BESIDE)
    other[..., 0] = np.where(truth[..., 0] == 3, 3, UNDRAWN)
    scores = two_source_dice(truth, other)
    assert [scores[f"Sunnybrook {name}"] for name in ("cavity", "epicardium", "myocardium")] == [1, 1, 1]
    assert np.isnan(scores["RV cavity"])


def _target(change):
    truth = torch.from_numpy(heart_labels(empty_slices=())).permute(2, 0, 1)[:, None].long()
    return truth, change(truth.clone())


def _beside(truth):
    return torch.where(truth < 2, _BESIDE_CLASS, truth)


def _cavity_alone(truth):
    return torch.where(truth < 3, 4, truth)


def _scores(labels):
    return 12.0 * torch.nn.functional.one_hot(labels[:, 0], 4).permute(0, 3, 1, 2).float()


@pytest.mark.parametrize("change", [_beside, _cavity_alone])
@pytest.mark.parametrize("right_ventricle", [0, 1])
def test_a_right_ventricle_that_was_not_drawn_may_be_there_or_not(change, right_ventricle):
    truth, target = _target(change)
    answer = torch.where(truth == 1, right_ventricle, truth)
    assert heart_loss(4, _UNDRAWN)(_scores(answer), target) < 0.02


@pytest.mark.parametrize(
    ("change", "wrong"),
    [(_beside, lambda t: torch.where(t == 1, 2, t)), (_cavity_alone, lambda t: torch.where(t == 1, 3, t))],
)
def test_what_was_not_drawn_can_still_be_wrong(change, wrong):
    """Muscle outside a drawn epicardium; left cavity outside a drawn one."""
    truth, target = _target(change)
    assert heart_loss(4, _UNDRAWN)(_scores(wrong(truth)), target) > 0.2


@pytest.mark.parametrize(
    ("target_of", "answer_of", "right"),
    [
        (lambda t: t * 0, lambda t: t * 0, True),
        (lambda t: t * 0, lambda t: t, False),
        (lambda t: t, lambda t: t, True),
        (lambda t: t, lambda t: t * 0, False),
        # Of Sunnybrook's slices none says that the right ventricle is not there.
        (_beside, lambda t: t, True),
        (_beside, lambda t: torch.where(t == 1, 0, t), True),
    ],
)
def test_presence_asks_whether_a_slice_shows_a_structure_where_that_is_known(target_of, answer_of, right):
    truth, target = _target(target_of)
    presence = PresenceLoss(**TWO_SOURCES_RECIPE["presence"] | {"weight": 100.0})
    scores = _scores(answer_of(truth))
    plain, asked = heart_loss(4, _UNDRAWN)(scores, target), heart_loss(4, _UNDRAWN, presence)(scores, target)
    assert (float(asked - plain) < 0.1) == right


@pytest.mark.parametrize(("recipe", "sets"), [([], []), ([0, 1], [[0, 1]]), ([[0, 1, 2], [0, 1]], [[0, 1, 2], [0, 1]])])
def test_recipes_of_one_set_read_as_they_did(recipe, sets):
    assert undrawn_sets(recipe) == sets


@pytest.mark.slow
def test_one_network_is_trained_on_both_and_scored_on_each(data, tmp_path):
    quick = {"held_out_cases": {"ACDC": 2, "Sunnybrook_LV": 0}, "folds": 2}
    quick["optimisation"] = {"samples": 8, "batch_size": 4}
    (tmp_path / "recipe.json").write_text(json.dumps(quick))
    (tmp_path / "network.json").write_text(json.dumps(TWO_SOURCES_INFERENCE["network_def"] | TINY_NETWORK))
    command = ["train", "heart", "--model", "two-sources", "--data", str(data), "-o", str(tmp_path / "run")]
    command += ["--threads", "1", "--folds", "0", "--recipe", str(tmp_path / "recipe.json")]
    assert main([*command, "--network", str(tmp_path / "network.json")]) == 0
    scores = json.loads((tmp_path / "run" / "fold_0" / "validation.json").read_text())
    assert {"dice_rv_cavity", "dice_sunnybrook_cavity", "rv_ef_absolute_error"} <= set(scores)
    assert {"lv_ef_absolute_error", "sunnybrook_lv_ef_absolute_error"} <= set(scores)
    begun = json.loads((tmp_path / "run" / "command.json").read_text())
    assert begun["recipe"]["scanner"]["shading_factor"] == 10
    assert begun["inference"]["flatten_shading"] is True
    written = {path.parent.name for path in (tmp_path / "run" / "fold_0" / "predictions").rglob("*.nii.gz")}
    assert {name[:2] for name in written} == {"pa", "SC"}
