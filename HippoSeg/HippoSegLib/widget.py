"""The hippocampus panel: what is its own beside what all of QuantSeg's panels do."""

import slicer
from slicer.i18n import tr as _

from HippoSegLib.logic import HippoSegLogic
from HippoSegLib.samples import HEAD
from QuantSegLib.comparisonSection import ComparisonSection
from QuantSegLib.panelWidget import SegmentationPanel
from QuantSegLib.resultView import ResultView


class HippoSegWidget(SegmentationPanel):
    """Segments heads and crops."""

    moduleTitle = "HippoSeg"

    def makeParts(self):
        """Make the parts that show and compare."""
        self.logic = HippoSegLogic()
        self.comparison = ComparisonSection(self.ui, self)
        self.resultView = ResultView(self.ui, self.moduleTitle)

    def sampleVolume(self):
        """Load the head that ships with QuantSeg."""
        import SampleData

        return SampleData.downloadSample(HEAD)

    def startRun(self, choices):
        """Start the engine on the chosen image."""
        return self.logic.startRun(choices.inputVolume, choices.inputKind, choices.side, choices.region, choices.device)

    def newSegmentation(self, volume):
        """Add an empty segmentation."""
        scene = slicer.mrmlScene
        name = scene.GenerateUniqueName(_("{volume} hippocampus").format(volume=volume.GetName()))
        return scene.AddNewNodeByClass("vtkMRMLSegmentationNode", name)
