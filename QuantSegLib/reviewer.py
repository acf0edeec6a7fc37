"""The name of the person at this machine, kept between scenes: a scene may hold somebody else's."""

import slicer

_KEY = "QuantSeg/Reviewer"


class Reviewer:
    """Binds the name to the user's own settings, which all panels share.

    :param edit: QLineEdit that is bound to the parameter reviewer.
    """

    def __init__(self, edit):
        # Only what is typed: a scene that is loaded fills the widget, too.
        edit.textEdited.connect(self.onTyped)

    def begin(self, choices):
        """Put the kept name in place of the one that a scene brings, if a name is kept."""
        kept = slicer.app.userSettings().value(_KEY, "")
        if kept and choices.reviewer != kept:
            choices.reviewer = kept

    def onTyped(self, name):
        """Keep a name."""
        slicer.app.userSettings().setValue(_KEY, name.strip())
