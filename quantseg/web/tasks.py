"""What the tasks ask of people: their options as fields of a form, and the licences of the models they would use."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache
from pathlib import Path
from typing import Any

from quantseg.errors import UsageError
from quantseg.reading.person import Person, Sex, parse_age_years, parse_sex
from quantseg.tasks.options import Option, options_from, options_of
from quantseg.tasks.registry import load_task

# Where a run is computed is the server's business; a file on it is nobody's.
_OF_THE_SERVER = frozenset({"device"})
_UNITS = {"CM": "cm", "M": "m", "KG": "kg", "PER_MIN": "per minute"}
"""What people read in place of the command line's placeholder of a value; others are no units."""


@dataclass(frozen=True)
class Field:
    """An option as a field of a form.

    Attributes:
        name: of the option.
        help: one phrase.
        kind: ``choice``, ``yes`` for a tick, ``number`` or ``text``.
        choices: value and words of each choice.
        default: as text; empty where nothing is given.
        unit: of a number, as people write it; empty where it has none.
    """

    name: str
    help: str
    kind: str
    choices: tuple[tuple[str, str], ...]
    default: str
    unit: str = ""

    @property
    def title(self) -> str:
        """What stands beside the field: the phrase, and in which unit."""
        return self.help[:1].upper() + self.help[1:] + (f" [{self.unit}]" if self.unit else "")


_AGE, _SEX = "person_age", "person_sex"
_PERSON_FIELDS = [
    Field(_AGE, "age of the person in years, where the images do not say it", "number", (), ""),
    Field(
        _SEX,
        "sex of the person, where the images do not say it",
        "choice",
        (("", "Not given"), *((one.value, one.name.capitalize()) for one in Sex)),
        "",
    ),
]


@dataclass(frozen=True)
class TaskWords:
    """A task as people see it.

    Attributes:
        name: of the task.
        summary: one sentence.
        fields: its options.
        corrects: whether people may correct its results.
        teaches: whether a model of it learns from what people have corrected, so that a consent to that has a sense.
    """

    name: str
    summary: str
    fields: tuple[Field, ...]
    corrects: bool
    teaches: bool


@lru_cache(maxsize=32)
def words_of(name: str, reference: str) -> TaskWords:
    """Return a task as people see it; its record loads nothing heavy."""
    task = load_task(reference)
    fields = []
    for one in options_of(task.options):
        if _is_the_servers(one):
            continue
        default = one.default.value if isinstance(one.default, Enum) else one.default
        text = "" if default is None else str(default)
        named = one.words.labels
        choices = tuple((value, named.get(value, value)) for value in one.choices)
        if choices and one.optional:
            choices = (("", named.get("", "Not given")), *choices)
        kind = "choice" if choices else "yes" if one.kind is bool else "number" if one.kind in (int, float) else "text"
        fields.append(Field(one.name, one.words.help, kind, choices, text, _UNITS.get(one.words.unit, "")))
    if task.asks_person:
        fields += _PERSON_FIELDS
    corrects = task.correct is not None
    # Whatever else is trained makes its data itself, or learns from numbers.
    teaches = corrects and any(model.approach is not None for model in task.trainable)
    return TaskWords(name, task.summary, tuple(fields), corrects, teaches)


def _is_the_servers(one: Option) -> bool:
    """Tell whether an option is none of people's business: where a run is computed, or a file that lies there."""
    return one.name in _OF_THE_SERVER or issubclass(one.kind, Path)


def person_apart(reference: str, given: Mapping[str, Any]) -> tuple[Person, dict[str, Any]]:
    """Return what was said of the person, and the task's own options.

    Raises:
        UsageError: it is no age or no sex.
    """
    if not load_task(reference).asks_person:
        return Person(), dict(given)
    age, sex = (str(given.get(name, "")) for name in (_AGE, _SEX))
    try:
        person = Person(parse_age_years(age) if age else None, parse_sex(sex) if sex else None)
    except ValueError as error:
        raise UsageError(f"What was said of the person cannot be: {error}.") from None
    return person, {name: value for name, value in given.items() if name not in (_AGE, _SEX)}


def options_in_words(words: TaskWords, options: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return what was asked of a run, each with a short title: ("Age of the person in years", "65")."""
    told = []
    for field in words.fields:
        if field.name in options:
            value = "yes" if field.kind == "yes" else str(options[field.name])
            title = field.title.partition(" [")[0].partition(" (")[0].partition(",")[0]
            told.append((title, " ".join((dict(field.choices).get(value, value), field.unit)).strip()))
    return told


def options_of_form(words: TaskWords, form: Mapping[str, Any]) -> dict[str, Any]:
    """Return the options that a form asks for; what is at its default is left out."""
    given: dict[str, Any] = {}
    for field in words.fields:
        if field.kind == "yes":
            if field.name in form:
                given[field.name] = True
            continue
        text = str(form.get(field.name, "")).strip()
        if text and text != field.default:
            given[field.name] = text
    return given


def licences_of(reference: str, options: Mapping[str, Any]) -> tuple[str, ...]:
    """At the desk: check options, and return the licences that somebody must agree to before a run with them.

    Raises:
        UsageError: an option is wrong.
        ModelError: a model is missing or damaged.
    """
    from quantseg.models.bundle import find_bundle
    from quantseg.models.licence import forbids_commercial_use

    task = load_task(reference)
    if any(_is_the_servers(one) for one in options_of(task.options) if one.name in options):
        raise UsageError("Where a run is computed, and which files of the server it reads, is not asked here.")
    models = task.models(options_from(task.options, person_apart(reference, options)[1]))
    licences = (find_bundle(name).licence for name in models)
    return tuple(dict.fromkeys(licence for licence in licences if forbids_commercial_use(licence)))
