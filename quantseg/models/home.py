"""The folders in which QuantSeg keeps what a user added or agreed to, and what it would have to make again."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from quantseg.errors import ModelError

HOME_VARIABLE = "QUANTSEG_HOME"
_NOWHERE = Path(os.devnull, "quantseg")
"""Folder of a user without any home, as in containers: it holds nothing, and nothing can be written there."""


def user_folder() -> Path:
    """Return the user's data folder; ``QUANTSEG_HOME`` replaces it, for clusters and tests."""
    named = os.environ.get(HOME_VARIABLE)
    if named:
        return Path(named)
    from platformdirs import user_data_path

    try:
        folder = user_data_path("quantseg", appauthor=False)
    except RuntimeError:
        return _NOWHERE
    # Older versions of platformdirs leave "~" as it is where the system knows no home; no such folder is meant.
    return folder if folder.is_absolute() else _NOWHERE


def cache_folder() -> Path:
    """Return the folder of what may be deleted at any time; it lies in ``QUANTSEG_HOME`` where that is given."""
    named = os.environ.get(HOME_VARIABLE)
    if named:
        return Path(named) / "cache"
    from platformdirs import user_cache_path

    try:
        folder = user_cache_path("quantseg", appauthor=False)
    except RuntimeError:
        return _NOWHERE
    return folder if folder.is_absolute() else _NOWHERE


@contextmanager
def writing_to_user_folder() -> Iterator[None]:
    """Say what to do where the user's folder cannot be written, as in containers and on nodes of clusters.

    Raises:
        ModelError: an OSError was raised inside.
    """
    try:
        yield
    except OSError as error:
        raise ModelError(
            f"{user_folder()}, where QuantSeg keeps a user's models, cannot be written ({error.strerror}); name a "
            f"folder that can be with {HOME_VARIABLE}."
        ) from error


def read_record(path: Path) -> dict[str, Any]:
    """Return the JSON object that a file of this folder holds; empty if there is none yet.

    Raises:
        ModelError: the file is damaged, or may not be read.
    """
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except OSError as error:
        raise ModelError(
            f"{path} cannot be read ({error.strerror}); name another folder with {HOME_VARIABLE}."
        ) from error
    except ValueError as error:
        raise ModelError(f"{path} is damaged ({error}); delete it and add your models again.") from error
    if not isinstance(record, dict):
        raise ModelError(f"{path} is damaged (no JSON object); delete it and add your models again.")
    return record


def write_record(path: Path, record: dict[str, Any]) -> None:
    """Replace a JSON file whole, sorted, so that an interruption leaves the old or the new one.

    Raises:
        OSError: it cannot be written; an older one is untouched.
    """
    replace_file(path, (json.dumps(record, indent=1, sort_keys=True) + "\n").encode())


def replace_file(path: Path, content: bytes) -> None:
    """Replace a file of these folders whole, and make the folder where it is missing.

    Raises:
        OSError: it cannot be written; an older one is untouched.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = path.with_name(f"{path.name}.{os.getpid()}.part")
    try:
        aside.write_bytes(content)
        aside.replace(path)
    except OSError:
        aside.unlink(missing_ok=True)
        raise
