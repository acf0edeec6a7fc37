"""The keys of a panel: installed while the user is in the module, and listed in its help."""

from typing import Any

import qt
import slicer
from slicer.i18n import tr as _

NEXT, PREVIOUS, WHOLE, MARK = "N", "P", "H", "M"
SMART, ACCEPT, DROP = "S", "Return", "Escape"


def keyWords():
    """Return what each key does, in the order of the help. The Segment Editor has keys of its own beside these."""
    return {
        NEXT: _("tick the doubtful slice that is shown, and go on to the next one"),
        PREVIOUS: _("go back to the doubtful slice before"),
        WHOLE: _("see the whole image, and the doubtful place closely again"),
        MARK: _("mark the uncertain voxels again"),
        SMART: _("begin or end smart correction: a click on a wrong place proposes a better border"),
        ACCEPT: _("accept the proposed border"),
        DROP: _("leave the border as it was"),
    }


def editorKeyWords():
    """Return the keys of Slicer's Segment Editor that a correction needs most."""
    return {
        "1 … 9": _("choose a tool of the Segment Editor"),
        "Q, W": _("choose the segment before or after"),
        "Shift+" + _("wheel"): _("make the brush larger or smaller"),
        "Z, Y": _("undo, redo"),
    }


def shortcutsHelp():
    """Return the keys as a piece of HTML for a module's help."""
    rows = {**keyWords(), **editorKeyWords()}
    listed = "".join(f"<li><b>{key}</b>: {words}</li>" for key, words in rows.items())
    return f"<p>{_('Keys while you are in the module:')}</p><ul>{listed}</ul>"


class Shortcuts:
    """Keys that work while the user is in the module.

    :param handlers: function without arguments for each key.
    :param widget: of the panel; its window listens where Slicer has no main window.
    """

    def __init__(self, handlers, widget):
        self._handlers, self._widget = handlers, widget
        self._installed: dict[str, Any] = {}

    def install(self):
        """Listen to the keys; a panel that is typed into keeps its letters, as Qt gives them to the text first."""
        self.uninstall()
        parent = slicer.util.mainWindow() or self._widget
        for key, handler in self._handlers.items():
            shortcut = qt.QShortcut(qt.QKeySequence(key), parent)
            shortcut.activated.connect(handler)
            self._installed[key] = shortcut

    @property
    def names(self):
        """The keys that are listened to now."""
        return tuple(self._installed)

    def press(self, key):
        """Do what a key does, as a test or a script presses it; nothing where nobody listens to it."""
        if key in self._installed:
            self._handlers[key]()

    def uninstall(self):
        """Leave the keys to others."""
        for shortcut in self._installed.values():
            shortcut.setEnabled(False)
            shortcut.setParent(None)
            shortcut.deleteLater()
        self._installed = {}
