import contextlib

import pytest
import torch

from quantseg.errors import UsageError
from quantseg.inference.device import Precision, bfloat16_autocast, choose_device


@pytest.fixture(autouse=True)
def _no_precision_from_outside(monkeypatch):
    monkeypatch.delenv("QUANTSEG_PRECISION", raising=False)


def test_cpu_says_its_cores_and_precision():
    device = choose_device("cpu")

    assert device.kind == "cpu"
    assert device.torch_device == torch.device("cpu")
    assert str(device).startswith("CPU, ")
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

    device = choose_device("cpu")

    assert device.precision is Precision.FLOAT32
    assert isinstance(device.autocast(), contextlib.nullcontext)


def test_unknown_precision_in_the_environment_is_wrong_use(monkeypatch):
    monkeypatch.setenv("QUANTSEG_PRECISION", "half")

    with pytest.raises(UsageError, match="float32, bfloat16, float16"):
        choose_device("cpu")


def test_convolutions_run_at_the_devices_precision():
    convolution = torch.nn.Conv3d(1, 1, 1)

    with torch.inference_mode(), choose_device("cpu", Precision.BFLOAT16).autocast():
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
