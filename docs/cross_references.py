"""Docstrings name other objects as Sphinx does, ``:class:`Volume```; here each becomes a link, or a name in code."""

from __future__ import annotations

import re

from griffe import AliasResolutionError, Extension, NameResolutionError, Object

_ROLE = re.compile(r":(?:attr|class|data|exc|func|meth|mod):`(?P<short>~?)(?P<name>[\w.]+)`")


class CrossReferences(Extension):
    """Changes the roles in every docstring that was read."""

    def on_object(self, *, obj: Object, **_: object) -> None:
        """Change the roles in the docstring of one object."""
        if obj.docstring is not None:
            obj.docstring.value = _ROLE.sub(lambda role: _link(role, obj), obj.docstring.value)


def _link(role: re.Match[str], obj: Object) -> str:
    name = role["name"]
    shown = name.rpartition(".")[2] if role["short"] else name
    try:
        path = name if name.startswith("quantseg.") else obj.resolve(name)
    except (AliasResolutionError, NameResolutionError):
        return f"`{shown}`"
    return f"[`{shown}`][{path}]" if path.startswith("quantseg.") else f"`{shown}`"
