"""The hippocampus panel: what is its own beside what all of QuantSeg's panels do."""

from types import MappingProxyType

from HippoSegLib.logic import HippoSegLogic
from HippoSegLib.parameters import SideChoice
from HippoSegLib.samples import HEAD
from QuantSegLib.panelWidget import SegmentationPanel


class HippoSegWidget(SegmentationPanel):
    """Segments heads and crops."""

    moduleTitle = "HippoSeg"
    logicClass = HippoSegLogic
    ofTheImage = MappingProxyType({**SegmentationPanel.ofTheImage, "side": SideChoice.UNKNOWN})

    def sampleVolume(self):
        """Load the head that ships with QuantSeg."""
        import SampleData

        return SampleData.downloadSample(HEAD)
