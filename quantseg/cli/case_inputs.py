"""What a run's input is, on the command line: images and what goes with one of them, or a table of cases."""

from __future__ import annotations

import argparse
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from quantseg.errors import UsageError
from quantseg.reading.person import Person, Sex, parse_age_years, parse_sex
from quantseg.tasks.contract import Task

if TYPE_CHECKING:
    from quantseg.batch.case_list import CaseList
    from quantseg.batch.inputs import Inputs

_AGE, _SEX = "--age", "--sex"
_HIDDEN = "…"
_OF_A_PATH = re.compile(r"[/\\]")
_UID = re.compile(r"\d+(\.\d+){2,}")

Value = TypeVar("Value")


def add_input_arguments(parser: argparse.ArgumentParser, task: Task[Any, Any]) -> None:
    """Declare images, those of further roles, age and sex where the task asks, and a table in their place."""
    first, *others = task.inputs
    parser.add_argument("inputs", type=Path, nargs="*", metavar="INPUT", help=first.help)
    parser.add_argument(
        "--cases",
        type=Path,
        metavar="TABLE.csv",
        help=f"many cases in place of INPUT, a row each, with the columns {', '.join(task.table_columns)}",
    )
    if not others and not task.asks_person:
        return
    one = parser.add_argument_group("what goes with a single INPUT")
    for role in others:
        needed = " (optional, and may stand alone)" if role.stands_alone else "" if role.required else " (optional)"
        one.add_argument(f"--{role.flag}", type=Path, dest=_dest(role.name), metavar="PATH", help=role.help + needed)
    if task.asks_person:
        letters = ",".join(sex.value for sex in Sex)
        instead = "in place of DICOM's"
        one.add_argument(
            _AGE, type=_typed(parse_age_years), metavar="YEARS", help=f"at the time of the scan, {instead}"
        )
        one.add_argument(_SEX, type=_typed(parse_sex), metavar=f"{{{letters}}}", help=f"of the person, {instead}")


def inputs_of(options: argparse.Namespace, task: Task[Any, Any]) -> Inputs | CaseList:
    """Return where the cases are.

    Raises:
        UsageError: there is neither an image nor a table, both are given, or no file exists.
    """
    from quantseg.batch.case_list import CaseList
    from quantseg.batch.inputs import Inputs

    given = {role.name: getattr(options, _dest(role.name)) for role in task.inputs[1:]}
    further = {name: path for name, path in given.items() if path is not None}
    person = Person(options.age, options.sex) if task.asks_person else Person()
    if options.cases is None:
        if not options.inputs and not any(role.stands_alone and role.name in further for role in task.inputs):
            raise UsageError("There is no input; name images or folders of images, or a table of cases with --cases.")
        if options.inputs and not any(path.exists() for path in options.inputs):
            missing = options.inputs[0]
            raise UsageError(f"There is no file or folder {missing}; name images, or folders of images, that exist.")
        return Inputs(options.inputs, options.series, further, person)
    if options.inputs or options.series or further or person != Person():
        raise UsageError("--cases names all images, and what goes with them, in its table; leave out the others.")
    return CaseList(options.cases)


def without_person(command: Sequence[str], task: Task[Any, Any]) -> list[str]:
    """Return the arguments of a command without age and sex, as they may be written down."""
    if not task.asks_person:
        return list(command)
    told: list[str] = []
    hide = False
    for argument in command:
        flag, equals, _ = argument.partition("=")
        about_person = len(flag) > len("--") and any(name.startswith(flag) for name in (_AGE, _SEX))
        if hide:
            told.append(_HIDDEN)
        elif about_person and equals:
            told.append(f"{flag}={_HIDDEN}")
        else:
            told.append(argument)
        hide = about_person and not equals and not hide
    return told


def paths_of(options: argparse.Namespace) -> list[Path]:
    """Return all paths that a command was given."""
    values = [value for given in vars(options).values() for value in (given if isinstance(given, list) else [given])]
    return [value for value in values if isinstance(value, Path)]


def without_paths(command: Sequence[str], paths: Sequence[Path]) -> list[str]:
    """Return the arguments of a command without what may name a person: paths, addresses, identifiers of series.

    Args:
        command: its arguments.
        paths: those among them.
    """
    named = {str(path) for path in paths}
    return [_without_path(argument, named) for argument in command]


def _without_path(argument: str, named: set[str]) -> str:
    flag, equals, value = argument.partition("=")
    if argument.startswith("--"):
        return f"{flag}={_HIDDEN}" if equals and _may_name_a_person(value, named) else argument
    if argument.startswith("-") and str(Path(argument[2:])) in named:
        return f"{argument[:2]}{_HIDDEN}"
    return _HIDDEN if _may_name_a_person(argument, named) else argument


def _may_name_a_person(value: str, named: set[str]) -> bool:
    return str(Path(value)) in named or bool(_OF_A_PATH.search(value) or _UID.fullmatch(value))


def _dest(role: str) -> str:
    return f"role_{role}"


def _typed(parse: Callable[[str], Value]) -> Callable[[str], Value]:
    def value(text: str) -> Value:
        try:
            return parse(text)
        except ValueError as error:
            raise argparse.ArgumentTypeError(str(error)) from None

    return value
