"""What a hostile or broken bundle meets: a sentence, and nothing of it runs."""

import json
import pickle
import struct

import pytest
import torch
from bundles import change_config

from quantseg.errors import ModelError
from quantseg.models.bundle import METADATA, load_network, open_bundle
from quantseg.models.trust import hash_bundle

_CPU = torch.device("cpu")


@pytest.fixture
def sentinel(tmp_path):
    """A file that appears only if something from a bundle was executed."""
    return tmp_path / "executed"


def _open_as_if_trusted(folder):
    return open_bundle(folder, hash_bundle(folder))


def _hostile_configs(sentinel):
    expression = f"$__import__('pathlib').Path({str(sentinel)!r}).touch()"
    touch = {"_target_": "pathlib.Path.touch", "self": {"_target_": "pathlib.Path", "_": str(sentinel)}}
    return {
        "expression in the network": {"network_def": {"_target_": "DynUNet", "spatial_dims": expression}},
        "expression in a key that only MONAI reads": {"initialize": [expression]},
        "expression deep in a list": {"labels": {"a": [[{"b": expression}]]}},
        "expression as a key": {"labels": {expression: 1}},
        "imports": {"imports": ["import os"]},
        "macro that pulls in another file": {"labels": "%/tmp/other.json#key"},
        "unknown target in the network": {"network_def": touch},
        "unknown target in the runner's part": {"run": [touch]},
        "target that only the runner may use, in the network": {"network_def": {"_target_": "LoadImaged"}},
        "target that is an expression": {"run": [{"_target_": "$@evaluator.run"}]},
        "debugger": {"inferer": {"_target_": "SimpleInferer", "_mode_": "debug"}},
    }


@pytest.mark.parametrize("kind", _hostile_configs(""))
def test_hostile_configuration_is_refused_and_nothing_runs(a_bundle_folder, sentinel, kind):
    change_config(a_bundle_folder, _hostile_configs(sentinel)[kind])

    with pytest.raises(ModelError):
        _open_as_if_trusted(a_bundle_folder)
    assert not sentinel.exists()


def test_hostile_metadata_are_refused_as_monai_would_evaluate_them_too(a_bundle_folder, sentinel):
    change_config(a_bundle_folder, {"version": f"$open({str(sentinel)!r}, 'w')"}, METADATA)

    with pytest.raises(ModelError, match="could run code"):
        _open_as_if_trusted(a_bundle_folder)
    assert not sentinel.exists()


class _Bomb:
    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return open, (str(self.path), "w")


@pytest.mark.parametrize("writer", ["pickle", "torch"])
def test_pickle_named_safetensors_is_refused_and_nothing_runs(a_bundle_folder, sentinel, writer):
    weights = a_bundle_folder / "models" / "member_0.safetensors"
    if writer == "pickle":
        weights.write_bytes(pickle.dumps(_Bomb(sentinel)))
    else:
        torch.save({"weight": _Bomb(sentinel)}, weights)

    with pytest.raises(ModelError, match="not a whole safetensors file"):
        load_network(_open_as_if_trusted(a_bundle_folder), "member_0.safetensors", _CPU)
    assert not sentinel.exists()


def test_pickle_under_its_own_name_is_refused(a_bundle_folder):
    (a_bundle_folder / "models" / "member_0.pt").write_bytes(pickle.dumps({}))

    with pytest.raises(ModelError, match="not a safetensors file"):
        _open_as_if_trusted(a_bundle_folder)


@pytest.mark.parametrize("kept", [0, 4, 100, 0.5, -1])
def test_truncated_weights_are_refused(a_bundle_folder, kept):
    weights = a_bundle_folder / "models" / "member_0.safetensors"
    whole = weights.read_bytes()
    trusted = hash_bundle(a_bundle_folder)
    weights.write_bytes(whole[: int(kept * len(whole)) if isinstance(kept, float) else kept])

    with pytest.raises(ModelError, match="SHA-256"):
        load_network(open_bundle(a_bundle_folder, trusted), "member_0.safetensors", _CPU)
    with pytest.raises(ModelError, match="not a whole safetensors file"):
        load_network(_open_as_if_trusted(a_bundle_folder), "member_0.safetensors", _CPU)


def test_header_that_promises_more_than_there_is_memory_is_refused(a_bundle_folder):
    weights = a_bundle_folder / "models" / "member_0.safetensors"
    weights.write_bytes(struct.pack("<Q", 2**62) + b"{}")

    with pytest.raises(ModelError, match="not a whole safetensors file"):
        load_network(_open_as_if_trusted(a_bundle_folder), "member_0.safetensors", _CPU)


def test_one_changed_bit_is_refused(a_bundle_folder):
    weights = a_bundle_folder / "models" / "member_1.safetensors"
    trusted = hash_bundle(a_bundle_folder)
    data = bytearray(weights.read_bytes())
    data[-1] ^= 1
    weights.write_bytes(data)
    bundle = open_bundle(a_bundle_folder, trusted)

    load_network(bundle, "member_0.safetensors", _CPU)
    with pytest.raises(ModelError, match="damaged or was changed"):
        load_network(bundle, "member_1.safetensors", _CPU)


def test_changed_configuration_is_refused(a_bundle_folder):
    trusted = hash_bundle(a_bundle_folder)
    change_config(a_bundle_folder, {"patch_multiple": 4})

    with pytest.raises(ModelError, match=r"inference\.json is damaged or was changed"):
        open_bundle(a_bundle_folder, trusted)


@pytest.mark.parametrize("stranger", ["models/extra.safetensors", "configs/logging.conf", "models/run.py"])
def test_file_beside_the_trusted_ones_is_refused(a_bundle_folder, stranger):
    trusted = hash_bundle(a_bundle_folder)
    (a_bundle_folder / stranger).write_text("[loggers]")

    with pytest.raises(ModelError, match="not on the list"):
        open_bundle(a_bundle_folder, trusted)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"channels": [8, 8, 16, 16, 16]}, "of shape"),
        ({"channels": [24, 24, 40], "strides": [2, 1]}, "not fit"),
        ({"num_res_units": 2}, "missing"),
        ({"channels": "many"}, "does not fit UNet"),
    ],
)
def test_weights_of_another_network_are_refused(a_bundle_folder, change, words):
    network_def = _open_as_if_trusted(a_bundle_folder).inference["network_def"]
    change_config(a_bundle_folder, {"network_def": network_def | change})

    with pytest.raises(ModelError, match=words):
        load_network(_open_as_if_trusted(a_bundle_folder), "member_0.safetensors", _CPU)


@pytest.mark.parametrize("key", ["network_def", "intensity", "spacing_mm", "minimum_patch", "patch_multiple"])
def test_configuration_without_what_quantseg_needs_is_refused(a_bundle_folder, key):
    config = dict(_open_as_if_trusted(a_bundle_folder).inference)
    del config[key]
    (a_bundle_folder / "configs" / "inference.json").write_text(json.dumps(config))

    with pytest.raises(ModelError, match=key):
        _open_as_if_trusted(a_bundle_folder)


@pytest.mark.parametrize("text", ["", "{", "[]", "\xff"])
def test_configuration_that_is_no_json_object_is_refused(a_bundle_folder, text):
    (a_bundle_folder / "configs" / "inference.json").write_text(text, encoding="latin-1")

    with pytest.raises(ModelError, match=r"inference\.json"):
        _open_as_if_trusted(a_bundle_folder)


def test_bundle_without_a_licence_is_refused(a_bundle_folder):
    change_config(a_bundle_folder, {"licence": ""}, METADATA)

    with pytest.raises(ModelError, match="licence"):
        _open_as_if_trusted(a_bundle_folder)
