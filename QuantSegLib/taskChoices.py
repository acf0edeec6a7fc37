"""What a panel lets a user choose, made from the options that its task declares once for all faces."""

from enum import Enum

from slicer.i18n import tr as _

from quantseg.tasks.options import options_of


def choiceEnum(name, options, optionName, names=None):
    """Return an enumeration of what a task's option may be, as a panel's parameter node and combo box take it.

    Saved scenes hold the names of its members, which must therefore never change.

    :param name: of the enumeration, such as "SideChoice".
    :param options: the task's dataclass of options; see quantseg.tasks.options.
    :param optionName: field of it, such as "side".
    :param names: of members, by value, where they are others than the option's own; "" stands for "not given".
    """
    option = next(one for one in options_of(options) if one.name == optionName)
    texts = option.words.labels
    own = {member.value: member.name for member in option.kind} if issubclass(option.kind, Enum) else {}
    known = {"": "UNKNOWN"} | own | (names or {})
    values = [*([""] if option.optional else []), *option.choices]

    class Choice(Enum):
        def label(self):
            return _(texts[self.value])

    # An enumeration without members makes such as have some.
    return Choice(name, [(known[value], value) for value in values])  # type: ignore[call-arg]


def parameterName(optionName):
    """Return the name of a panel's parameter for a task's option, such as inputKind for "input_kind"."""
    first, *others = optionName.split("_")
    return first + "".join(word.capitalize() for word in others)


def chosen(options, parameterNode):
    """Return those of a task's options that a panel has parameters for, by the parameters' names.

    :param options: the task's dataclass of options.
    :param parameterNode: the panel's choices.
    """
    names = (parameterName(one.name) for one in options_of(options))
    return {name: getattr(parameterNode, name) for name in names if hasattr(parameterNode, name)}


def taskOptions(options, choices):
    """Return a task's options for what was chosen.

    :param options: the task's dataclass of options.
    :param choices: values by the names of parameters. A member of a :func:`choiceEnum` stands for its value; where an
        option may be left open, an empty text and the number 0 leave it so.
    :raises TypeError: the task has no such option.
    :raises quantseg.errors.UsageError: choices contradict each other.
    """
    declared = {parameterName(one.name): one for one in options_of(options)}
    unknown = sorted(set(choices) - set(declared))
    if unknown:
        raise TypeError(f"Unknown choice {', '.join(unknown)}; known: {', '.join(declared)}.")
    given = {}
    for name, value in choices.items():
        option = declared[name]
        plain = value.value if isinstance(value, Enum) else value
        if option.optional and not plain:
            continue
        given[option.name] = bool(plain) if option.kind is bool else option.value_of(str(plain))
    return options(**given)
