"""What network a fold of the 3D model trains."""

import json
from types import SimpleNamespace

import pytest
import torch

from quantseg.tasks.hippocampus.training import volume
from quantseg.training.approach import Fold

_PLAIN = {
    "_target_": "UNet",
    "spatial_dims": 3,
    "in_channels": 1,
    "out_channels": 3,
    "channels": [2, 2],
    "strides": [2],
    "norm": ["INSTANCE", {"affine": True}],
}
_WITH_HEADS = {
    "_target_": "DynUNet",
    "spatial_dims": 3,
    "in_channels": 1,
    "out_channels": 3,
    "kernel_size": [3, 3, 3, 3],
    "strides": [1, 2, 2, 2],
    "upsample_kernel_size": [2, 2, 2],
    "filters": [2, 2, 2, 2],
}


@pytest.fixture
def trained(repository, monkeypatch, tmp_path):
    """From a network's definition and the levels that carry a loss to the network that would be trained."""
    configs = repository / "Resources" / "Models" / "hippocampus" / "configs"
    inference, recipe = (json.loads((configs / f"{name}.json").read_text()) for name in ("inference", "train"))
    built = []
    monkeypatch.setattr(volume, "train_network", lambda _fold, network, *_: built.append(network))
    monkeypatch.setattr(volume, "finish_fold", lambda *_: None)

    def train(definition, levels):
        of_run = recipe | {"optimisation": recipe["optimisation"] | {"deep_supervision_levels": levels}}
        approach = SimpleNamespace(predictor=None)
        device = torch.device("cpu")
        fold = Fold(0, tmp_path, [], [], approach, inference | {"network_def": definition}, of_run, device, print)
        volume.VOLUME_APPROACH.train(fold)
        return built[-1]

    return train


@pytest.mark.parametrize("levels", [0, 1, 2])
def test_a_network_gets_the_heads_at_coarser_levels_that_its_recipe_names(trained, levels):
    network = trained(_WITH_HEADS, levels)
    assert network.deep_supervision is (levels > 0)
    assert not levels or network.deep_supr_num == levels


def test_a_network_that_knows_no_heads_at_coarser_levels_is_trained_without(trained):
    assert type(trained(_PLAIN, 0)).__name__ == "UNet"
