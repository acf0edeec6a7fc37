"""What a user chooses in every panel; saved with the scene."""

from slicer import vtkMRMLScalarVolumeNode, vtkMRMLSegmentationNode


class PanelParameters:
    """Base of the classes that a module decorates with Slicer's parameterNodeWrapper. Scenes hold these names.

    inputVolume - Shows the image.
    outputSegmentation - Shows the result; a new one is made if there is none.
    device - As --device takes it.
    earlierVolume - Image of an earlier examination, to compare with.
    earlierSegmentation - Its segmentation.
    earlierDate, laterDate - When the two images were taken, ISO 8601; empty if nobody has said it.
    sameAcquisition - Whether scanner and contrast, or sequence, of both are known to be the same.
    reviewer - Name of the person who corrects and approves.
    """

    inputVolume: vtkMRMLScalarVolumeNode
    outputSegmentation: vtkMRMLSegmentationNode
    device: str = "auto"
    earlierVolume: vtkMRMLScalarVolumeNode
    earlierSegmentation: vtkMRMLSegmentationNode
    earlierDate: str = ""
    laterDate: str = ""
    sameAcquisition: bool = False
    reviewer: str = ""
