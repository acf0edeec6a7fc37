"""What a user may ask of a task, declared once: a frozen dataclass whose fields carry help, unit, range and choices.

The command line, ``run.json``, the panels and the web form are made from these fields. Nothing heavy is imported here,
since the command line builds its parser from the options of every task.
"""

from __future__ import annotations

import contextlib
import dataclasses
import math
import types
import typing
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from typing import Any, TypeVar

from quantseg.errors import UsageError

Declared = TypeVar("Declared", bound="TaskOptions")
_METADATA_KEY = "quantseg.option"


@dataclass(frozen=True)
class OptionWords:
    """What is said of an option beside its name, type and default.

    Attributes:
        help: one phrase, as the command line shows it.
        flag: of the command line, without dashes; by default the field's name, ``input_kind`` as ``input-kind``.
        unit: placeholder of a value, such as ``CM``.
        group: heading below which options stand together; empty for none.
        choices: what a text may be; an enum names its own.
        minimum: smallest value of a number; None where there is none.
        positive: whether a number must be above 0.
        labels: what a person reads in a panel for each choice, by its value.
    """

    help: str
    flag: str = ""
    unit: str = ""
    group: str = ""
    choices: tuple[str, ...] = ()
    minimum: float | None = None
    positive: bool = False
    labels: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Option:
    """One option of a task, as a command line or a form needs it.

    Attributes:
        name: of the field.
        flag: of the command line, without dashes.
        kind: type of a value: bool, int, float, str, a path or an enum.
        optional: whether None, "not given", is a value.
        default: where the user says nothing.
        words: what is said of it.
    """

    name: str
    flag: str
    kind: type
    optional: bool
    default: Any  # Of ``kind``, which differs from option to option.
    words: OptionWords

    @property
    def choices(self) -> tuple[str, ...]:
        """What a value may be, as text; empty where it is free."""
        if issubclass(self.kind, Enum):
            return tuple(str(member.value) for member in self.kind)
        return self.words.choices

    @property
    def expected(self) -> str:
        """What a value may be, in words."""
        if self.choices:
            return f"one of {', '.join(self.choices)}"
        return "a positive number" if self.words.positive else f"a value of type {self.kind.__name__}"

    def value_of(self, text: str) -> Any:
        """Return the value that a text stands for.

        Raises:
            ValueError: it stands for none; the message says what was expected.
        """
        if issubclass(self.kind, Enum):
            return self.kind(text)
        if self.kind not in (int, float):
            return Path(text) if self.kind is Path else text
        number = int(text) if self.kind is int else float(text)
        if not math.isfinite(number):
            raise ValueError(f"{text} is no number")
        if self.words.positive and number <= 0:
            raise ValueError(f"{text} is not positive")
        if self.words.minimum is not None and number < self.words.minimum:
            raise ValueError(f"{text} is below {self.words.minimum:g}")
        return number


def option(default: Any, help: str, **words: Any) -> Any:
    """Declare an option in a task's dataclass; ``dataclasses.field`` with words.

    Args:
        default: where the user says nothing.
        help: one phrase.
        words: further attributes of :class:`OptionWords`.

    Returns:
        what a dataclass takes for a field, of whatever type the field has.
    """
    return field(default=default, metadata={_METADATA_KEY: OptionWords(help, **words)})


@dataclass(frozen=True, kw_only=True)
class TaskOptions:
    """What every task may be asked.

    Attributes:
        device: as :func:`quantseg.inference.device.choose_device` takes it.
    """

    device: str = option("auto", "auto, cpu, cuda, cuda:N or mps")


def options_of(options: type) -> tuple[Option, ...]:
    """Return the options that a dataclass declares, in its order, those of every task last."""
    hints = typing.get_type_hints(options)
    found = [_option(one, hints[one.name]) for one in dataclasses.fields(options)]
    shared = {one.name for one in dataclasses.fields(TaskOptions)}
    return tuple(sorted(found, key=lambda one: one.name in shared))


def arguments_of(options: TaskOptions) -> list[str]:
    """Return the arguments of the command line that ask for the same; what is at its default is left out."""
    arguments: list[str] = []
    for one in options_of(type(options)):
        value = getattr(options, one.name)
        if value == one.default:
            continue
        if one.kind is bool:
            arguments.append(f"--{one.flag}")
        else:
            arguments += [f"--{one.flag}", str(value.value if isinstance(value, Enum) else value)]
    return arguments


def options_from(options: type[Declared], given: Mapping[str, Any]) -> Declared:
    """Return options with values as a program gives them: of the option's type, or as the command line takes them.

    Args:
        options: a task's dataclass.
        given: values by the name of the option; the others have their defaults.

    Raises:
        UsageError: there is no such option, it cannot have that value, or two options contradict each other.
    """
    known = {one.name: one for one in options_of(options)}
    for name in given:
        if name not in known:
            raise UsageError(f"There is no option {name!r}; known: {', '.join(known)}.")
    return options(**{name: _given_value(known[name], value) for name, value in given.items()})


def _given_value(one: Option, value: Any) -> Any:
    if value is None and one.optional:
        return None
    if one.kind is bool or isinstance(value, bool):
        if one.kind is bool and isinstance(value, bool):
            return value
    else:
        text = str(value.value if isinstance(value, Enum) else value)
        with contextlib.suppress(ValueError):
            if not one.choices or text in one.choices:
                return one.value_of(text)
    raise UsageError(f"The option {one.name} cannot be {value!r}, expected {one.expected}.")


def _option(one: dataclasses.Field[Any], hint: Any) -> Option:
    words: OptionWords = one.metadata[_METADATA_KEY]
    parts = typing.get_args(hint) if isinstance(hint, types.UnionType) else (hint,)
    (kind,) = (part for part in parts if part is not type(None))
    flag = words.flag or one.name.replace("_", "-")
    return Option(one.name, flag, kind, type(None) in parts, one.default, words)
