"""What all pages have in common: templates beside this file, filled with texts that can never become markup."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from jinja2 import Environment, Template


def page_template(name: str, filters: Mapping[str, Callable[..., Any]] | None = None) -> Template:
    """Return a template.

    Args:
        name: of its file.
        filters: functions that it calls by these names; they take whatever it hands them.
    """
    environment = _environment()
    environment.filters |= filters or {}
    return environment.get_template(name)


@cache
def _environment() -> Environment:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    return Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
