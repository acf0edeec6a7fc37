"""Files and folders that appear whole or not at all: written aside, then renamed."""

from __future__ import annotations

import os
import re
import secrets
import shutil
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from pathlib import Path


def write_file(path: Path, content: bytes, mode: int | None = None) -> None:
    """Replace a file in one step.

    Args:
        path: where it is to lie.
        content: of the file.
        mode: its permissions, from the moment it appears; None for those that the user's files usually have.

    Raises:
        OSError: it could not be written; the former file, if any, is untouched.
    """
    aside = _sibling(path, "part")
    try:
        if mode is not None:
            aside.touch(mode=mode, exist_ok=False)
        aside.write_bytes(content)
        aside.replace(path)
    except BaseException:
        aside.unlink(missing_ok=True)
        raise


@contextmanager
def whole_folder(
    folder: Path, owned: Collection[str], may_replace: Callable[[Path], None] | None = None
) -> Iterator[Path]:
    """Fill a folder so that it appears whole, in place of an older one.

    What a killed process left beside it is cleared first. Entries of the older folder that are not ours, such as a
    person's notes, are carried over, unless the new folder has one of that name.

    Args:
        folder: the folder to make; its parent is made where it is missing.
        owned: names of entries that this program writes and may therefore drop.
        may_replace: is given an older folder, set aside so that nobody else can change it, and raises where it must
            stay; it then does.

    Yields:
        an empty folder to write into.

    Raises:
        OSError: the folder could not be filled or put in place; the older one, if any, is untouched.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    _clear_leftovers(folder)
    part = _sibling(folder, "part")
    part.mkdir()
    try:
        yield part
        try:
            _carry_over(folder, part, owned)
        except FileNotFoundError:
            if folder.exists():
                raise
            # Another process has set it aside meanwhile, and carries over what it held.
        _put_in_place(part, folder, may_replace)
    except BaseException:
        shutil.rmtree(part, ignore_errors=True)
        raise


def restore_folder(folder: Path) -> None:
    """Put back an older folder that :func:`whole_folder` had set aside when its process was killed.

    Only for who alone may write the folder: it must not meet somebody else's writing.

    Raises:
        OSError: what was left could not be cleared.
    """
    if folder.parent.is_dir():
        _clear_leftovers(folder)


def _sibling(path: Path, purpose: str) -> Path:
    """Return a name beside a path that tells what it is for and which process made it."""
    return path.with_name(f".{path.name}.{purpose}-{secrets.token_hex(4)}-{os.getpid()}")


def _clear_leftovers(folder: Path) -> None:
    # The process stands in the name since two could be at work on one folder; older versions left it out.
    pattern = re.compile(rf"\.{re.escape(folder.name)}\.(part|old)-[0-9a-f]{{8}}(-(?P<process>\d+))?")
    found = [(Path(e.path), pattern.fullmatch(e.name)) for e in os.scandir(folder.parent) if e.is_dir()]
    for leftover in [path for path, match in found if match and not _is_at_work(match["process"])]:
        # Killed between the two renames: the older folder is whole and has nobody in its place.
        if ".old-" in leftover.name and not folder.exists():
            leftover.rename(folder)
        else:
            shutil.rmtree(leftover)


def _is_at_work(process: str | None) -> bool:
    """Tell whether a process other than this one is alive, to which a folder that is being written then belongs."""
    if process is None or int(process) == os.getpid():
        return False
    # Here, because panels write where psutil is not installed yet, and may never be.
    import psutil

    return bool(psutil.pid_exists(int(process)))


def _carry_over(older: Path, part: Path, owned: Collection[str]) -> None:
    if not older.is_dir():
        return
    for entry in older.iterdir():
        if entry.name in owned or (part / entry.name).exists():
            continue
        if entry.is_dir() and not entry.is_symlink():
            shutil.copytree(entry, part / entry.name, symlinks=True)
        else:
            shutil.copy2(entry, part / entry.name, follow_symlinks=False)


def _put_in_place(part: Path, folder: Path, may_replace: Callable[[Path], None] | None) -> None:
    """Rename a folder to its place; one that another process puts there meanwhile is an older one like any other."""
    replaced = []
    while not _takes_free_place(part, folder):
        old = _sibling(folder, "old")
        try:
            folder.rename(old)
        except FileNotFoundError:
            continue  # Another process has set it aside, and will put its own there.
        try:
            if may_replace is not None:
                may_replace(old)
        except BaseException:
            old.rename(folder)
            raise
        replaced.append(old)
    for old in replaced:
        shutil.rmtree(old, ignore_errors=True)


def _takes_free_place(part: Path, folder: Path) -> bool:
    """Rename a folder unless there is one of that name, which holds something."""
    if folder.exists():
        return False
    try:
        part.rename(folder)
    except OSError:
        if not folder.exists():
            raise
        return False
    return True
