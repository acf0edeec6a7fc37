"""OpenVINO and PyTorch give the same labels from the same weights, and the former without importing the latter."""

import json
import subprocess
import sys

import nibabel
import numpy as np
import pytest
from bundles import change_config, copy_bundle, network_names

from quantseg.errors import ModelError
from quantseg.inference.device import Backend, Precision, choose_device
from quantseg.inference.ensemble import Ensemble
from quantseg.inference.tiles import predict_in_tiles
from quantseg.models.bundle import GRAPH, find_bundle, open_bundle
from quantseg.models.trust import hash_bundle
from quantseg.training.graph import write_graph

_OPENVINO = choose_device("cpu", Precision.FLOAT32, Backend.OPENVINO)
_TORCH = choose_device("cpu", Precision.FLOAT32, Backend.TORCH)


def _samples(bundle):
    """Parts of the shipped samples, normalised roughly as the network sees them."""
    samples = bundle.folder.parents[1] / "SampleData"
    definition = bundle.inference["network_def"]
    i, j, k = (*bundle.inference["minimum_patch"], 4)[:3]
    if definition["spatial_dims"] == 2:
        frame = np.asarray(nibabel.load(samples / "heart_phantom.nii.gz").dataobj[..., :4, 0], np.float32)
        frame = np.pad(frame, [(0, max(0, n - m)) for n, m in zip((i, j, 4), frame.shape, strict=True)])[:i, :j]
        image = np.stack([frame[..., n % 4] for n in range(definition["in_channels"])])
    else:
        head = np.asarray(nibabel.load(samples / "head_t1.nii.gz").dataobj, np.float32)
        step = round(bundle.inference["spacing_mm"][0])
        middle = [(n - step * size) // 2 for n, size in zip(head.shape, (i, j, k), strict=True)]
        box = tuple(slice(max(0, m), max(0, m) + step * s, step) for m, s in zip(middle, (i, j, k), strict=True))
        image = np.repeat(head[box][None], definition["in_channels"], axis=0)
        image = np.pad(image, [(0, 0), *[(0, n - m) for n, m in zip((i, j, k), image.shape[1:], strict=True)]])
    return ((image - image.mean()) / image.std())[None]


@pytest.mark.parametrize("name", network_names())
def test_graph_and_pytorch_give_the_same_labels_for_every_member(name):
    bundle = find_bundle(name)
    batch = _samples(bundle).astype(np.float32)

    by_graph, by_torch = (Ensemble(bundle, device).predict_samples(batch) for device in (_OPENVINO, _TORCH))

    assert by_graph.shape == by_torch.shape
    assert by_graph.dtype == np.float32
    assert np.abs(by_graph - by_torch).max() < 5e-3
    if by_torch.shape[2] == 1:
        # One value is no label.
        return
    sure = np.sort(by_torch, axis=2)
    decided = sure[:, :, -1] - sure[:, :, -2] > 5e-3
    assert np.array_equal(by_graph.argmax(axis=2)[decided], by_torch.argmax(axis=2)[decided])
    assert decided.mean() > 0.99


def test_a_bundle_without_a_graph_is_served_by_pytorch(repository, tmp_path):
    folder = copy_bundle(repository / "Resources" / "Models" / "head-localiser", tmp_path / "copy")
    bundle = open_bundle(folder, hash_bundle(folder))

    assert not bundle.has_graph
    device = Ensemble(bundle, _OPENVINO).device
    assert (device.backend, device.precision) == (Backend.TORCH, _OPENVINO.precision)


def test_a_bundle_without_a_graph_is_refused_where_pytorch_is_missing(repository, tmp_path, monkeypatch):
    folder = copy_bundle(repository / "Resources" / "Models" / "head-localiser", tmp_path / "copy")
    monkeypatch.setattr("quantseg.inference.loading.is_installed", lambda backend: backend is Backend.OPENVINO)

    with pytest.raises(ModelError, match="has no graph that OpenVINO could compute"):
        Ensemble(open_bundle(folder, hash_bundle(folder)), _OPENVINO)


def test_a_new_bundle_gets_a_graph_whose_members_differ(repository, tmp_path):
    folder = copy_bundle(repository / "Resources" / "Models" / "head-localiser", tmp_path / "copy")

    written = write_graph(open_bundle(folder, hash_bundle(folder)))

    bundle = open_bundle(folder, hash_bundle(folder))
    assert written == folder / GRAPH
    assert bundle.members == ("member_0.safetensors", "member_1.safetensors")
    probabilities = Ensemble(bundle, _OPENVINO).predict(np.random.default_rng(0).random((48, 48, 48), np.float32))
    assert not np.allclose(probabilities[0], probabilities[1], atol=1e-3)


def test_an_exchanged_graph_is_refused(repository, tmp_path):
    folder = copy_bundle(repository / "Resources" / "Models" / "head-localiser", tmp_path / "copy")
    write_graph(open_bundle(folder, hash_bundle(folder)))
    bundle = open_bundle(folder, hash_bundle(folder))
    (folder / GRAPH).write_bytes((folder / GRAPH).read_bytes() + b"\0")

    with pytest.raises(ModelError, match="damaged or was changed"):
        Ensemble(bundle, _OPENVINO)


def test_tiles_together_give_back_what_every_tile_says():
    image = np.random.default_rng(0).random((1, 1, 37, 20, 11), np.float32)

    found = predict_in_tiles(image, (16, 16, 16), lambda part: np.concatenate([part, 1 - part], axis=1))

    assert found.shape == (1, 2, 37, 20, 11)
    assert np.allclose(found[:, :1], image, atol=1e-6)


_WITHOUT_TORCH = """
import json, sys
from quantseg.cli.main import main
status = main(["segment", "hippocampus", sys.argv[1], "-o", sys.argv[2]])
print(json.dumps([status, sorted(name for name in ("torch", "monai") if sys.modules.get(name))]))
"""


@pytest.mark.slow
def test_a_whole_run_imports_neither_pytorch_nor_monai(repository, tmp_path):
    crop = repository / "Resources" / "SampleData" / "hippocampus_199.nii.gz"
    # The workers, too, find an interpreter in which both are missing.
    forbid = "import sys\nfor name in ('torch', 'monai'):\n    sys.modules[name] = None\n"
    (tmp_path / "sitecustomize.py").write_text(forbid, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-c", _WITHOUT_TORCH, str(crop), str(tmp_path / "out")],
        cwd=repository,
        env={"PATH": "/usr/bin:/bin", "PYTHONPATH": f"{tmp_path}:{repository}", "HOME": str(tmp_path)},
        capture_output=True,
        encoding="utf-8",
        check=False,
        timeout=300,
    )

    assert done.returncode == 0, done.stderr
    status, imported = json.loads(done.stdout.splitlines()[-1])
    assert status == 0, done.stderr
    assert imported == []
    assert (tmp_path / "out" / "hippocampus_199" / "labels.nii.gz").is_file()
    devices = json.loads((tmp_path / "out" / "run.json").read_text(encoding="utf-8"))["devices"]
    assert "OpenVINO" in devices[0]


def test_both_libraries_give_values_as_they_come_where_a_bundle_says_that_its_output_are_values(repository, tmp_path):
    folder = copy_bundle(repository / "Resources" / "Models" / "head-localiser", tmp_path / "copy", members=1)
    change_config(folder, {"output": "values"})
    write_graph(open_bundle(folder, hash_bundle(folder)))
    bundle = open_bundle(folder, hash_bundle(folder))
    batch = np.random.default_rng(0).normal(size=(1, 1, 48, 48, 48)).astype(np.float32)

    by_graph, by_torch = (Ensemble(bundle, device).predict_samples(batch) for device in (_OPENVINO, _TORCH))

    assert bundle.has_graph
    assert np.abs(by_graph - by_torch).max() < 5e-3
    assert by_torch.min() < 0


def test_a_bundle_that_calls_its_output_something_else_is_refused(repository, tmp_path):
    folder = copy_bundle(repository / "Resources" / "Models" / "lumbar-muscle", tmp_path / "copy", members=1)
    change_config(folder, {"output": "logits"})
    with pytest.raises(ModelError, match="calls its output 'logits'; expected probabilities or values"):
        open_bundle(folder, hash_bundle(folder))
