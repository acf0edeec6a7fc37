"""Make QuantSeg's environment from a fresh clone, then run the demonstration or the tests in it.

    python3 bootstrap.py demo     whole head and three crops that the project ships, from image to report
    python3 bootstrap.py test     the test suite, in two processes

The environment lies in ``.venv`` beside this file and is made once. ``--torch-index URL`` takes PyTorch from another
package index, for instance PyTorch's own for CPU-only or CUDA builds; README.md names them.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import venv
from pathlib import Path

_ROOT = Path(__file__).resolve().parent
_ENVIRONMENT = _ROOT / ".venv"
_PYTHON = _ENVIRONMENT / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
_EXTRAS = {"demo": "slicer", "test": "test"}
_COMMANDS = {"demo": ["quantseg", "demo"], "test": ["pytest", "--numprocesses", "2", "--dist", "worksteal"]}


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
    pip = [str(_PYTHON), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    constraints = ["--constraint", str(_ROOT / "constraints.txt")]
    print(f"Installing QuantSeg with [{extra}] (the first time takes a few minutes)", flush=True)
    index = ["--index-url", torch_index] if torch_index else []
    # PyTorch goes first, alone: only it comes from that index, and what depends on it then finds it installed.
    subprocess.run([*pip, *constraints, *index, "torch"], check=True)
    subprocess.run([*pip, *constraints, "--editable", f"{_ROOT}[{extra}]"], check=True)


if __name__ == "__main__":
    sys.exit(main())
