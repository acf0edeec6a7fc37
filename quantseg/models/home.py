"""The folder in which QuantSeg keeps what a user added or agreed to."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from quantseg.errors import ModelError

HOME_VARIABLE = "QUANTSEG_HOME"


def user_folder() -> Path:
    """Return the user's data folder; ``QUANTSEG_HOME`` replaces it, for clusters and tests."""
    named = os.environ.get(HOME_VARIABLE)
    if named:
        return Path(named)
    from platformdirs import user_data_path

    return user_data_path("quantseg", appauthor=False)


def read_record(path: Path) -> dict[str, Any]:
    """Return the JSON object that a file of this folder holds; empty if there is none yet.

    Raises:
        ModelError: the file is damaged.
    """
    if not path.exists():
        return {}
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise ModelError(f"{path} is damaged ({error}); delete it and add your models again.") from error
    if not isinstance(record, dict):
        raise ModelError(f"{path} is damaged (no JSON object); delete it and add your models again.")
    return record


def write_record(path: Path, record: dict[str, Any]) -> None:
    """Replace a JSON file whole, sorted, so that an interruption leaves the old or the new one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = path.with_name(f"{path.name}.{os.getpid()}.part")
    aside.write_text(json.dumps(record, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    aside.replace(path)
