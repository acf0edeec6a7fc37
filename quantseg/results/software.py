"""Which software made a result."""

from __future__ import annotations

import platform
from functools import cache
from importlib import metadata

import quantseg

QUANTSEG = "quantseg"
_PACKAGES = ("openvino", "torch", "monai", "numpy", "nibabel", "SimpleITK", "pydicom", "slicer-core")


@cache
def software_versions() -> dict[str, str]:
    """Return the version of QuantSeg, Python and every package that can change a number, without importing them."""
    versions = {QUANTSEG: quantseg.__version__, "python": platform.python_version()}
    for package in _PACKAGES:
        try:
            versions[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            continue
    return versions
