"""A task's own options on the command line, from the fields of its options dataclass."""

from __future__ import annotations

import argparse
from enum import Enum
from typing import Any, TypeVar

from quantseg.tasks.options import Option, options_of

_Options = TypeVar("_Options")


def add_task_options(parser: argparse.ArgumentParser, options: type) -> None:
    """Declare every option of a dataclass, those of a group below its heading."""
    groups: dict[str, argparse._ArgumentGroup | argparse.ArgumentParser] = {"": parser}
    for one in options_of(options):
        heading = one.words.group
        if heading not in groups:
            groups[heading] = parser.add_argument_group(heading)
        groups[heading].add_argument(f"--{one.flag}", **_argument(one))


def task_options(given: argparse.Namespace, options: type[_Options]) -> _Options:
    """Return what the user asked of a task.

    Raises:
        UsageError: two options contradict each other.
    """
    return options(**{one.name: getattr(given, one.name) for one in options_of(options)})


def _argument(one: Option) -> dict[str, Any]:
    """Return what argparse takes for an option."""
    words, shown = one.words, "" if one.default is None or one.kind is bool else " (default: %(default)s)"
    if one.kind is bool:
        return {"dest": one.name, "action": "store_true", "help": words.help}
    # An enum's own text is "InputKind.DECIDE", which is nothing that a user could type.
    default = one.default.value if isinstance(one.default, Enum) else one.default
    argument = {"dest": one.name, "default": default, "help": words.help + shown}
    if one.choices:
        # The values as text, so that argparse names them; a text is turned into its value afterwards.
        return argument | {"type": _typed(one), "metavar": "{" + ",".join(one.choices) + "}"}
    return argument | {"type": _typed(one), "metavar": words.unit or one.flag.upper()}


def _typed(one: Option) -> Any:
    """Return the function from text to value that argparse calls, whose errors it reports in the user's words."""

    def value(text: str) -> Any:
        if one.choices and text not in one.choices:
            raise argparse.ArgumentTypeError(f"{text!r} is unknown, expected {one.expected}")
        try:
            return one.value_of(text)
        except ValueError:
            raise argparse.ArgumentTypeError(f"{text!r} is not {one.expected}") from None

    return value


def add_licence_argument(parser: argparse.ArgumentParser) -> None:
    """Declare by which option a person agrees to a model's licence."""
    parser.add_argument(
        "--accept-licence",
        metavar="NAME",
        help="agree, once for all, to a model's licence that forbids commercial use, by its SPDX identifier",
    )
