"""``node.toml``, read whole and right before anything begins."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from quantseg.errors import UsageError
from quantseg.node.settings import NodeSettings


def read_settings(file: Path) -> NodeSettings:
    """Read ``node.toml``; paths in it are relative to its folder.

    Raises:
        UsageError: it cannot be read, or says what cannot be; a sentence for each thing.
    """
    try:
        content = tomllib.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise UsageError(f"The settings {file} cannot be read ({error.strerror}); name another file.") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"The settings {file} are no TOML ({error}); mend the file.") from None
    # What is not said is relative to the file, too, and not to wherever somebody asks from.
    for table, name, value in (("queue", "database", "queue.sqlite"), ("work", "folder", "work")):
        if isinstance(within := content.setdefault(table, {}), dict):
            within.setdefault(name, value)
    _place_paths(content, file.absolute().parent)
    try:
        return NodeSettings.model_validate(content)
    except ValidationError as error:
        # Without the input, which may hold a password that somebody wrote in the wrong place.
        raise UsageError(*(_sentence(one, file) for one in error.errors(include_input=False))) from None


def _place_paths(table: dict[str, Any], folder: Path) -> None:
    """Make paths absolute, in a table and those within."""
    for name, value in table.items():
        for within in value if isinstance(value, list) else [value]:
            if isinstance(within, dict):
                _place_paths(within, folder)
        is_path = name in ("folder", "series_rules") or name.endswith("_file") or name == "database"
        if is_path and isinstance(value, str) and "://" not in value:
            table[name] = str(folder / value)


def _sentence(error: Any, file: Path) -> str:
    place = ".".join(str(part + 1 if isinstance(part, int) else part) for part in error["loc"])
    said = str(error["msg"]).removeprefix("Value error, ")
    return f"{file}{f', {place}' if place else ''}: {said}."
