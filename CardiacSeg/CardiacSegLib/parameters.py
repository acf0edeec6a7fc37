"""What a user of the panel chooses; saved with the scene."""

from enum import Enum

from slicer import vtkMRMLScalarVolumeNode, vtkMRMLSegmentationNode
from slicer.i18n import tr as _
from slicer.parameterNodeWrapper import parameterNodeWrapper

from quantseg.tasks.heart.options import HeartOptions
from QuantSegLib.taskChoices import choiceEnum

# Saved scenes hold these names.
ModelChoice = choiceEnum(
    "ModelChoice", HeartOptions, "model", {"heart": "BOTH_VENTRICLES", "heart-lv-open": "LEFT_OPEN"}
)


class FramesChoice(Enum):
    """Which frames of a cine are segmented; values as results name them."""

    ALL = "cycle"
    PHASES = "end-diastole and end-systole"
    SHOWN = "single frame"

    def label(self):
        """Return what the user reads."""
        return {
            FramesChoice.ALL: _("All frames"),
            FramesChoice.PHASES: _("End-diastole and end-systole"),
            FramesChoice.SHOWN: _("The frame that is shown"),
        }[self]


@parameterNodeWrapper
class CardiacSegParameterNode:
    """The panel's choices.

    inputVolume - Shows the cine, or is a single short-axis stack.
    runFrames - Which frames are segmented.
    model - Which model outlines the heart.
    heightCm, weightKg, heartRate - Of the patient; 0 where not known.
    outputSegmentation - Shows the result; a new one is made if there is none.
    device - As --device takes it.
    endDiastole, endSystole - Frames marked by hand before there is a result, counted from 1; 0 where none is.
    earlierVolume - Cine of an earlier examination, to compare with.
    earlierSegmentation - Its segmentation.
    earlierDate, laterDate - When the two cines were taken, ISO 8601; empty if nobody has said it.
    sameAcquisition - Whether scanner and sequence of both are known to be the same.
    reviewer - Name of the person who corrects and approves.
    """

    inputVolume: vtkMRMLScalarVolumeNode
    runFrames: FramesChoice = FramesChoice.ALL
    model: ModelChoice = ModelChoice.BOTH_VENTRICLES
    heightCm: float = 0.0
    weightKg: float = 0.0
    heartRate: float = 0.0
    outputSegmentation: vtkMRMLSegmentationNode
    device: str = "auto"
    endDiastole: int = 0
    endSystole: int = 0
    earlierVolume: vtkMRMLScalarVolumeNode
    earlierSegmentation: vtkMRMLSegmentationNode
    earlierDate: str = ""
    laterDate: str = ""
    sameAcquisition: bool = False
    reviewer: str = ""
