"""The brain panel: what is its own beside what all of QuantSeg's panels do."""

from types import MappingProxyType

from slicer.i18n import tr as _

from BrainSegLib.logic import BrainSegLogic, ageArguments
from BrainSegLib.samples import HEAD
from QuantSegLib.panelParts import placeAfter
from QuantSegLib.panelWidget import SegmentationPanel
from QuantSegLib.scoreSection import ScoreSection
from QuantSegLib.views import seeThrough

_OLDEST_YEARS = 120
# Around the brain, which nobody could see within them otherwise.
_OUTER_FLUID = ("csf", "outer_csf")


class BrainSegWidget(SegmentationPanel):
    """Segments tissues, and lets the age of the brain follow."""

    moduleTitle = "BrainSeg"
    logicClass = BrainSegLogic
    ofTheImage = MappingProxyType({**SegmentationPanel.ofTheImage, "ageYears": 0.0})
    logic: BrainSegLogic

    def placeOwnParts(self):
        """Put the age behind the tissues, and take away what the tissues' network cannot learn from."""
        super().placeOwnParts()
        placeAfter(self.ui.resultCollapsibleButton, self.ui.ageCollapsibleButton)
        self.ui.exportTrainingButton.setVisible(False)

    def makeParts(self):
        """Make the parts that show."""
        super().makeParts()
        self.score = ScoreSection(self.ui, self, _("Estimate brain age"))

    def sampleVolume(self):
        """Load the head that ships with QuantSeg."""
        import SampleData

        return SampleData.downloadSample(HEAD)

    def scoreLogic(self):
        """Return what estimates the age."""
        return self.logic.age

    def scoreArguments(self, choices):
        """Return what the command is told of the person."""
        return ageArguments(choices.ageYears)

    def beforeEdits(self):
        """Take surfaces away: those of whole tissues would be made anew after each stroke, for seconds."""
        if self.surfaces.shown:
            self.ui.show3DButton.setChecked(False)

    def onResult(self, volume, segmentation, result, moved=""):
        """Let the brain be seen in 3D, and the age follow the tissues, whose labels can be seen meanwhile."""
        seeThrough(segmentation, _OUTER_FLUID)
        super().onResult(volume, segmentation, result, moved)
        if self._parameterNode.inputVolume is volume:
            self.score.start()

    def onChoiceChanged(self, caller=None, event=None):
        """Show the age of the chosen image, too."""
        super().onChoiceChanged(caller, event)
        self.score.update()

    def onImageModified(self):
        """Show no age of an image that is no longer what it was estimated of."""
        super().onImageModified()
        self.score.update()

    def setParameterNode(self, parameterNode):
        """Bind the panel to choices; None to none."""
        super().setParameterNode(parameterNode)
        # Binding takes the limits away, at the lower one of which "not known" is shown.
        self.ui.ageSpinBox.setRange(0, _OLDEST_YEARS)
        self.score.update()

    def onSceneStartClose(self, caller=None, event=None):
        """Let go of what is about to vanish."""
        self.score.cancel()
        super().onSceneStartClose(caller, event)

    def cleanup(self):
        """Leave nothing running or observed when the module is unloaded."""
        self.score.cancel()
        super().cleanup()
