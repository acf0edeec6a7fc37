"""What a user of the panel chooses; saved with the scene."""

from slicer import vtkMRMLScalarVolumeNode
from slicer.parameterNodeWrapper import parameterNodeWrapper

from QuantSegLib.panelParameters import PanelParameters


@parameterNodeWrapper
class MuscleSegParameterNode(PanelParameters):
    """The panel's choices, beside those of every panel; the image is the water of a Dixon, a T1 or a T2.

    fatVolume - Fat image of the Dixon whose water image is the input; none for a T1 or T2.
    sliceNumber - The chosen slice, counted from 0 in the order of the image's voxels.
    oneSlice - Whether this slice alone is measured.
    heightM - Of the person, in metres; 0 where not known.
    """

    fatVolume: vtkMRMLScalarVolumeNode
    sliceNumber: int = 0
    oneSlice: bool = False
    heightM: float = 0.0
