"""Names of files as messages show them: a stranger's name must not move the cursor over what else is shown."""

from __future__ import annotations

import unicodedata

_SPACES = "Zs"
"""Unicode's category of spaces, of which names hold wider and narrower ones."""


def printable(text: str) -> str:
    r"""Return a text in one line in which what cannot be shown is escaped, such as ``\n``, ``\x1b`` or ``\udcff``.

    That is what terminals obey, what turns the direction of writing, and bytes of a name that are no text (PEP 383).
    """
    return "".join(letter if _is_shown(letter) else ascii(letter)[1:-1] for letter in text)


def _is_shown(letter: str) -> bool:
    return letter.isprintable() or unicodedata.category(letter) == _SPACES
