"""Pages made on the server: templates that escape what they show, and carry neither script nor style in themselves."""

from __future__ import annotations

import datetime
from functools import cache
from pathlib import Path
from typing import Any

import jinja2
from fastapi import Request
from fastapi.responses import HTMLResponse

import quantseg
from quantseg.results.layout import RESEARCH_ONLY

_TEMPLATES = Path(__file__).with_name("templates")
STATIC = Path(__file__).with_name("static")
_GIB, _MIB = 1024**3, 1024**2


def page(request: Request, template: str, status: int = 200, /, **shown: Any) -> HTMLResponse:
    """Return a page.

    Args:
        request: that it answers.
        template: its name, without its ending.
        status: of HTTP.
        shown: what the template shows, whatever it is.
    """
    who = getattr(request.state, "who", None)
    content = (
        _environment()
        .get_template(f"{template}.html.jinja")
        .render(who=who, path=request.url.path, research_only=RESEARCH_ONLY, version=quantseg.__version__, **shown)
    )
    return HTMLResponse(content, status)


def moment(seconds: float | None) -> str:
    """Return a moment in the server's time zone, to the minute."""
    if seconds is None:
        return "–"
    return datetime.datetime.fromtimestamp(seconds).astimezone().strftime("%Y-%m-%d %H:%M")


def moment_of(written: str) -> str:
    """Return a moment that a history wrote by ISO 8601 as :func:`moment` writes one."""
    return moment(datetime.datetime.fromisoformat(written).timestamp())


def size_in_words(size_bytes: int) -> str:
    """Return a size, such as "12.3 MiB"."""
    return f"{size_bytes / _GIB:.1f} GiB" if size_bytes >= _GIB else f"{size_bytes / _MIB:.1f} MiB"


def spaced(name: str) -> str:
    """Return the name of a task as people write it, with blanks in place of hyphens."""
    return name.replace("-", " ")


@cache
def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"moment": moment, "moment_of": moment_of, "size": size_in_words, "spaced": spaced}
    return environment
