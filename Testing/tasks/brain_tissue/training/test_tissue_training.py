"""The training of the tissue network: what its loss rewards, what a run leaves behind, how it goes on."""

import csv
import json

import pytest
import torch
from made_head_maps import a_head_map, save_head_map

from quantseg.brain.regions import Region, regions_of_channel
from quantseg.cli.main import main
from quantseg.models.bundle import bundle_in
from quantseg.tasks.brain_tissue.learning import TRAINABLE
from quantseg.tasks.brain_tissue.training.fitting import score_network, train_tissue_network
from quantseg.tasks.brain_tissue.training.loss import FractionLoss, summed, sums_of
from quantseg.tasks.brain_tissue.training.starting_point import RECIPE
from quantseg.tasks.brain_tissue.training.synthetic_brains import SyntheticBrain
from quantseg.training import loop

_CHANNELS = [(region,) for region in Region]
_SMALL_BRAINS = {"sizes": [[24], [32], [24]]}


@pytest.fixture
def maps(tmp_path):
    for name in (*RECIPE["test_maps"], "training_seg_99"):
        save_head_map(a_head_map(), tmp_path / "maps" / f"{name}.nii.gz")
    return tmp_path / "maps"


def half_and_half() -> torch.Tensor:
    """Return fractions of 16³ voxels: grey, white, and between them a layer that holds more grey than white."""
    fractions = torch.zeros(1, len(Region), 16, 16, 16)
    fractions[:, Region.LEFT_GREY, :7] = 1.0
    fractions[:, Region.LEFT_GREY, 7:9] = 0.7
    fractions[:, Region.LEFT_WHITE, 7:9] = 0.3
    fractions[:, Region.LEFT_WHITE, 9:] = 1.0
    return fractions


def test_the_loss_is_least_where_a_border_is_as_soft_as_it_is():
    loss, truth = FractionLoss(_CHANNELS), half_and_half()
    scores = (truth + 1e-6).log()
    harder = torch.where(truth == 0.7, 0.95, torch.where(truth == 0.3, 0.05, truth))
    softer = torch.where(truth == 0.7, 0.5, torch.where(truth == 0.3, 0.5, truth))
    best = float(loss(scores, truth))
    for other in (harder, softer):
        assert float(loss((other + 1e-6).log(), truth)) > best + 1e-3
    scores = scores.clone().requires_grad_()
    loss(scores, truth).backward()
    assert float(scores.grad.abs().max()) < 1e-5


def test_a_network_that_tells_tissues_alone_learns_their_sums():
    channels = [regions_of_channel(name) for name in ("background", "fluid", "grey", "white")]
    loss, truth = FractionLoss(channels), summed(half_and_half(), sums_of(_CHANNELS, channels))
    assert torch.allclose(truth.sum(dim=1), torch.ones(1, 16, 16, 16))
    assert float(truth[0, 2, 7, 0, 0]) == pytest.approx(0.7)
    assert float(loss((truth + 1e-6).log(), truth)) < float(loss((truth.flip(1) + 1e-6).log(), truth))


def test_scores_of_a_network_that_answers_rightly_are_perfect():
    truth = half_and_half()

    class Knowing(torch.nn.Module):
        def forward(self, _image):
            return (truth + 1e-9).log()

    brain = SyntheticBrain(torch.rand(16, 16, 16), truth[0].movedim(0, -1))
    scores = score_network(Knowing(), [brain], lambda image: image, torch.device("cpu"), _CHANNELS)
    assert scores["dice_grey"] == scores["dice_white"] == scores["dice_intracranial"] == pytest.approx(1.0)
    assert scores["volume_error_percent_grey"] == pytest.approx(0.0, abs=1e-3)


def test_ten_steps_by_the_command_leave_weights_curves_and_what_was_kept_from_training(maps, tmp_path, monkeypatch):
    monkeypatch.setattr(loop, "_LOG_EVERY_STEPS", 5)
    recipe = {"optimisation": {"samples": 10}, "validation_brains": 1, "brains": _SMALL_BRAINS}
    (tmp_path / "recipe.json").write_text(json.dumps(recipe), encoding="utf-8")
    run = tmp_path / "run"
    command = ["train", "brain-tissue", "--data", str(maps), "-o", str(run), "--recipe", str(tmp_path / "recipe.json")]
    assert main(command) == 0
    told = json.loads((run / "command.json").read_text(encoding="utf-8"))
    assert told["approach"] == TRAINABLE[0].name
    assert told["recipe"]["test_maps"] == RECIPE["test_maps"]
    assert told["recipe"]["seed"] == RECIPE["seed"]
    assert told["inference"]["spacing_mm"] == [told["recipe"]["brains"]["spacing_mm"]] * 3
    validation = json.loads((run / "validation.json").read_text(encoding="utf-8"))
    assert validation["maps"] == ["training_seg_99"]
    assert set(validation) > {"dice_fluid", "dice_grey", "dice_white", "dice_intracranial", "dice_channels"}
    losses = [float(row["value"]) for row in csv.DictReader((run / "curves.csv").open()) if row["name"] == "loss"]
    assert len(losses) == 2
    assert losses[1] < losses[0]
    assert (run / "weights.safetensors").stat().st_size < 1_700_000
    assert main(["models", "export", str(run), str(tmp_path / "brain-tissue")]) == 0
    bundle = bundle_in(tmp_path / "brain-tissue")
    assert (bundle.licence, bundle.has_graph) == ("Apache-2.0", True)
    assert bundle.metadata["training_split"]["test_maps"] == RECIPE["test_maps"]
    assert "pred" in bundle.inference["postprocessing"]["transforms"][0]["keys"]


def test_an_interrupted_training_ends_with_the_weights_of_an_uninterrupted_one(maps, tmp_path, monkeypatch):
    monkeypatch.setattr(loop, "_CHECKPOINT_EVERY_STEPS", 2)
    monkeypatch.setattr(loop, "_LOG_EVERY_STEPS", 3)
    inference, recipe = TRAINABLE[0].configurations()
    inference["network_def"] |= {"filters": [4, 4, 4, 4]}
    recipe["optimisation"] |= {"samples": 4}
    recipe |= {"validation_brains": 1, "brains": recipe["brains"] | _SMALL_BRAINS}

    def train(run, report=str):
        train_tissue_network(maps, tmp_path / run, inference, recipe, torch.device("cpu"), report)
        return (tmp_path / run / "weights.safetensors").read_bytes()

    def interrupt(line):
        if line.startswith("step 3/"):
            raise KeyboardInterrupt

    whole = train("whole")
    with pytest.raises(KeyboardInterrupt):
        train("interrupted", interrupt)
    assert torch.load(tmp_path / "interrupted" / "checkpoint.pt", weights_only=True)["step"] == 2
    assert train("interrupted") == whole
