"""The image that is chosen in a panel, and what must change with it: no patient's labels stay beside another."""

from typing import Any

import slicer


class ChosenImage:
    """Follows the selector of the image.

    :param host: panel with logic, comparison, ofTheImage, mayReceive(choices, segmentation), forgetWords() and
        bringViews(volume, segmentation).
    """

    def __init__(self, host):
        self._host = host
        self._volume: Any = None

    def begin(self, choices):
        """Take a scene's choices as they are; None where there is no scene to choose in."""
        self._volume = None if choices is None else choices.inputVolume

    def follow(self, choices):
        """Choose the image's own result with it, or none; show no other, and forget what was said of another image."""
        before, volume = self._volume, choices.inputVolume
        if volume is None or volume is before:
            return
        self._volume = volume
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
