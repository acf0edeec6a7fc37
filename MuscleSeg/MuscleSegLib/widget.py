"""The lumbar muscle panel: what is its own beside what all of QuantSeg's panels do."""

from types import MappingProxyType

from slicer.i18n import tr as _

from MuscleSegLib.logic import MuscleSegLogic
from MuscleSegLib.samples import FAT, WATER
from MuscleSegLib.sliceSection import SliceSection
from QuantSegLib.panelWidget import SegmentationPanel

_TALLEST_M = 2.6
# Less than this is no other height: the box shows whole centimetres.
_SAME_M = 0.006


class MuscleSegWidget(SegmentationPanel):
    """Segments muscles on every slice or on one, and measures them by the height that is told."""

    moduleTitle = "MuscleSeg"
    logicClass = MuscleSegLogic
    ofTheImage = MappingProxyType(
        {**SegmentationPanel.ofTheImage, "fatVolume": None, "sliceNumber": 0, "oneSlice": False, "heightM": 0.0}
    )
    logic: MuscleSegLogic
    _isFollowing = False

    def makeParts(self):
        """Make the parts that show."""
        super().makeParts()
        self.slices = SliceSection(self.ui, self)
        # The image whose fat image was looked for, and the result whose height is shown.
        self._paired = self._measured = None

    def sampleVolume(self):
        """Load the drawn slices that ship with QuantSeg."""
        import SampleData

        water, fat = (SampleData.downloadSample(name) for name in (WATER, FAT))
        self.logic.setFat(water, fat)
        return water

    def bringViews(self, volume, segmentation):
        """Bring the slice views to what was segmented, and take the slice that they show."""
        super().bringViews(volume, segmentation)
        self.slices.onTakeSliceInView()

    def onChoiceChanged(self, caller=None, event=None):
        """Follow image, fat image, slice and height.

        Choosing an image changes other choices on the way, and calls this again: what was told of one person must not
        be taken for another meanwhile.
        """
        isOnTheWay, self._isFollowing = self._isFollowing, True
        try:
            super().onChoiceChanged(caller, event)
        finally:
            self._isFollowing = isOnTheWay
        choices = self._parameterNode
        if choices is None or isOnTheWay:
            return
        self._pair(choices)
        self.slices.update()
        self._followHeight(choices)

    def setParameterNode(self, parameterNode):
        """Bind the panel to choices; None to none."""
        super().setParameterNode(parameterNode)
        # Binding takes the limits away, at the lower one of which "not known" is shown.
        self.ui.heightSpinBox.setRange(0, _TALLEST_M)

    def onSceneStartClose(self, caller=None, event=None):
        """Let go of what is about to vanish."""
        self._paired = self._measured = None
        super().onSceneStartClose(caller, event)

    def _pair(self, choices):
        """Choose with an image the fat image that belongs to it, and remember which one a person chooses."""
        volume = choices.inputVolume
        if volume is None:
            self._paired = None
        elif volume is not self._paired:
            self._paired = volume
            if choices.fatVolume is None:
                choices.fatVolume = self.logic.fatOf(volume)
        else:
            self.logic.setFat(volume, choices.fatVolume)

    def _followHeight(self, choices):
        """Show the height that a result was measured by, and measure it anew by another one."""
        case = self.currentCase()
        if case is None:
            self._measured = None
        elif case is not self._measured:
            self._measured = case
            choices.heightM = self.logic.heightM(case)
        elif abs(choices.heightM - self.logic.heightM(case)) > _SAME_M:
            self.logic.setHeight(case, choices.heightM)
            self.onEdited()
            self.worklist.onTold(_("height told"))
