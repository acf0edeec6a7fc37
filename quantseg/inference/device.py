"""The processor that networks run on, and the arithmetic it is good at."""

from __future__ import annotations

import contextlib
import os
import platform
import re
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from quantseg.errors import UsageError

if TYPE_CHECKING:
    import torch

PRECISION_VARIABLE = "QUANTSEG_PRECISION"

_BYTES_PER_GB = 2**30
_NAME = re.compile(r"auto|cpu|mps|cuda(:\d+)?")
_TENSOR_CORES, _BFLOAT16_CORES = 7, 8  # major CUDA compute capability: Volta, Ampere


class Precision(Enum):
    """Arithmetic of the convolutions; weights, normalisation and softmax stay in float32."""

    FLOAT32 = "float32"
    BFLOAT16 = "bfloat16"
    FLOAT16 = "float16"


@dataclass(frozen=True)
class Device:
    """A processor as torch names it.

    Attributes:
        name: ``cpu``, ``mps`` or ``cuda:N``.
        description: what it is in words, for reports and logs.
        precision: of the convolutions.
    """

    name: str
    description: str
    precision: Precision

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
        import torch

        if self.kind == "cuda":
            torch.cuda.empty_cache()
        elif self.kind == "mps":
            torch.mps.empty_cache()

    def __str__(self) -> str:
        return f"{self.description}, {self.precision.value}"


def choose_device(name: str = "auto", precision: Precision | None = None) -> Device:
    """Return the device that a user asked for.

    Args:
        name: ``auto`` takes the first CUDA device, else Apple's MPS, else the CPU; or ``cpu``, ``cuda``, ``cuda:N``,
            ``mps``.
        precision: instead of the fastest that the device has in hardware; the environment variable
            ``QUANTSEG_PRECISION`` (for instance ``float32``, to compare) does the same.

    Raises:
        UsageError: the name or precision is unknown, or the machine has no such device.
    """
    check_device_name(name)
    import torch

    precision = precision or _precision_from_environment()
    if name == "auto":
        name = "cuda" if torch.cuda.is_available() else "mps" if torch.backends.mps.is_available() else "cpu"
    if name == "cpu":
        return Device("cpu", f"CPU, {usable_cores()} cores", precision or _cpu_precision())
    if name == "mps":
        if not torch.backends.mps.is_available():
            raise UsageError("Device mps was asked for, but this machine or torch build has no Apple GPU; use cpu.")
        return Device("mps", "Apple GPU", precision or Precision.FLOAT32)
    return _cuda_device(int(name.partition(":")[2] or 0), precision)


def all_devices() -> list[Device]:
    """Return every processor of this machine that networks can run on, the one that ``auto`` takes first."""
    import torch

    names = [f"cuda:{index}" for index in range(torch.cuda.device_count() if torch.cuda.is_available() else 0)]
    names += ["mps"] if torch.backends.mps.is_available() else []
    return [choose_device(name) for name in [*names, "cpu"]]


def bfloat16_autocast(device: torch.device) -> contextlib.AbstractContextManager[object]:
    """Return the context for training: bfloat16 where the device has it in hardware, float32 elsewhere.

    float16 is left out since its gradients underflow unless the loss is scaled. Emulated bfloat16 is far worse than
    float32: on a CPU that knows only AVX2 a 3D training step takes 20 times as long.
    """
    chosen = choose_device(str(device))
    return chosen.autocast() if chosen.precision is Precision.BFLOAT16 else contextlib.nullcontext()


def check_device_name(name: str) -> None:
    """Refuse a name that is no device's, before torch is imported.

    Raises:
        UsageError: the name is unknown.
    """
    if not _NAME.fullmatch(name):
        raise UsageError(f"Device {name!r} is unknown; use auto, cpu, cuda, cuda:N or mps.")


def usable_cores() -> int:
    """Return the number of processor cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


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


def _cpu_precision() -> Precision:
    """Return bfloat16 where the processor multiplies it natively; emulated it would be slower than float32."""
    import torch

    if platform.machine().lower() in ("arm64", "aarch64"):
        native = torch.backends.mkldnn.is_available() and torch.ops.mkldnn._is_mkldnn_bf16_supported()
    else:
        native = torch.cpu._is_avx512_bf16_supported() or torch.cpu._is_amx_tile_supported()
    return Precision.BFLOAT16 if native else Precision.FLOAT32


def _precision_from_environment() -> Precision | None:
    wanted = os.environ.get(PRECISION_VARIABLE)
    if not wanted:
        return None
    try:
        return Precision(wanted)
    except ValueError:
        known = ", ".join(precision.value for precision in Precision)
        raise UsageError(f"{PRECISION_VARIABLE} is {wanted!r}; expected one of {known}.") from None
