"""Imports of libraries that would bring along what nothing here needs."""

from __future__ import annotations

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
