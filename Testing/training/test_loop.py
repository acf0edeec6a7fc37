"""Training of one member: schedule, weight average, and going on after an interruption."""

import copy
import csv
import itertools
import re
import shutil
from types import SimpleNamespace

import pytest
import torch

from quantseg.training.fields import largest_part
from quantseg.training.loop import Curves, learning_rate_factor, train_member
from quantseg.training.normalisation import with_grouped_normalisation
from quantseg.training.recipe import Optimisation
from quantseg.training.shuffle import Shuffle

_CPU = torch.device("cpu")


def _optimisation(steps=400, batch_size=2):
    return Optimisation(
        samples=steps * batch_size,
        batch_size=batch_size,
        learning_rate=0.01,
        weight_decay=0.0,
        warmup_fraction=0.1,
        gradient_clip_norm=5.0,
        weight_average_decay=0.9,
        deep_supervision_levels=0,
    )


def _shuffle():
    return Shuffle(torch.Generator().manual_seed(5))


def _network():
    torch.manual_seed(3)
    return torch.nn.Conv3d(1, 1, 3, padding=1)


def _batches(shuffle, interrupted_after=None):
    """Blurring as a task: one convolution can learn it. Seven images are drawn in turn, with noise of their own."""
    kernel = torch.full((1, 1, 3, 3, 3), 1 / 27)
    cases = torch.randn(7, 1, 6, 6, 6, generator=torch.Generator().manual_seed(1))
    drawn = 0
    while True:
        if drawn == interrupted_after:
            raise KeyboardInterrupt
        images = cases[[shuffle.draw(len(cases)) for _ in range(2)]]
        images = images + torch.randn(images.shape, generator=shuffle.generator)
        yield images, torch.nn.functional.conv3d(images, kernel, padding=1)
        drawn += 1


def _train(folder, interrupted_after=None, steps=400, reported=None):
    shuffle = _shuffle()
    return train_member(
        _network(),
        _batches(shuffle, interrupted_after),
        lambda output, target: ((output - target) ** 2).mean(),
        _optimisation(steps),
        folder,
        shuffle,
        _CPU,
        lambda network: {"score": float(next(network.parameters()).detach().mean())},
        (lambda _: None) if reported is None else reported.append,
    )


def _rows(folder):
    with (folder / "curves.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def test_learning_rate_warms_up_linearly_then_falls_to_zero():
    optimisation = _optimisation(steps=1000)
    factors = [learning_rate_factor(step, optimisation) for step in range(1001)]
    assert factors[0] == pytest.approx(0.01)
    assert factors[49] == pytest.approx(0.5)
    assert max(factors) == pytest.approx(1)
    assert factors.index(max(factors)) in (99, 100)
    assert factors[550] == pytest.approx(0.5, abs=0.01)
    assert factors[1000] == pytest.approx(0, abs=1e-9)
    assert all(later <= earlier for earlier, later in itertools.pairwise(factors[100:]))


def test_learning_rate_stays_at_zero_beyond_the_end():
    assert learning_rate_factor(5000, _optimisation(steps=1000)) == 0


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """An uninterrupted run: its folder, what it returned and reported."""
    return _run(tmp_path_factory.mktemp("whole"))


@pytest.fixture(scope="module")
def interrupted(tmp_path_factory):
    """The folder of a run that was interrupted after 390 of 400 steps; read only."""
    folder = tmp_path_factory.mktemp("interrupted")
    with pytest.raises(KeyboardInterrupt):
        _train(folder, interrupted_after=390)
    return folder


@pytest.fixture(scope="module")
def resumed(interrupted, tmp_path_factory):
    """That run, gone on with to its end."""
    return _run(shutil.copytree(interrupted, tmp_path_factory.mktemp("resumed"), dirs_exist_ok=True))


def _run(folder):
    reported = []
    return SimpleNamespace(folder=folder, network=_train(folder, reported=reported), reported=reported)


@pytest.mark.slow
def test_training_lowers_the_loss_and_logs_it(whole):
    losses = [float(row["value"]) for row in _rows(whole.folder) if row["name"] == "loss"]
    assert len(losses) == 8
    assert losses[-1] < 0.1 * losses[0]
    assert any(row["name"] == "score" for row in _rows(whole.folder))
    assert whole.reported[-1].startswith("step 400/400")


@pytest.mark.slow
def test_an_interrupted_run_goes_on_at_its_checkpoint(interrupted, resumed):
    assert torch.load(interrupted / "checkpoint.pt", weights_only=True)["step"] == 250
    assert resumed.reported[0] == "step 250/400: drawing images"
    assert [line.split()[1] for line in resumed.reported[1:3]] == ["252/400,", "300/400"]


@pytest.mark.slow
def test_an_interrupted_run_ends_with_the_weights_of_an_uninterrupted_one(whole, interrupted, resumed):
    assert torch.load(interrupted / "checkpoint.pt", weights_only=True)["waiting"]
    for expected, found in zip(whole.network.parameters(), resumed.network.parameters(), strict=True):
        assert torch.equal(expected, found)


@pytest.mark.slow
def test_curves_have_each_row_once_after_an_interruption(interrupted, resumed):
    assert _rows(interrupted)[-1]["step"] == "350"
    keys = [(int(row["step"]), row["name"]) for row in _rows(resumed.folder)]
    assert len(keys) == len(set(keys))
    assert [step for step, name in keys if name == "loss"] == list(range(50, 401, 50))


def test_a_checkpoint_from_before_the_order_of_cases_was_kept_is_gone_on_from(whole, interrupted, tmp_path):
    shutil.copytree(interrupted, tmp_path, dirs_exist_ok=True)
    old = torch.load(tmp_path / "checkpoint.pt", weights_only=True)
    kept = ("step", "generator", "network", "average", "optimiser", "schedule")
    torch.save({name: old[name] for name in kept}, tmp_path / "checkpoint.pt")
    resumed = _run(tmp_path)
    assert resumed.reported[0] == "step 250/400: drawing images"
    assert [line.split()[1] for line in resumed.reported[1:3]] == ["252/400,", "300/400"]
    assert torch.allclose(resumed.network.weight, whole.network.weight, atol=0.01)
    assert not torch.equal(resumed.network.weight, whole.network.weight)


def test_a_fresh_run_drops_the_curves_of_an_older_one(tmp_path):
    Curves(tmp_path / "curves.csv", 0).add(50, {"loss": 1.0})
    Curves(tmp_path / "curves.csv", 0)
    assert _rows(tmp_path) == []


def test_the_average_of_the_weights_is_what_is_returned(tmp_path):
    """With a learning rate that has fallen to zero the average has caught up, but is no copy of the last step."""
    network = _network()
    before = network.weight.detach().clone()
    shuffle = _shuffle()
    averaged = train_member(
        network,
        _batches(shuffle),
        lambda output, target: ((output - target) ** 2).mean(),
        _optimisation(steps=20),
        tmp_path,
        shuffle,
        _CPU,
        lambda _: {},
        lambda _: None,
    )
    assert not torch.equal(averaged.weight, network.weight)
    assert (averaged.weight - before).abs().sum() < (network.weight - before).abs().sum()


def test_progress_is_told_from_the_first_step_on_and_at_least_every_half_minute(tmp_path, monkeypatch):
    reported, drawn, clock = [], [], itertools.count(step=11.0)
    monkeypatch.setattr("quantseg.training.loop.time.perf_counter", lambda: next(clock))

    def batches():
        for batch in _batches(_shuffle()):
            drawn.append(list(reported))
            yield batch

    network, loss = _network(), lambda output, target: ((output - target) ** 2).mean()
    train_member(network, batches(), loss, _optimisation(20), tmp_path, _shuffle(), _CPU, lambda _: {}, reported.append)
    assert drawn[0] == ["step 0/20: drawing images"]
    # The clock ticks by 11 s each time it is looked at; two samples a step.
    assert re.match(r"step 2/20, 0\.\d samples a second, 0:\d\d:\d\d h left, loss of this step 0\.", reported[1])
    steps = [int(line.split()[1].split("/")[0]) for line in reported]
    assert 3 < len(steps) < 20
    assert steps == sorted(set(steps))


def test_the_fast_normalisation_is_instance_normalisation():
    torch.manual_seed(0)
    norm, values = torch.nn.InstanceNorm2d(5, affine=True), torch.randn(2, 5, 12, 9)
    slow = torch.nn.Sequential(norm)
    torch.nn.init.normal_(norm.weight)
    torch.nn.init.normal_(norm.bias)
    fast = with_grouped_normalisation(copy.deepcopy(slow))
    assert isinstance(fast[0], torch.nn.GroupNorm)
    assert fast.state_dict().keys() == slow.state_dict().keys()
    grown = []
    for network in (slow, fast):
        network.zero_grad()
        output = network(values)
        (output**3).sum().backward()
        grown.append([output.detach(), network[0].weight.grad, network[0].bias.grad])
    for expected, found in zip(*grown, strict=True):
        assert torch.allclose(expected, found, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("parts", [[0.2, 0.3], [0.3, 0.2], [0.6, 0.4], [0.1, 0.7], [0.0, 0.0]])
def test_the_largest_part_is_what_covers_most(parts):
    masks = torch.tensor(parts)[:, None, None]
    assert largest_part(masks) == int(torch.tensor([1 - sum(parts), *parts]).argmax())
