"""Errors that a user can act on; each says what was found, what was expected and what to do."""

from __future__ import annotations

from quantseg.printable import printable


def how_to_install(extra: str) -> str:
    """Return what to do where the libraries of one of QuantSeg's extras are missing, as the end of a sentence."""
    return f'run in a clone of QuantSeg: pip install ".[{extra}]"'


class QuantSegError(Exception):
    """Base of every error whose message is meant for the user rather than for a programmer.

    Args:
        sentences: of the message, a line each; names in them are escaped where they cannot be shown.
    """

    def __init__(self, *sentences: str) -> None:
        super().__init__(*(printable(sentence) for sentence in sentences))

    def __str__(self) -> str:
        return "\n".join(self.args)


class InputRefused(QuantSegError):
    """An input that cannot be processed rightly; the case is skipped and nothing is written for it."""


class UsageError(QuantSegError):
    """The request itself is wrong (exit status 2): an unknown option value, two equal case names, ..."""


class ModelError(QuantSegError):
    """A model bundle that is missing, damaged, untrusted or unlicensed for this use."""
