"""A network that says a value of a volume: it learns, is judged on whom it has not seen, and is trained once."""

import numpy as np
import pytest
import torch

from quantseg.brain.volume_networks import values_of_brains
from quantseg.errors import ModelError
from quantseg.inference.device import Backend, Precision, choose_device
from quantseg.inference.ensemble import PlainNetworks
from quantseg.inference.torch_network import TorchNetwork
from quantseg.models.building import build
from quantseg.models.resnext import fold_normalisation
from quantseg.training.volume_network import (
    Brains,
    laplace_loss,
    logistic_loss,
    network_folder,
    said_of_unseen,
    settle,
)

_NETWORK = {
    "_target_": "VolumeResNeXt",
    "spatial_dims": 3,
    "in_channels": 2,
    "out_channels": 2,
    "widths": [8, 16, 16],
    "cardinality": 4,
    "dropout": 0.0,
}
_RECIPE = {
    "optimisation": {
        "samples": 480,
        "batch_size": 8,
        "learning_rate": 0.02,
        "weight_decay": 0.01,
        "warmup_fraction": 0.1,
        "gradient_clip_norm": 2.0,
        "weight_average_decay": 0.9,
        "deep_supervision_levels": 0,
    },
    "variation": {
        "mirror_probability": 0.5,
        "affine_probability": 0.3,
        "affine_sd": 0.02,
        "shift_voxels": 1,
        "coarse_probability": 0.1,
        "coarsest_factor": 1.5,
        "gamma_probability": 0.1,
        "gamma_log_sd": 0.1,
        "noise_probability": 0.3,
        "noise_sd": 0.1,
        "mixed_probability": 0.2,
    },
}


def balls(people, values):
    """Volumes with a ball whose size in the first channel is the value; the second channel is noise."""
    draw = np.random.default_rng(0)
    distance = np.linalg.norm(np.stack(np.meshgrid(*[np.arange(16) - 7.5] * 3, indexing="ij")), axis=0)
    first = np.stack([255 * (distance < 4 + 3 * value) for value in values])
    second = draw.integers(0, 255, (people, 16, 16, 16))
    return np.stack([first, second], axis=1).astype(np.uint8)


def test_networks_learn_and_each_person_is_judged_by_one_that_has_not_seen_him(tmp_path):
    values = np.random.default_rng(1).uniform(-1, 1, 60).astype(np.float32)
    brains, folds = Brains(balls(60, values), values), np.arange(60) % 2
    may_see, lines = np.arange(60) < 50, []

    def judge(said, places):
        assert set(places) <= set(range(50))
        return {"error": float(np.abs(said[:, 0] - values[places]).mean())}

    def train():
        return said_of_unseen(
            brains,
            folds,
            may_see,
            _NETWORK,
            _RECIPE,
            laplace_loss,
            judge,
            tmp_path,
            7,
            torch.device("cpu"),
            lines.append,
        )

    said = train()
    assert np.corrcoef(said[:, 0], values)[0, 1] > 0.8
    weights = (network_folder(tmp_path, 1) / "weights.safetensors").read_bytes()
    lines.clear()
    # A run that was interrupted goes on: finished networks are taken as they are.
    assert np.array_equal(train(), said)
    assert not any("step" in line for line in lines)
    assert (network_folder(tmp_path, 1) / "weights.safetensors").read_bytes() == weights


def normalised_network():
    torch.manual_seed(0)
    return build({**_NETWORK, "normalised": True})


def values_of(network, volumes):
    device = choose_device("cpu", Precision.FLOAT32, Backend.TORCH)
    return values_of_brains(PlainNetworks([TorchNetwork(network, yields_probabilities=False)], device), volumes)


def test_batch_statistics_are_those_of_plain_volumes():
    network, volumes = normalised_network(), balls(16, np.linspace(-1, 1, 16))
    shown = torch.from_numpy(volumes).float() / 255
    with torch.no_grad():
        # In training a batch is normalised by its own statistics, which here are those of all volumes.
        in_training = network(shown)
        settle(network, volumes, torch.device("cpu"))
        assert not network.training
        assert network(shown).numpy() == pytest.approx(in_training.numpy(), abs=0.02)


def test_a_folded_network_says_the_same_and_fits_the_plain_definition():
    network, volumes = normalised_network(), balls(8, np.linspace(-1, 1, 8))
    settle(network, volumes, torch.device("cpu"))
    before = values_of(network, volumes)
    fold_normalisation(network)
    assert values_of(network, volumes) == pytest.approx(before, abs=1e-4)
    assert network.state_dict().keys() == build(_NETWORK).state_dict().keys()


def test_a_mirrored_brain_comes_to_the_same():
    volumes = np.random.default_rng(2).integers(0, 255, (2, 2, 16, 16, 16)).astype(np.uint8)
    network = build(_NETWORK).eval()
    assert values_of(network, volumes[:, :, ::-1]) == pytest.approx(values_of(network, volumes), abs=1e-5)


def test_cardinality_divides_the_middle_convolution():
    def parameters(cardinality):
        return sum(one.numel() for one in build({**_NETWORK, "cardinality": cardinality}).parameters())

    # 3x3x3 convolutions of 8 to 8 channels in two stages: in four groups a fourth of the weights, in eight an eighth.
    assert parameters(4) - parameters(8) == 2 * 27 * 8 * (2 - 1)
    with pytest.raises(ModelError, match="multiple of 24"):
        build({**_NETWORK, "cardinality": 12})


def test_losses_are_least_where_they_should_be():
    target = torch.tensor([0.0, 1.0])
    near, far = torch.tensor([[0.0, -1.0], [1.0, -1.0]]), torch.tensor([[0.5, -1.0], [0.5, -1.0]])
    assert laplace_loss(near, target) < laplace_loss(far, target)
    assert logistic_loss(torch.tensor([[-3.0], [3.0]]), target) < logistic_loss(torch.tensor([[3.0], [-3.0]]), target)
