"""Training may go on from the weights of a finished model."""

import json

import pytest
import torch
from bundles import change_config, copy_bundle, write_random_members
from monai.networks.nets import DynUNet
from safetensors.torch import load_file

from quantseg.cli.main import main
from quantseg.errors import UsageError
from quantseg.models.bundle import INFERENCE
from quantseg.training.export import export_bundle
from quantseg.training.starting import averaged_with_start, go_on_from
from quantseg.training.weights_file import save_weights

_NO_STEP = {"held_out_cases": 2, "folds": 2, "optimisation": {"samples": 0}}


def a_network(filters=(4, 8), deep_supervision=False, in_channels=1, out_channels=2):
    return DynUNet(
        spatial_dims=2,
        in_channels=in_channels,
        out_channels=out_channels,
        kernel_size=[3, 3, 3],
        strides=[1, 2, 2],
        upsample_kernel_size=[2, 2],
        filters=[*filters, 16],
        deep_supervision=deep_supervision,
    )


@pytest.fixture
def a_bundle_folder(tmp_path):
    (tmp_path / "models").mkdir()
    torch.manual_seed(1)
    save_weights(a_network(), tmp_path / "models" / "member_3.safetensors")
    return tmp_path


def test_without_a_bundle_weights_stay_random():
    network = a_network()
    before = {name: tensor.clone() for name, tensor in network.state_dict().items()}

    go_on_from(network, None, 0)

    assert all(torch.equal(tensor, before[name]) for name, tensor in network.state_dict().items())


def test_training_network_gives_what_the_members_network_gave(a_bundle_folder):
    image = torch.randn(1, 1, 16, 16)
    torch.manual_seed(1)
    member = a_network().eval()

    started = go_on_from(a_network(deep_supervision=True), str(a_bundle_folder), 3).eval()

    with torch.inference_mode():
        assert torch.allclose(started(image), member(image), atol=2e-2)
    assert next(started.parameters()).dtype == torch.float32


def test_a_channel_that_the_member_did_not_have_is_not_looked_at_first(a_bundle_folder):
    image = torch.randn(1, 2, 16, 16)
    torch.manual_seed(1)
    member = a_network().eval()

    started = go_on_from(a_network(in_channels=2), str(a_bundle_folder), 3).eval()

    with torch.inference_mode():
        assert torch.allclose(started(image), member(image[:, :1]), atol=2e-2)


def test_a_network_that_tells_other_classes_starts_from_all_but_the_layer_that_tells_them(a_bundle_folder):
    torch.manual_seed(1)
    member, other = a_network().state_dict(), a_network(out_channels=5)
    random = {name: values.clone() for name, values in other.state_dict().items()}

    started = go_on_from(other, str(a_bundle_folder), 3, other_classes=True).state_dict()

    anew = [name for name in started if started[name].shape != member[name].shape]
    assert len(anew) == 2
    for name, values in started.items():
        assert torch.allclose(values, random[name] if name in anew else member[name], atol=1e-3)
    with pytest.raises(UsageError, match="does not fit"):
        go_on_from(a_network(out_channels=5), str(a_bundle_folder), 3)
    with pytest.raises(UsageError, match="does not fit"):
        go_on_from(a_network(filters=(4, 12), out_channels=5), str(a_bundle_folder), 3, other_classes=True)


def test_finished_weights_hold_the_share_of_the_first_ones():
    network, start = a_network(), a_network().state_dict()
    trained = {name: tensor.clone() for name, tensor in network.state_dict().items()}

    mixed = averaged_with_start(network, start, 0.25).state_dict()

    for name, tensor in mixed.items():
        assert torch.allclose(tensor, 0.25 * start[name] + 0.75 * trained[name], atol=1e-6)
    assert any(not torch.equal(mixed[name], trained[name]) for name in trained)


def test_a_member_that_the_bundle_lacks_is_named(a_bundle_folder):
    with pytest.raises(UsageError, match=r"member_0\.safetensors is missing"):
        go_on_from(a_network(), str(a_bundle_folder), 0)


def test_weights_of_another_architecture_are_refused(a_bundle_folder):
    with pytest.raises(UsageError, match="does not fit"):
        go_on_from(a_network(filters=(4, 12)), str(a_bundle_folder), 3)


def test_damaged_weights_are_refused(a_bundle_folder):
    path = a_bundle_folder / "models" / "member_3.safetensors"
    path.write_bytes(path.read_bytes()[:200])

    with pytest.raises(UsageError, match="does not fit"):
        go_on_from(a_network(), str(a_bundle_folder), 3)


def test_where_a_run_started_is_its_command_and_no_part_of_the_recipe_that_is_exported(
    decathlon_folder, tmp_path, repository
):
    bundle = copy_bundle(repository / "Resources" / "Models" / "hippocampus", tmp_path / "hippocampus", members=0)
    shipped = json.loads((bundle / INFERENCE).read_text(encoding="utf-8"))["network_def"]
    network = shipped | {"channels": [4, 4, 8, 8, 8]}
    change_config(bundle, {"network_def": network})
    write_random_members(bundle, members=1)
    started_with = load_file(bundle / "models" / "member_0.safetensors")
    (tmp_path / "network.json").write_text(json.dumps(network))
    (tmp_path / "recipe.json").write_text(json.dumps(_NO_STEP))
    run = tmp_path / "run"
    command = ["train", "hippocampus", "--data", str(decathlon_folder), "-o", str(run), "--folds", "0"]
    command += ["--recipe", str(tmp_path / "recipe.json"), "--network", str(tmp_path / "network.json")]

    assert main([*command, "--start-from", str(bundle)]) == 0
    export_bundle(run, bundle, partial=True)

    assert json.loads((run / "command.json").read_text())["start_from"] == str(bundle)
    exported = load_file(bundle / "models" / "member_0.safetensors")
    assert all(torch.equal(tensor, started_with[name]) for name, tensor in exported.items())
    recipe = json.loads((bundle / "configs" / "train.json").read_text(encoding="utf-8"))
    assert recipe["optimisation"]["samples"] == 0
    assert "start_from" not in recipe


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        (["--recipe", "nowhere.json"], "nowhere.json cannot be read as JSON"),
        (["--network", "list.json"], "list.json holds no JSON object"),
        (["--device", "banana"], "Device 'banana' is unknown"),
        (["--threads", "-1"], "--threads -1 leaves nothing to compute on"),
    ],
)
def test_wrong_options_are_said_before_a_run_folder_is_made(
    decathlon_folder, tmp_path, monkeypatch, capsys, wrong, sentence
):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "list.json").write_text("[]")
    assert main(["train", "hippocampus", "--data", str(decathlon_folder), "-o", "run", *wrong]) == 2
    assert sentence in capsys.readouterr().err
    assert not (tmp_path / "run").exists()
