"""What a user of the panel chooses; saved with the scene."""

from slicer.parameterNodeWrapper import parameterNodeWrapper

from QuantSegLib.panelParameters import PanelParameters


@parameterNodeWrapper
class BrainSegParameterNode(PanelParameters):
    """The panel's choices, beside those of every panel; the image is a T1-weighted head, or a brain without its skull.

    parts - Whether ventricles, deep grey matter, cerebellum and brain stem are told apart.
    ageYears - Of the person at the time of the scan; 0 where not known.
    """

    parts: bool = False
    ageYears: float = 0.0
