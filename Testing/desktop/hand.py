"""A hand on mouse and keys in a real Slicer: events go to widgets, wherever they lie on the screen, and are counted."""

import time

import qt
import slicer

_STEPS_OF_STROKE = 6


class Hand:
    """Presses what a person would press; every press is counted."""

    def __init__(self):
        self.clicks = 0
        self.keys = 0

    def click(self, widget, place=None):
        """Click on a widget, scrolled into sight as a person would scroll.

        :param place: QPoint in the widget; its middle by default.
        """
        parent = widget.parentWidget()
        while parent is not None:
            if isinstance(parent, qt.QScrollArea):
                parent.ensureWidgetVisible(widget)
            parent = parent.parentWidget()
        self.settle()
        assert widget.visible, f"{widget.objectName} is not in sight"
        assert widget.enabled, f"{widget.objectName} cannot be pressed"
        self._press(widget, [place or widget.rect.center()])

    def key(self, sequence):
        """Press a key that Slicer's main window listens to."""
        for shortcut in slicer.util.mainWindow().findChildren("QShortcut"):
            if shortcut.key.toString() == sequence and shortcut.enabled:
                self.keys += 1
                shortcut.activated()
                self.settle()
                return
        raise AssertionError(f"nobody listens to the key {sequence}")

    def stroke(self, viewName, ras, length_mm):
        """Draw a short stroke with the left button in a slice view, to the right of a place.

        :param viewName: such as "Red".
        :param ras: place, in mm, in the slice that the view shows.
        :param length_mm: of the stroke.
        """
        view = slicer.app.layoutManager().sliceWidget(viewName)
        node, widget = view.mrmlSliceNode(), view.sliceView().VTKWidget()
        places = []
        for step in range(_STEPS_OF_STROKE):
            x, y = self._pixel(node, ras, step * length_mm / _STEPS_OF_STROKE)
            # Qt counts lines from above, VTK from below.
            places.append(qt.QPoint(int(x), int(widget.height - 1 - y)))
        assert all(widget.rect.contains(place) for place in places), f"{viewName} does not show {ras}"
        self._press(widget, places)

    def settle(self, seconds=0.3):
        """Let Slicer do what follows from an event."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            slicer.app.processEvents()
            time.sleep(0.01)

    def until(self, condition, seconds, what):
        """Wait as a person waits."""
        deadline = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < deadline, f"{what} did not come about in {seconds} s"
            self.settle(0.1)

    def _press(self, widget, places):
        self.clicks += 1
        first, last = places[0], places[-1]
        none, left = qt.Qt.NoButton, qt.Qt.LeftButton
        self._send(widget, qt.QEvent.MouseMove, first, none, none)
        self._send(widget, qt.QEvent.MouseButtonPress, first, left, left)
        for place in places[1:]:
            self._send(widget, qt.QEvent.MouseMove, place, none, left)
        self._send(widget, qt.QEvent.MouseButtonRelease, last, left, none)
        self.settle()

    def _send(self, widget, kind, place, button, buttons):
        onScreen = widget.mapToGlobal(place)
        points = (qt.QPointF(place.x(), place.y()), qt.QPointF(onScreen.x(), onScreen.y()))
        qt.QApplication.sendEvent(widget, qt.QMouseEvent(kind, *points, button, buttons, qt.Qt.NoModifier))
        slicer.app.processEvents()

    def _pixel(self, node, ras, right_mm):
        """Return where a place lies in a slice view, moved to the right of the view, in pixels."""
        import vtk

        inverse = vtk.vtkMatrix4x4()
        vtk.vtkMatrix4x4.Invert(node.GetXYToRAS(), inverse)
        x, y, _z, _one = inverse.MultiplyPoint((*ras, 1.0))
        return x + right_mm * node.GetDimensions()[0] / node.GetFieldOfView()[0], y
