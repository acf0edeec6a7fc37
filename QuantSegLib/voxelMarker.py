"""The outline of uncertain voxels in the slice views, which fades after some seconds."""

from typing import Any

import qt
import slicer

_STEP_MS, _FULL_STEPS, _FADING_STEPS = 200, 15, 10


class VoxelMarker:
    """Shows one outline at a time.

    :param name: of the node, which Slicer's lists do not show.
    """

    def __init__(self, name):
        self._name = name
        self._node: Any = None
        self._steps = 0
        self._timer = qt.QTimer()
        self._timer.setInterval(_STEP_MS)
        self._timer.timeout.connect(self.onStep)

    @property
    def isShown(self):
        """Whether there is an outline that can still be seen."""
        return self._node is not None

    def show(self, mask):
        """Outline voxels in place of those before.

        :param mask: quantseg.volume.Volume of 0 and 1, anywhere.
        """
        from quantseg.mrml.marked_voxels import mark_voxels

        self.clear()
        self._node = mark_voxels(mask, self._name, slicer.mrmlScene)
        self._steps = 0
        self._timer.start()

    def onStep(self):
        """Let the outline fade, and go once nothing of it is left."""
        from quantseg.mrml.marked_voxels import fade

        self._steps += 1
        left = 1 - max(self._steps - _FULL_STEPS, 0) / _FADING_STEPS
        if left <= 0 or self._node.GetScene() is None:
            self.clear()
        elif left < 1:
            fade(self._node, left)

    def clear(self):
        """Take the outline away at once."""
        self._timer.stop()
        if self._node is not None:
            from quantseg.mrml.marked_voxels import remove_marks

            remove_marks(self._node)
        self._node = None
