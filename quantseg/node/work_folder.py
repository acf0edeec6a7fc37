"""Where a node's files lie while a study is in hand: private, named by chance, and of one node alone."""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
from collections.abc import Collection
from pathlib import Path
from typing import IO

from quantseg.errors import UsageError

_LOCK, _NODE, _STUDIES = "lock", "node", "studies"
_OWNER_ALONE = 0o700


class WorkFolder:
    """Holds a folder a study in hand, with the images and the results.

    Args:
        root: of it; two nodes cannot have the same.

    Raises:
        UsageError: it cannot be used, or another node uses it.
    """

    def __init__(self, root: Path) -> None:
        self._root = root
        try:
            root.mkdir(mode=_OWNER_ALONE, parents=True, exist_ok=True)
            _refuse_others(root)
            root.chmod(_OWNER_ALONE)
            (root / _STUDIES).mkdir(mode=_OWNER_ALONE, exist_ok=True)
            self._lock = _locked(root / _LOCK)
            self.node = _name_of_node(root / _NODE)
        except OSError as error:
            raise UsageError(f"The work folder {root} cannot be used ({error.strerror}); name another one.") from None

    def close(self) -> None:
        """Let another node have the folder."""
        self._lock.close()

    def new(self, name: str) -> str:
        """Make a folder for a study and return its name.

        Raises:
            OSError: it could not be made.
        """
        self.study(name).mkdir(mode=_OWNER_ALONE, parents=True)
        return name

    def study(self, name: str) -> Path:
        """Return the folder of a study's images."""
        return self._of(name) / "study"

    def results(self, name: str) -> Path:
        """Return the folder of a study's results."""
        return self._of(name) / "results"

    def remove(self, name: str) -> None:
        """Take away all of a study; "" for none."""
        if name:
            shutil.rmtree(self._of(name), ignore_errors=True)

    def sweep(self, wanted: Collection[str]) -> int:
        """Take away all that nobody wants, such as what a killed node left; return how many studies that was."""
        gone = [path.name for path in (self._root / _STUDIES).iterdir() if path.name not in wanted]
        for name in gone:
            self.remove(name)
        return len(gone)

    def _of(self, name: str) -> Path:
        return self._root / _STUDIES / name


def _refuse_others(root: Path) -> None:
    """Refuse a folder with what no node put there, which would be shut away from others, or swept away."""
    if (root / _NODE).exists():
        return
    found = {path.name for path in root.iterdir()} - {_LOCK, _STUDIES, "lost+found"}
    if found or ((root / _STUDIES).exists() and any((root / _STUDIES).iterdir())):
        raise UsageError(f"The work folder {root} holds what is no node's; name a new folder, of this node alone.")


def _locked(path: Path) -> IO[str]:
    """Return a file that this process alone has locked, until it ends."""
    stream = path.open("a", encoding="utf-8")
    try:
        if os.name != "nt":
            import fcntl

            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        stream.close()
        raise UsageError(
            f"The work folder {path.parent} is in use by another node; give each node a work folder of its own."
        ) from None
    return stream


def _name_of_node(path: Path) -> str:
    """Return the name by which this folder's files are known in the queue; made by chance at first."""
    with contextlib.suppress(OSError):
        if known := path.read_text(encoding="utf-8").strip():
            return known
    name = secrets.token_hex(6)
    path.write_text(name, encoding="utf-8")
    return name
