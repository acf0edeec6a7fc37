"""A site's own rules on which series are measured: a TOML file with a table a task."""

from __future__ import annotations

import dataclasses
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from quantseg.errors import UsageError
from quantseg.reading.series_rule import SeriesRule
from quantseg.tasks.contract import InputRole, Task

_PATTERNS = ("description", "protocol", "leave_out")
_TAKE = {"one": False, "all": True}


def site_rule(file: Path | None, task: Task[Any, Any], role: InputRole) -> SeriesRule:
    """Return the rule for the series of a role: the task's, sharpened by the site's file.

    The table of a task is that of its first role; a further role has a table of its own within, ``[task.role]``.

    Raises:
        UsageError: the file cannot be read, or says what is no rule.
    """
    rule = role.series_rule
    if file is None:
        return rule
    table: Any = _read(file).get(task.name, {})
    if role is not task.inputs[0]:
        table = table.get(role.name, {}) if isinstance(table, Mapping) else {}
    if not isinstance(table, Mapping):
        raise UsageError(f"{task.name} in {file} is no table, expected [{task.name}] with the rules below it.")
    further = {one.name for one in task.inputs[1:]} if role is task.inputs[0] else set()
    return _sharpened(rule, {name: value for name, value in table.items() if name not in further}, file)


def _read(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise UsageError(f"The rules {file} cannot be read ({error.strerror}); name another file.") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"The rules {file} are no TOML ({error}); mend the file.") from None


def _sharpened(rule: SeriesRule, table: Mapping[str, Any], file: Path) -> SeriesRule:
    changes: dict[str, Any] = {}
    for name, value in table.items():
        if name in _PATTERNS:
            changes[name] = _patterns(name, value, file)
        elif name == "take" and value in _TAKE:
            changes["take_all"] = _TAKE[value]
        else:
            expected = f"{', '.join(_PATTERNS)} (lists of patterns), or take = 'one' or 'all'"
            raise UsageError(f"{name} = {value!r} in {file} is no rule, expected {expected}.")
    return dataclasses.replace(rule, **changes)


def _patterns(name: str, value: object, file: Path) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        raise UsageError(f"{name} in {file} is {value!r}, expected a list of patterns such as ['mprage'].")
    for one in value:
        try:
            re.compile(one)
        except re.error as error:
            raise UsageError(f"{one!r} in {file} is no pattern ({error}), expected a regular expression.") from None
    return tuple(value)
