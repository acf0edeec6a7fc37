"""What this machine can compute on, asked without importing more than the answer needs."""

from __future__ import annotations

import ctypes
import os
import platform
import sys
from pathlib import Path

THREADS_VARIABLE = "OMP_NUM_THREADS"


def computing_threads() -> int:
    """Return on how many cores this process may compute: those that its supervisor gave it, or all it may use."""
    given = os.environ.get(THREADS_VARIABLE, "")
    return int(given) if given.isdecimal() and int(given) else usable_cores()


def usable_cores() -> int:
    """Return the number of processor cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def accelerator_in_sight() -> bool:
    """Tell whether this machine may have a GPU that PyTorch could use, without importing PyTorch, which takes a second.

    A driver of NVIDIA's or AMD's, or an Apple processor; whether it serves, only PyTorch can say.
    """
    if sys.platform == "darwin":
        return platform.machine() == "arm64"
    if Path("/dev/kfd").exists():
        return True
    try:
        driver = ctypes.CDLL("nvcuda.dll" if sys.platform == "win32" else "libcuda.so.1")
        count = ctypes.c_int(0)
        return driver.cuInit(0) == 0 and driver.cuDeviceGetCount(ctypes.byref(count)) == 0 and count.value > 0
    except (OSError, AttributeError):
        return False


def torch_knows_bfloat16() -> bool:
    """Tell whether PyTorch multiplies bfloat16 natively on this processor; emulated it would be slower than float32."""
    import torch

    if platform.machine().lower() in ("arm64", "aarch64"):
        return bool(torch.backends.mkldnn.is_available() and torch.ops.mkldnn._is_mkldnn_bf16_supported())
    return bool(torch.cpu._is_avx512_bf16_supported() or torch.cpu._is_amx_tile_supported())
