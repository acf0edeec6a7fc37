"""What a user of the panel chooses; saved with the scene."""

from enum import Enum

from slicer.i18n import tr as _
from slicer.parameterNodeWrapper import parameterNodeWrapper

from quantseg.tasks.heart.options import HeartOptions
from QuantSegLib.panelParameters import PanelParameters
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
class CardiacSegParameterNode(PanelParameters):
    """The panel's choices, beside those of every panel; the image is a cine, or a single short-axis stack.

    runFrames - Which frames are segmented.
    model - Which model outlines the heart.
    heightCm, weightKg, heartRate - Of the patient; 0 where not known.
    endDiastole, endSystole - Frames marked by hand before there is a result, counted from 1; 0 where none is.
    """

    runFrames: FramesChoice = FramesChoice.ALL
    model: ModelChoice = ModelChoice.BOTH_VENTRICLES  # type: ignore[valid-type]  # Made at run time.
    heightCm: float = 0.0
    weightKg: float = 0.0
    heartRate: float = 0.0
    endDiastole: int = 0
    endSystole: int = 0
