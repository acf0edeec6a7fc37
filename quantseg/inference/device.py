"""The processor that networks run on, the library that computes them there, and the arithmetic it is good at."""

from __future__ import annotations

import contextlib
import importlib.util
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, TypeVar

from quantseg.errors import UsageError
from quantseg.hardware import accelerator_in_sight, computing_threads, torch_knows_bfloat16
from quantseg.inference.openvino_library import openvino_knows_bfloat16

if TYPE_CHECKING:
    import torch

PRECISION_VARIABLE = "QUANTSEG_PRECISION"
BACKEND_VARIABLE = "QUANTSEG_BACKEND"

_BYTES_PER_GB = 2**30
_NAME = re.compile(r"auto|cpu|mps|cuda(:\d+)?")
_TENSOR_CORES, _BFLOAT16_CORES = 7, 8  # major CUDA compute capability: Volta, Ampere


class Precision(Enum):
    """Arithmetic of the convolutions; weights, normalisation and softmax stay in float32."""

    FLOAT32 = "float32"
    BFLOAT16 = "bfloat16"
    FLOAT16 = "float16"


class Backend(Enum):
    """The library that computes networks."""

    TORCH = "PyTorch"
    OPENVINO = "OpenVINO"


@dataclass(frozen=True)
class Device:
    """A processor, and how it is used.

    Attributes:
        name: ``cpu``, ``mps`` or ``cuda:N``, as torch names it.
        description: what it is in words, for reports and logs.
        precision: of the convolutions.
        backend: what computes networks there.
    """

    name: str
    description: str
    precision: Precision
    backend: Backend = Backend.TORCH

    @property
    def kind(self) -> str:
        """Return ``cpu``, ``cuda`` or ``mps``."""
        return self.name.partition(":")[0]

    @property
    def torch_device(self) -> torch.device:
        """Return the handle that torch takes."""
        import torch

        return torch.device(self.name)

    def autocast(self) -> contextlib.AbstractContextManager[object]:
        """Return the context in which convolutions run at this device's precision."""
        import torch

        if self.precision is Precision.FLOAT32:
            return contextlib.nullcontext()
        return torch.autocast(self.kind, getattr(torch, self.precision.value))

    def release_memory(self) -> None:
        """Give cached memory back to the driver, so that a smaller attempt finds it."""
        if self.kind == "cpu":
            return
        import torch

        if self.kind == "cuda":
            torch.cuda.empty_cache()
        else:
            torch.mps.empty_cache()

    def __str__(self) -> str:
        return f"{self.description}, {self.backend.value} in {self.precision.value}"


def choose_device(name: str = "auto", precision: Precision | None = None, backend: Backend | None = None) -> Device:
    """Return the device that a user asked for.

    A graphics processor is served by PyTorch, a CPU by OpenVINO where that is installed and by PyTorch elsewhere.

    Args:
        name: ``auto`` takes the first CUDA device, else Apple's MPS, else the CPU; or ``cpu``, ``cuda``, ``cuda:N``,
            ``mps``.
        precision: instead of the fastest that the device has in hardware; the environment variable
            ``QUANTSEG_PRECISION`` (for instance ``float32``, to compare) does the same.
        backend: instead of the usual one for the device; the environment variable ``QUANTSEG_BACKEND`` (``torch`` or
            ``openvino``, to compare) does the same.

    Raises:
        UsageError: the name, precision or backend is unknown, or the machine has no such device.
    """
    check_device_name(name)
    precision = precision or _from_environment(PRECISION_VARIABLE, {one.value: one for one in Precision})
    backend = backend or _from_environment(BACKEND_VARIABLE, {one.name.lower(): one for one in Backend})
    if name == "auto":
        name = "cpu" if backend is Backend.OPENVINO else _best_accelerator() or "cpu"
    if name == "cpu":
        return _cpu(precision, backend)
    if backend is Backend.OPENVINO:
        raise UsageError(f"Device {name} was asked for, which PyTorch alone serves; use cpu with OpenVINO.")
    if not is_installed(Backend.TORCH):
        raise UsageError(f"Device {name} was asked for, which needs PyTorch (pip install torch); use cpu without it.")
    import torch

    if name == "mps":
        if not torch.backends.mps.is_available():
            raise UsageError("Device mps was asked for, but this machine or torch build has no Apple GPU; use cpu.")
        return Device("mps", "Apple GPU", precision or Precision.FLOAT32)
    return _cuda_device(int(name.partition(":")[2] or 0), precision)


def all_devices() -> list[Device]:
    """Return every processor of this machine that networks can run on, the one that ``auto`` takes first."""
    names: list[str] = []
    if accelerator_in_sight() and is_installed(Backend.TORCH):
        import torch

        names += [f"cuda:{index}" for index in range(torch.cuda.device_count() if torch.cuda.is_available() else 0)]
        names += ["mps"] if torch.backends.mps.is_available() else []
    return [choose_device(name) for name in [*names, "cpu"]]


def is_installed(backend: Backend) -> bool:
    """Tell whether a library can be imported, without importing it."""
    return importlib.util.find_spec(backend.name.lower()) is not None


def bfloat16_autocast(device: torch.device) -> contextlib.AbstractContextManager[object]:
    """Return the context for training: bfloat16 where the device has it in hardware, float32 elsewhere.

    float16 is left out since its gradients underflow unless the loss is scaled. Emulated bfloat16 is far worse than
    float32: on a CPU that knows only AVX2 a 3D training step takes 20 times as long.
    """
    chosen = choose_device(str(device), backend=Backend.TORCH)
    return chosen.autocast() if chosen.precision is Precision.BFLOAT16 else contextlib.nullcontext()


def check_device_name(name: str) -> None:
    """Refuse a name that is no device's, before torch is imported.

    Raises:
        UsageError: the name is unknown.
    """
    if not _NAME.fullmatch(name):
        raise UsageError(f"Device {name!r} is unknown; use auto, cpu, cuda, cuda:N or mps.")


def require_device(name: str) -> None:
    """Refuse a device that is unknown, or that was named and this machine lacks, before any image is read.

    Raises:
        UsageError: the name is unknown, or the machine has no such device.
    """
    check_device_name(name)
    if name not in ("auto", "cpu"):
        choose_device(name)


def _cuda_device(index: int, precision: Precision | None) -> Device:
    import torch

    count = torch.cuda.device_count() if torch.cuda.is_available() else 0
    if index >= count:
        found = f"{count} CUDA device{'s' if count != 1 else ''}" if count else "no CUDA device"
        raise UsageError(
            f"Device cuda:{index} was asked for, but torch {torch.__version__} sees {found}; "
            "use cpu, or install a CUDA build of torch."
        )
    properties = torch.cuda.get_device_properties(index)
    description = f"{properties.name}, {round(properties.total_memory / _BYTES_PER_GB)} GB"
    return Device(f"cuda:{index}", description, precision or _cuda_precision(properties.major))


def _cuda_precision(major_capability: int) -> Precision:
    if major_capability >= _BFLOAT16_CORES:
        return Precision.BFLOAT16
    return Precision.FLOAT16 if major_capability >= _TENSOR_CORES else Precision.FLOAT32


def _cpu(precision: Precision | None, backend: Backend | None) -> Device:
    if backend is None:
        backend = Backend.OPENVINO if is_installed(Backend.OPENVINO) else Backend.TORCH
    if not is_installed(backend):
        package = backend.name.lower()
        raise UsageError(f"{backend.value} is not installed, which networks on a CPU need; pip install {package}.")
    if precision is None:
        native = openvino_knows_bfloat16() if backend is Backend.OPENVINO else torch_knows_bfloat16()
        precision = Precision.BFLOAT16 if native else Precision.FLOAT32
    return Device("cpu", f"CPU, {computing_threads()} cores", precision, backend)


def _best_accelerator() -> str | None:
    """Return the name of the GPU to take; None where there is none or PyTorch cannot use it."""
    if not accelerator_in_sight() or not is_installed(Backend.TORCH):
        return None
    import torch

    if torch.cuda.is_available():
        return "cuda"
    return "mps" if torch.backends.mps.is_available() else None


_Choice = TypeVar("_Choice")


def _from_environment(variable: str, known: Mapping[str, _Choice]) -> _Choice | None:
    wanted = os.environ.get(variable)
    if not wanted:
        return None
    if wanted not in known:
        raise UsageError(f"{variable} is {wanted!r}; expected one of {', '.join(known)}.")
    return known[wanted]
