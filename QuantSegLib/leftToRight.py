"""Numbers in texts that run from right to left, as Arabic and Hebrew do."""

import qt

_ISOLATE, _END = "\u2066", "\u2069"


def leftToRight(number):
    """Return a number, with its uncertainty and unit, so that it reads the same in a text of any direction.

    Where text runs from right to left, 2,440 ± 260 would be drawn as 260 ± 2,440, and −21.4 % with its sign behind it.
    """
    if qt.QApplication.instance().property("layoutDirection") != qt.Qt.RightToLeft:
        return number
    return f"{_ISOLATE}{number}{_END}"
