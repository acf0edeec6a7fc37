import subprocess
import sys

import numpy as np
import pytest
import torch

from quantseg.errors import QuantSegError
from quantseg.inference.device import Device, Precision
from quantseg.inference.memory import MemoryLadder, MemoryRung, is_out_of_memory
from quantseg.inference.torch_network import TorchNetwork

_SMALLEST_TILE = (8, 8, 8)
_SMALL_ENOUGH = {MemoryRung.WHOLE: 32, MemoryRung.TILES: 16, MemoryRung.SMALL_TILES: 8, MemoryRung.CPU: 1}


class StandInAccelerator:
    """A network with a receptive field of three voxels, on a stand-in for a device with little memory.

    It refuses inputs above a number of voxels, until the ladder has come down to the CPU.
    """

    def __init__(self, voxels, error):
        torch.manual_seed(0)
        self.ladder = MemoryLadder(
            Device("cpu", "stand-in accelerator", Precision.FLOAT32),
            _SMALLEST_TILE,
            Device("cpu", "real CPU", Precision.FLOAT32),
        )
        self.layers = TorchNetwork(torch.nn.Sequential(torch.nn.Conv3d(1, 4, 3, padding=1), torch.nn.Conv3d(4, 3, 1)))
        self.voxels = voxels
        self.error = error

    def __call__(self, batch, device):
        if batch[0, 0].size > self.voxels and self.ladder.rung is not MemoryRung.CPU:
            raise self.error
        return self.layers(batch, device)

    def predict(self, batch):
        return self.ladder.run([self, self], batch)


@pytest.fixture
def an_image():
    return np.random.default_rng(1).random((1, 1, 32, 32, 32), np.float32)


@pytest.mark.parametrize("rung", list(MemoryRung))
@pytest.mark.parametrize(
    "error", [torch.OutOfMemoryError("stand-in"), RuntimeError("[enforce fail] not enough memory")]
)
def test_every_rung_is_reached_and_agrees_with_the_whole_image(an_image, rung, error):
    network = StandInAccelerator(_SMALL_ENOUGH[rung] ** 3, error)

    probabilities = network.predict(an_image)

    assert network.ladder.rung is rung
    assert network.ladder.device.description == ("real CPU" if rung is MemoryRung.CPU else "stand-in accelerator")
    untiled = network.layers(an_image, network.ladder.device)
    assert probabilities.shape == (2, 1, 3, 32, 32, 32)
    assert np.allclose(probabilities.sum(axis=2), 1, atol=1e-5)
    # Tiles see zeros beyond their border where the whole image goes on: their rims weigh little, except at the border
    # of the image, where no tile has its centre.
    inside = (..., *[slice(4, -4)] * 3)
    assert np.abs(probabilities - untiled)[inside].max() < 0.005
    assert np.abs(probabilities - untiled).max() < 0.1


def test_ladder_stays_on_the_rung_that_it_found(an_image):
    network = StandInAccelerator(16**3, torch.OutOfMemoryError("stand-in"))
    network.predict(an_image)
    network.voxels = 10**9

    network.predict(an_image)

    assert network.ladder.rung is MemoryRung.TILES


def test_other_errors_are_not_taken_for_lack_of_memory(an_image):
    network = StandInAccelerator(1, RuntimeError("mat1 and mat2 shapes cannot be multiplied"))

    with pytest.raises(RuntimeError, match="shapes"):
        network.predict(an_image)
    assert network.ladder.rung is MemoryRung.WHOLE


def test_end_of_the_ladder_is_one_sentence(an_image):
    network = StandInAccelerator(1, torch.OutOfMemoryError("stand-in"))
    ladder = MemoryLadder(Device("cpu", "CPU, 2 cores", Precision.FLOAT32), _SMALLEST_TILE)

    with pytest.raises(QuantSegError, match="Memory ran out on CPU, 2 cores for an image of 32×32×32 voxels"):
        ladder.run([network], an_image)


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 20.00 GiB"), True),
        (MemoryError(), True),
        (RuntimeError("MPS backend out of memory (MPS allocated: 9.06 GB)"), True),
        (RuntimeError("Invalid buffer size: 24.00 GB"), True),
        (RuntimeError("[enforce fail at alloc_cpu.cpp:127] DefaultCPUAllocator: can't allocate memory"), True),
        (RuntimeError("[enforce fail at alloc_cpu.cpp] DefaultCPUAllocator: not enough memory: you tried"), True),
        (RuntimeError("cuDNN error: CUDNN_STATUS_ALLOC_FAILED"), True),
        (RuntimeError("could not create a memory object"), True),
        (RuntimeError("Exception from src/inference/src/cpp/infer_request.cpp:223: std::bad_alloc"), True),
        (RuntimeError("expected scalar type Half but found Float"), False),
        (ValueError("out of memory"), False),
    ],
)
def test_words_of_every_back_end_are_understood(error, expected):
    assert is_out_of_memory(error) is expected


_REAL_LIMIT = """
import resource, torch
import numpy as np
from pathlib import Path
from quantseg.inference.device import Device, Precision
from quantseg.inference.memory import MemoryLadder
from quantseg.inference.torch_network import TorchNetwork
layers = torch.nn.Sequential(torch.nn.Conv3d(1, 64, 3, padding=1), torch.nn.Conv3d(64, 2, 1)).eval()
network = TorchNetwork(layers)
ladder = MemoryLadder(Device("cpu", "CPU", Precision.FLOAT32), (32, 32, 32))
torch.set_num_threads(1)
used_kb = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmSize"))
limit = int(used_kb.split()[1]) * 1024 + 200 * 2**20
resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
result = ladder.run([network], np.random.default_rng(0).random((1, 1, 96, 96, 96), np.float32))
print(ladder.rung.name, tuple(result.shape))
"""


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="only Linux lets a process limit its own memory this way")
def test_process_with_too_little_memory_for_the_whole_image_uses_tiles():
    # The first layer alone needs 64 × 96³ × 4 bytes = 216 MiB, the limit leaves 200.
    done = subprocess.run(
        [sys.executable, "-c", _REAL_LIMIT], capture_output=True, encoding="utf-8", check=False, timeout=120
    )

    assert done.returncode == 0, done.stderr
    rung, shape = done.stdout.split(" ", 1)
    assert rung in ("TILES", "SMALL_TILES")
    assert shape.strip() == "(1, 1, 2, 96, 96, 96)"


def test_many_small_samples_go_one_by_one_where_together_they_are_too_many():
    ladder = MemoryLadder(Device("cpu", "stand-in accelerator", Precision.FLOAT32), (16, 16))
    layer = TorchNetwork(torch.nn.Conv2d(3, 4, 3, padding=1))

    def narrow(batch, device):
        if len(batch) > 1:
            raise torch.OutOfMemoryError("stand-in")
        return layer(batch, device)

    samples = np.random.default_rng(2).random((5, 3, 16, 16), np.float32)
    probabilities = ladder.run([narrow] * 2, samples)
    assert ladder.rung is MemoryRung.TILES
    assert probabilities.shape == (2, 5, 4, 16, 16)
    assert np.allclose(probabilities[0], layer(samples, ladder.device), atol=1e-6)
    assert np.array_equal(probabilities[1], probabilities[0])
