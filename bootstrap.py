"""Make QuantSeg's environment from a fresh clone, then run the demonstration or the tests in it.

    python3 bootstrap.py demo     whole head and three crops that the project ships, from image to report
    python3 bootstrap.py test     the test suite, in three processes

The environment lies in ``.venv`` beside this file and is made once. ``--torch-index URL`` takes PyTorch from another
package index, for instance PyTorch's own for CPU-only or CUDA builds; README.md names them. Without it a Linux machine
that has no NVIDIA driver gets the CPU build, which is a tenth as large.
"""

from __future__ import annotations

import argparse
import os
import platform
import shutil
import subprocess
import sys
import venv
from pathlib import Path

_ROOT = Path(__file__).resolve().parent
_ENVIRONMENT = _ROOT / ".venv"
_PYTHON = _ENVIRONMENT / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
_EXTRAS = {"demo": "tutorial", "test": "test"}
# Three, for two cores: many tests wait for a server, a browser or a program that they started. The tests of a file stay
# in one process, since they share what takes longest: a server, a browser, a trained model.
_COMMANDS = {"demo": ["quantseg", "demo"], "test": ["pytest", "--numprocesses", "3", "--dist", "loadfile"]}
_CPU_BUILDS = "https://download.pytorch.org/whl/cpu"
_SIGNS_OF_NVIDIA = ("/proc/driver/nvidia", "/dev/nvidia0", "/usr/lib/wsl/lib/nvidia-smi")


def main() -> int:
    """Make the environment, run the job in it, return its exit status."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("job", choices=sorted(_EXTRAS))
    parser.add_argument("--torch-index", metavar="URL", help="package index to take PyTorch from")
    options, rest = parser.parse_known_args()
    if sys.version_info < (3, 11):  # noqa: UP036 - runs before anything is installed
        print(f"QuantSeg needs Python 3.11 or newer; this is {sys.version.split()[0]}.", file=sys.stderr)
        return 2
    _install(_EXTRAS[options.job], options.torch_index)
    return subprocess.run([str(_PYTHON), "-m", *_COMMANDS[options.job], *rest], cwd=_ROOT, check=False).returncode


def _install(extra: str, torch_index: str | None) -> None:
    if not _PYTHON.exists():
        print(f"Making the environment {_ENVIRONMENT}", flush=True)
        venv.create(_ENVIRONMENT, with_pip=True)
    # Not compiled: Python does so itself for what is imported, which is a small part of all files.
    pip = [str(_PYTHON), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-compile"]
    constraints = ["--constraint", str(_ROOT / "constraints.txt")]
    print(f"Installing QuantSeg with [{extra}] (the first time takes a few minutes)", flush=True)
    # PyTorch goes first, alone: only it comes from that index, and what depends on it then finds it installed.
    torch = [*pip, *constraints, "torch"]
    if torch_index or not (_needs_no_cuda() and _installs([*torch, "--retries", "0", "--index-url", _CPU_BUILDS])):
        subprocess.run([*torch, *(["--index-url", torch_index] if torch_index else [])], check=True)
    subprocess.run([*pip, *constraints, "--editable", f"{_ROOT}[{extra}]"], check=True)


def _needs_no_cuda() -> bool:
    """Tell whether PyPI's PyTorch, on Linux a CUDA build of several GB, would bring what this machine cannot use."""
    nvidia = shutil.which("nvidia-smi") or any(Path(sign).exists() for sign in _SIGNS_OF_NVIDIA)
    return platform.system() == "Linux" and not nvidia


def _installs(command: list[str]) -> bool:
    """Try to install from an index that may be out of reach; PyPI then serves."""
    print("No NVIDIA driver was found: taking PyTorch's CPU build", flush=True)
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


if __name__ == "__main__":
    sys.exit(main())
