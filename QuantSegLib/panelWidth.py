"""How wide a panel is: as wide as what it holds, and no wider once a tool that was wider has gone."""

from typing import Any

import qt
import slicer

_SETTLED_MS = 100


class PanelWidth:
    """Keeps a scroll area so wide that nothing in it is cut off, as Slicer does itself for its own scroll area.

    :param scrollArea: holds the panel, with everything that scrolls.
    :param panel: its widget.
    """

    def __init__(self, scrollArea, panel):
        self._area, self._panel = scrollArea, panel
        # Of the dock, before it was made wider; None where it is as wide as a person has made it.
        self._before: Any = None
        # What is laid out may be too wide for a moment only.
        self._timer = qt.QTimer(scrollArea)
        self._timer.setSingleShot(True)
        self._timer.setInterval(_SETTLED_MS)
        self._timer.timeout.connect(self.fit)
        for bar in (scrollArea.horizontalScrollBar(), scrollArea.verticalScrollBar()):
            bar.rangeChanged.connect(lambda *_: self._timer.start())

    def fit(self):
        """Make the panel as wide as it must be; give room back that it needs no longer and nobody has asked for."""
        bar = self._area.verticalScrollBar().property("sizeHint").width()
        least, leastBefore = self._panel.property("minimumSizeHint").width() + bar, self._area.property("minimumWidth")
        dock = self._dock()
        width = 0 if dock is None else dock.property("size").width()
        isHeld = dock is not None and width <= dock.property("minimumSizeHint").width()
        if dock is not None and least > self._area.property("size").width() and (self._before is None or not isHeld):
            self._before = width
        self._area.setMinimumWidth(least)
        if least < leastBefore and self._before is not None:
            before, self._before = self._before, None
            # One that a person has made wider still stays so.
            if isHeld:
                self._giveBack(dock, before)

    def _dock(self):
        parent = self._area.parentWidget()
        while parent is not None and not parent.inherits("QDockWidget"):
            parent = parent.parentWidget()
        return parent

    def _giveBack(self, dock, width):
        """Make a dock narrower, as far as what lies in it allows."""
        parent = self._area
        while parent is not dock:
            # Slicer's own widgets in between keep in mind how wide the panel had to be.
            parent.updateGeometry()
            parent = parent.parentWidget()
        window = slicer.util.mainWindow()
        if window is not None:
            # Once the layouts have followed.
            qt.QTimer.singleShot(0, lambda: window.resizeDocks([dock], [width], qt.Qt.Horizontal))
