"""What a user of the panel chooses; saved with the scene."""

from slicer import vtkMRMLMarkupsROINode, vtkMRMLScalarVolumeNode, vtkMRMLSegmentationNode
from slicer.parameterNodeWrapper import parameterNodeWrapper

from quantseg.tasks.hippocampus.options import HippocampusOptions
from QuantSegLib.taskChoices import choiceEnum

# DECIDE, HEAD, CROP; UNKNOWN, LEFT, RIGHT: saved scenes hold these names.
InputKindChoice = choiceEnum("InputKindChoice", HippocampusOptions, "input_kind")
SideChoice = choiceEnum("SideChoice", HippocampusOptions, "side")


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
