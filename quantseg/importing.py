"""Imports of libraries that would bring along what nothing here needs."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def without(module: str) -> Iterator[None]:
    """Let what is imported inside find an optional module missing, unless it is loaded already.

    Not for modules that another thread may be importing.

    Args:
        module: a module that the library goes without where it is not installed.
    """
    if module in sys.modules:
        yield
        return
    sys.modules[module] = None  # type: ignore[assignment]  # By which an import of it fails, as the language has it.
    try:
        yield
    finally:
        sys.modules.pop(module, None)


def import_nibabel() -> None:
    """Import NiBabel, and NumPy with it, as a process does best that is QuantSeg's own.

    NumPy's products are small here: its threads, which wait by spinning, cost up to eighty times what they save where
    another process computes. It reads the variable when it is imported; a user's own word stands. NiBabel would load
    pydicom, which takes as long as all else together, for an extension of NIfTI that nothing here reads.
    """
    if "numpy" not in sys.modules:
        os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    with without("pydicom"):
        import nibabel  # noqa: F401 - for those that follow
