import contextlib

import pytest
import torch

from quantseg.errors import UsageError
from quantseg.inference.device import Backend, Precision, bfloat16_autocast, choose_device


@pytest.fixture(autouse=True)
def _nothing_from_outside(monkeypatch):
    monkeypatch.delenv("QUANTSEG_PRECISION", raising=False)
    monkeypatch.delenv("QUANTSEG_BACKEND", raising=False)


def test_cpu_says_its_cores_and_precision():
    device = choose_device("cpu")

    assert device.kind == "cpu"
    assert device.backend is Backend.OPENVINO
    assert device.torch_device == torch.device("cpu")
    assert str(device).startswith("CPU, ")
    assert "OpenVINO" in str(device)
    assert str(device).endswith(device.precision.value)


def test_auto_takes_an_accelerator_if_there_is_one():
    has_cuda, has_mps = torch.cuda.is_available(), torch.backends.mps.is_available()

    assert choose_device("auto").kind == ("cuda" if has_cuda else "mps" if has_mps else "cpu")


@pytest.mark.parametrize("name", ["gpu", "cuda:", "cuda:x", "CPU", "", "cuda:-1", "cpu:0"])
def test_unknown_name_is_wrong_use(name):
    with pytest.raises(UsageError, match="unknown"):
        choose_device(name)


def test_cuda_device_that_is_absent_is_wrong_use_and_says_what_was_found():
    with pytest.raises(UsageError, match=r"cuda:63 was asked for, but torch .* sees"):
        choose_device("cuda:63")


@pytest.mark.skipif(torch.backends.mps.is_available(), reason="this machine has an Apple GPU")
def test_mps_that_is_absent_is_wrong_use():
    with pytest.raises(UsageError, match="no Apple GPU"):
        choose_device("mps")


def test_environment_forces_a_precision(monkeypatch):
    monkeypatch.setenv("QUANTSEG_PRECISION", "float32")

    device = choose_device("cpu", backend=Backend.TORCH)

    assert device.precision is Precision.FLOAT32
    assert isinstance(device.autocast(), contextlib.nullcontext)


def test_unknown_precision_in_the_environment_is_wrong_use(monkeypatch):
    monkeypatch.setenv("QUANTSEG_PRECISION", "half")

    with pytest.raises(UsageError, match="float32, bfloat16, float16"):
        choose_device("cpu")


@pytest.mark.parametrize(("wanted", "backend"), [("torch", Backend.TORCH), ("openvino", Backend.OPENVINO)])
def test_environment_forces_a_backend(monkeypatch, wanted, backend):
    monkeypatch.setenv("QUANTSEG_BACKEND", wanted)

    assert choose_device("cpu").backend is backend


def test_unknown_backend_in_the_environment_is_wrong_use(monkeypatch):
    monkeypatch.setenv("QUANTSEG_BACKEND", "tensorflow")

    with pytest.raises(UsageError, match="expected one of torch, openvino"):
        choose_device("cpu")


def test_a_graphics_processor_is_not_served_by_openvino():
    with pytest.raises(UsageError, match="PyTorch alone serves; use cpu with OpenVINO"):
        choose_device("cuda", backend=Backend.OPENVINO)


def test_a_graphics_processor_that_is_named_needs_pytorch(monkeypatch):
    monkeypatch.setattr("quantseg.inference.device.is_installed", lambda backend: backend is Backend.OPENVINO)
    with pytest.raises(UsageError, match="pip install torch"):
        choose_device("cuda")


def test_a_processor_without_openvino_is_served_by_pytorch(monkeypatch):
    monkeypatch.setattr("quantseg.inference.device.is_installed", lambda backend: backend is Backend.TORCH)

    assert choose_device("cpu").backend is Backend.TORCH


def test_a_graphics_processor_that_nothing_can_use_leaves_the_work_to_the_cpu(monkeypatch):
    monkeypatch.setattr("quantseg.inference.device.accelerator_in_sight", lambda: True)
    monkeypatch.setattr("quantseg.inference.device.is_installed", lambda backend: backend is Backend.OPENVINO)

    assert choose_device("auto").kind == "cpu"


def test_convolutions_run_at_the_devices_precision():
    convolution = torch.nn.Conv3d(1, 1, 1)

    with torch.inference_mode(), choose_device("cpu", Precision.BFLOAT16, Backend.TORCH).autocast():
        assert convolution(torch.ones(1, 1, 2, 2, 2)).dtype == torch.bfloat16


@pytest.mark.parametrize(("precision", "dtype"), [("bfloat16", torch.bfloat16), ("float16", torch.float32)])
def test_training_multiplies_in_bfloat16_or_float32_but_never_in_float16(monkeypatch, precision, dtype):
    monkeypatch.setenv("QUANTSEG_PRECISION", precision)

    with bfloat16_autocast(torch.device("cpu")):
        assert torch.nn.functional.linear(torch.ones(1, 2), torch.ones(1, 2)).dtype == dtype


def test_training_emulates_no_arithmetic_that_the_processor_lacks(monkeypatch):
    monkeypatch.setattr(torch.cpu, "_is_avx512_bf16_supported", lambda: False)
    monkeypatch.setattr(torch.cpu, "_is_amx_tile_supported", lambda: False)
    monkeypatch.setattr("platform.machine", lambda: "x86_64")

    with bfloat16_autocast(torch.device("cpu")):
        assert torch.nn.functional.linear(torch.ones(1, 2), torch.ones(1, 2)).dtype == torch.float32
