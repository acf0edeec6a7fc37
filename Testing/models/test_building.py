import json

import pytest
from bundles import network_names

from quantseg.errors import ModelError
from quantseg.models.building import build
from quantseg.models.bundle import INFERENCE


@pytest.mark.slow
def test_network_and_intensity_of_the_shipped_models_can_be_built(repository):
    models = network_names()
    assert models
    for path in (repository / "Resources" / "Models" / name / INFERENCE for name in models):
        config = json.loads(path.read_text(encoding="utf-8"))

        assert type(build(config["network_def"])).__name__ == config["network_def"]["_target_"]
        assert callable(build(config["intensity"]))


def test_plain_values_pass_through():
    assert build({"sizes": [1, 2.5, None, True], "name": "text"}) == {"sizes": [1, 2.5, None, True], "name": "text"}


@pytest.mark.parametrize(
    "config",
    [
        {"_target_": "os.system", "command": "true"},
        {"_target_": "Compose", "transforms": [{"_target_": "builtins.eval"}]},
        {"_target_": "Compose", "transforms": ["$print()"]},
        {"_target_": "Compose", "transforms": "@elsewhere"},
        {"_target_": "NormalizeIntensityd", "keys": "image", "_mode_": "debug"},
        {"_target_": "NormalizeIntensityd", "keys": "image", "wrong": 1},
        {"_target_": ["Compose"]},
    ],
)
def test_what_is_not_on_the_list_is_refused(config):
    with pytest.raises(ModelError):
        build(config)
