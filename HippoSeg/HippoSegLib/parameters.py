"""What a user of the panel chooses; saved with the scene."""

from slicer import vtkMRMLMarkupsROINode
from slicer.parameterNodeWrapper import parameterNodeWrapper

from quantseg.tasks.hippocampus.options import HippocampusOptions
from QuantSegLib.panelParameters import PanelParameters
from QuantSegLib.taskChoices import choiceEnum

# DECIDE, HEAD, CROP; UNKNOWN, LEFT, RIGHT: saved scenes hold these names.
InputKindChoice = choiceEnum("InputKindChoice", HippocampusOptions, "input_kind")
SideChoice = choiceEnum("SideChoice", HippocampusOptions, "side")


@parameterNodeWrapper
class HippoSegParameterNode(PanelParameters):
    """The panel's choices, beside those of every panel.

    inputKind - Whole head, crop, or decide by its size.
    side - Of the hippocampus in a crop.
    region - Only this part of the image is looked at, if there is one.
    """

    inputKind: InputKindChoice = InputKindChoice.DECIDE  # type: ignore[valid-type]  # Made at run time.
    side: SideChoice = SideChoice.UNKNOWN  # type: ignore[valid-type]  # Made at run time.
    region: vtkMRMLMarkupsROINode
