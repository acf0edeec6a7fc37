"""The image that is chosen in a panel, and what must change with it: no patient's labels stay beside another."""

from typing import Any

import qt
import slicer
import vtk
from slicer.util import VTKObservationMixin


class ChosenImage(VTKObservationMixin):
    """Follows the selector of the image, and the image itself.

    :param host: panel with logic, comparison, ofTheImage, mayReceive(choices, segmentation), forgetWords(),
        bringViews(volume, segmentation) and onImageModified(), which is called when the image's voxels, place or name
        may have changed.
    """

    def __init__(self, host):
        VTKObservationMixin.__init__(self)
        self._host = host
        self._volume: Any = None
        self._isTold = True

    def begin(self, choices):
        """Take a scene's choices as they are; None where there is no scene to choose in."""
        self._observe(None if choices is None else choices.inputVolume)

    def follow(self, choices):
        """Choose the image's own result with it, or none; show no other, and forget what was said of another image."""
        before, volume = self._volume, choices.inputVolume
        if volume is None or volume is before:
            return
        self._observe(volume)
        segmentation = choices.outputSegmentation
        if before is None and segmentation is not None and self._host.mayReceive(choices, segmentation):
            return
        if before is not None:
            self._host.forgetWords()
        own = self._host.logic.ownResult(volume)
        choices.outputSegmentation = own
        if before is None:
            return
        for name, unknown in self._host.ofTheImage.items():
            setattr(choices, name, unknown)
        self._host.comparison.choose(choices)
        self._host.logic.showResultsOf(volume)
        slicer.util.setSliceViewerLayers(background=volume, fit=True)
        if own is not None:
            self._host.bringViews(volume, own)

    def _observe(self, volume):
        self._volume = volume
        self.removeObservers()
        if volume is None:
            return
        events = (vtk.vtkCommand.ModifiedEvent, volume.ImageDataModifiedEvent, volume.TransformModifiedEvent)
        for event in events:
            self.addObserver(volume, event, self._onModified)

    def _onModified(self, caller=None, event=None):
        """Tell of many changes once, when they are over."""
        if self._isTold:
            self._isTold = False
            qt.QTimer.singleShot(0, self._tell)

    def _tell(self):
        self._isTold = True
        if self._volume is not None:
            self._host.onImageModified()
