"""What a queue can segment: an image of the scene, or a case of a worklist, which needs no scene at all."""

import dataclasses
from typing import TYPE_CHECKING, Any

from slicer.i18n import tr as _

from QuantSegLib.runQueue import LeftOut
from QuantSegLib.sameImage import isPresent, requireSameImage
from QuantSegLib.verdictText import light

if TYPE_CHECKING:
    from quantseg.review.worklist import Worklist


class SceneJob:
    """An image of the scene, whose result goes into a new segmentation of that image.

    :param host: panel with logic, correction, newSegmentation(volume) and onQueuedResult(volume, segmentation).
    :param volume: shows the image.
    :param choices: as the logic's startRun takes them.
    """

    def __init__(self, host, volume, choices):
        self._host, self.volume, self._choices = host, volume, choices
        self.name = host.logic.corrector().named_node(volume).GetName()
        self._image: Any = None

    def start(self):
        """Start the engine on the image as it is now."""
        logic = self._host.logic
        if not isPresent(self.volume):
            raise LeftOut(_("the image is no longer in the scene"))
        self._requireNoResult()
        self._image = logic.imageIdentity(self.volume)
        return logic.startRun(self.volume, **self._choices)

    def take(self, run):
        """Put the result into a new segmentation, unless the image was changed or has got a result meanwhile."""
        host, volume = self._host, self.volume
        requireSameImage(host.logic, volume, self._image)
        self._requireNoResult()
        segmentation = host.newSegmentation(volume)
        try:
            with host.correction.watcher.silenced():
                result = host.logic.takeResult(run, volume, segmentation)
        except Exception:
            host.logic.removeSegmentation(volume, segmentation)
            raise
        host.onQueuedResult(volume, segmentation)
        return light(result.checks)[1]

    def end(self):
        """Hold nothing: the scene is everybody's."""

    def _requireNoResult(self):
        if self._host.logic.ownResult(self.volume) is not None:
            raise LeftOut(_("it has a result already"))


class WorklistJob:
    """A case of a worklist, whose result goes into that list, with the case locked meanwhile.

    :param host: panel with logic and onListed().
    :param worklist: quantseg.review.worklist.Worklist.
    :param name: of the case.
    :param choices: as the logic's startRunOnScan takes them.
    """

    def __init__(self, host, worklist: "Worklist", name, choices):
        self._host, self.worklist, self.name, self._choices = host, worklist, name, choices
        self._isOurs = False
        self._scan: Any = None

    def start(self):
        """Take the case, and start the engine on its image."""
        self.worklist.open(self.name)
        self._isOurs = True
        self._requireNoResult()
        self._scan = self.worklist.read(self.name)
        return self._host.logic.startRunOnScan(self.name, self._scan, **self._choices)

    def take(self, run):
        """Write the result into the list, under the case's own name and on its image's own grid."""
        corrector = self._host.logic.corrector()
        self._requireNoResult()
        written = run.result(corrector.read_written)
        result = dataclasses.replace(corrector.result_of(self._scan, written), name=self.name)
        self.worklist.save(result, _("segmented by {algorithm}").format(algorithm=result.algorithm))
        return light(result.checks)[1]

    def end(self):
        """Let others have the case."""
        self._scan = None
        if self._isOurs:
            self._isOurs = False
            self.worklist.close(self.name)
        self._host.onListed()

    def _requireNoResult(self):
        from quantseg.review.worklist import CaseState

        if self.worklist.entry(self.name).state is not CaseState.TO_DO:
            raise LeftOut(_("it has labels already"))
