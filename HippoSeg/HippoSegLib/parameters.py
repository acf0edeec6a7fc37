"""What a user of the panel chooses; saved with the scene."""

from enum import Enum

from slicer import vtkMRMLMarkupsROINode, vtkMRMLScalarVolumeNode, vtkMRMLSegmentationNode
from slicer.i18n import tr as _
from slicer.parameterNodeWrapper import parameterNodeWrapper


class InputKindChoice(Enum):
    """What the image shows; values as --input-kind takes them."""

    DECIDE = "decide"
    HEAD = "head"
    CROP = "crop"

    def label(self):
        """Return what the user reads."""
        return {
            InputKindChoice.DECIDE: _("Decide by its size"),
            InputKindChoice.HEAD: _("Whole head"),
            InputKindChoice.CROP: _("Crop around one hippocampus"),
        }[self]


class SideChoice(Enum):
    """Side of the patient that a crop shows; values as --side takes them."""

    UNKNOWN = ""
    LEFT = "left"
    RIGHT = "right"

    def label(self):
        """Return what the user reads."""
        return {
            SideChoice.UNKNOWN: _("Unknown"),
            SideChoice.LEFT: _("Left (of the patient)"),
            SideChoice.RIGHT: _("Right (of the patient)"),
        }[self]


@parameterNodeWrapper
class HippoSegParameterNode:
    """The panel's choices.

    inputVolume - The T1-weighted image.
    inputKind - Whole head, crop, or decide by its size.
    side - Of the hippocampus in a crop.
    region - Only this part of the image is looked at, if there is one.
    outputSegmentation - Receives the result; a new one is made if there is none.
    device - As --device takes it.
    earlierVolume - Image of an earlier examination, to compare with.
    earlierSegmentation - Its segmentation.
    earlierDate, laterDate - When the two images were taken, ISO 8601; empty if nobody has said it.
    sameAcquisition - Whether scanner and contrast of both are known to be the same.
    reviewer - Name of the person who corrects and approves.
    """

    inputVolume: vtkMRMLScalarVolumeNode
    inputKind: InputKindChoice = InputKindChoice.DECIDE
    side: SideChoice = SideChoice.UNKNOWN
    region: vtkMRMLMarkupsROINode
    outputSegmentation: vtkMRMLSegmentationNode
    device: str = "auto"
    earlierVolume: vtkMRMLScalarVolumeNode
    earlierSegmentation: vtkMRMLSegmentationNode
    earlierDate: str = ""
    laterDate: str = ""
    sameAcquisition: bool = False
    reviewer: str = ""
