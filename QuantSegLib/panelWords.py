"""Errors of the engine in the words of a panel, which has no command line."""

import re

from slicer.i18n import tr as _

from quantseg.tasks.options import options_of
from QuantSegLib.taskChoices import parameterName

_OPTION = "--[a-z]"
_ASIDE = re.compile(rf" ?\([^()]*{_OPTION}[^()]*\)")
# What stands behind "or" is a further way out; without it a sentence is whole.
_FURTHER_WAY = re.compile(rf",? or (?:[^;.]|\.(?=\S))*?{_OPTION}(?:[^;.]|\.(?=\S))*")


def inPanelWords(message, options, parameterNode):
    """Return a sentence of the engine with the panel's choices in place of the command's options.

    :param message: may name options of the command line, such as "give --input-kind crop".
    :param options: the task's dataclass of options.
    :param parameterNode: the panel's choices; an option that it has no parameter for is not offered.
    """
    for option in options_of(options):
        if hasattr(parameterNode, parameterName(option.name)):
            flag = option.words.flag or option.name.replace("_", "-")
            for value, label in option.words.labels.items():
                message = re.sub(
                    rf"(?:give )?--{flag} {re.escape(value)}\b",
                    _("choose \u201c{label}\u201d").format(label=label),
                    message,
                )
    shortened = _FURTHER_WAY.sub("", _ASIDE.sub("", message))
    if re.search(_OPTION, shortened):
        return shortened + " " + _("(What begins with -- is an option of the command quantseg.)")
    return shortened
