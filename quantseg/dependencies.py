"""What must be installed beside QuantSeg before it can segment, why, and how large it is."""

from __future__ import annotations

import platform
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import metadata

from quantseg.hardware import accelerator_in_sight


@dataclass(frozen=True)
class Dependency:
    """A package from the Python Package Index.

    Attributes:
        name: as pip knows it.
        minimum: lowest version that works.
        purpose: what QuantSeg needs it for, in words.
        download_mb: rough size of what pip fetches for it.
    """

    name: str
    minimum: str
    purpose: str
    download_mb: int

    @property
    def requirement(self) -> str:
        """The package as pip takes it."""
        return f"{self.name}>={self.minimum}"


DEPENDENCIES = (
    Dependency("numpy", "2", "arrays", 16),
    Dependency("nibabel", "5.2", "NIfTI files and the order of their axes", 4),
    Dependency("SimpleITK", "2.4", "resampling, NRRD and MetaImage files", 50),
    Dependency("pydicom", "3.0", "DICOM series", 3),
    Dependency("safetensors", "0.4.5", "weights as data that cannot execute code", 1),
    Dependency("platformdirs", "4", "where licences that you agreed to are remembered", 1),
    Dependency("pillow", "11", "pictures of the report", 7),
    Dependency("jinja2", "3.1", "the report's page", 1),
    Dependency("tqdm", "4.66", "progress on a terminal", 1),
    Dependency("pydantic", "2.12", "checks the documents that are written and read back", 3),
    Dependency("psutil", "6", "ends a cancelled run with all that it has started", 1),
    Dependency("packaging", "23", "compares the versions of packages", 1),
)
"""What every machine needs."""

FOR_CPU = (Dependency("openvino", "2025.4", "runs the networks on the processor", 60),)
"""What computes networks where there is no graphics processor."""

TORCH = "torch"
"""Comes through Slicer's PyTorch extension, which picks the build for the machine."""

FOR_GPU = (
    Dependency(TORCH, "2.8", "runs the networks (the CUDA build for NVIDIA cards is ten times as large)", 200),
    Dependency("monai", "1.5", "architectures of the networks", 3),
)
"""What computes networks on a graphics processor, trains them, and serves a processor that OpenVINO does not know."""


def missing_dependencies() -> tuple[Dependency, ...]:
    """Return what is absent or too old in this Python, without importing any of it.

    A machine with a graphics processor needs PyTorch and MONAI; any other OpenVINO, unless it has the former already.
    """
    computing: tuple[Dependency, ...] = FOR_GPU
    if openvino_has_a_wheel() and not accelerator_in_sight():
        computing = () if all(_is_installed(one) for one in FOR_GPU) else FOR_CPU
    return tuple(needed for needed in (*computing, *DEPENDENCIES) if not _is_installed(needed))


def openvino_has_a_wheel() -> bool:
    """Tell whether OpenVINO can be installed here; the same machines stand in ``pyproject.toml``."""
    machine = platform.machine()
    return (sys.platform, machine) in (("linux", "x86_64"), ("darwin", "arm64")) or machine == "AMD64"


def unsupported_machine() -> str:
    """Return in one sentence why nothing could be installed on this machine; empty where it can."""
    if sys.platform == "darwin" and platform.machine() == "x86_64":
        return (
            "Macs with Intel processors cannot run the models: PyTorch has had no release for them since 2.2, and "
            "QuantSeg needs 2.8. Use a Mac with Apple silicon, Linux or Windows; labels made there can be corrected, "
            "measured and approved here."
        )
    return ""


def installation_in_words(missing: Sequence[Dependency]) -> str:
    """Say what would be installed, how large it is and what for."""
    lines = [f"{one.requirement} (about {one.download_mb} MB): {one.purpose}" for one in missing]
    total = sum(one.download_mb for one in missing)
    return "\n".join([*lines, f"Together about {total} MB, from the Python Package Index (pypi.org)."])


def installation_command(python: str, missing: Sequence[Dependency]) -> str:
    """Return the one command that installs what is missing."""
    wanted = " ".join(f'"{one.requirement}"' for one in missing)
    return f'"{python}" -m pip install {wanted}'


def _is_installed(needed: Dependency) -> bool:
    # Imported here because panels import this module before anything is installed; Slicer itself brings packaging.
    from packaging.version import InvalidVersion, Version

    try:
        found = Version(metadata.version(needed.name))
    except (metadata.PackageNotFoundError, InvalidVersion):
        return False
    # A release candidate has what its release will have, and a build's label such as +cpu changes nothing.
    return Version(found.base_version) >= Version(needed.minimum)
