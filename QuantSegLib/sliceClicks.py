"""Clicks into the slice views, as places in the patient."""

from functools import partial
from typing import Any

import qt
import slicer
import vtk

_BEFORE_OTHERS = 10.0


class SliceClicks:
    """Reports left clicks in all slice views while it is on, and keeps them from whoever else listens there.

    :param onClicked: called with the place, RAS in mm, as a NumPy array.
    """

    def __init__(self, onClicked):
        self._onClicked = onClicked
        # View, interactor and number of the observation.
        self._observed: list[tuple[Any, Any, int]] = []

    def start(self):
        """Listen."""
        self.stop()
        layout = slicer.app.layoutManager()
        for name in layout.sliceViewNames():
            widget = layout.sliceWidget(name)
            if widget is None:
                continue
            view, node = widget.sliceView(), widget.mrmlSliceNode()
            interactor = view.interactor()
            place = len(self._observed)
            report = partial(self._report, place, node)
            tag = interactor.AddObserver(vtk.vtkCommand.LeftButtonPressEvent, report, _BEFORE_OTHERS)
            self._observed.append((view, interactor, tag))
            view.setViewCursor(qt.QCursor(qt.Qt.CrossCursor))

    def stop(self):
        """Leave the views to others."""
        for view, interactor, tag in self._observed:
            interactor.RemoveObserver(tag)
            view.unsetViewCursor()
        self._observed = []

    def _report(self, place, node, _caller, _event):
        import numpy as np

        _view, interactor, tag = self._observed[place]
        interactor.GetCommand(tag).SetAbortFlag(1)
        x, y = interactor.GetEventPosition()
        self._onClicked(np.array(node.GetXYToRAS().MultiplyPoint((x, y, 0, 1))[:3]))
