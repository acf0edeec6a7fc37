"""Slicer's module for the heart: what Slicer looks for under this file's name."""

import importlib.util
import sys
from pathlib import Path

import slicer
from slicer.i18n import tr as _
from slicer.i18n import translate
from slicer.ScriptedLoadableModule import ScriptedLoadableModule

# In an installed extension the library lies beside this file; in a source checkout one folder up.
_HERE = Path(__file__).resolve().parent
if importlib.util.find_spec("QuantSegLib") is None:
    sys.path.append(str(_HERE.parent))

from CardiacSegLib.logic import CardiacSegLogic  # noqa: E402
from CardiacSegLib.parameters import CardiacSegParameterNode, FramesChoice, ModelChoice  # noqa: E402
from CardiacSegLib.samples import loadSample, registerSampleData  # noqa: E402
from CardiacSegLib.selfTest import CardiacSegTest  # noqa: E402
from CardiacSegLib.widget import CardiacSegWidget  # noqa: E402

from QuantSegLib.shortcuts import shortcutsHelp  # noqa: E402

__all__ = [
    "CardiacSeg",
    "CardiacSegLogic",
    "CardiacSegParameterNode",
    "CardiacSegTest",
    "CardiacSegWidget",
    "FramesChoice",
    "ModelChoice",
    "loadSample",
]


class CardiacSeg(ScriptedLoadableModule):
    """Title, texts and sample data of the module."""

    def __init__(self, parent):
        ScriptedLoadableModule.__init__(self, parent)
        parent.title = _("CardiacSeg")
        parent.categories = [translate("qSlicerAbstractCoreModule", "Segmentation")]
        parent.dependencies = ["Segmentations", "Sequences"]
        parent.contributors = ["QuantSeg contributors"]
        parent.helpText = _(
            "Segments the beating heart on short-axis cine MRI, measures its function, says when a result should not "
            "be trusted, and lets a person correct, approve and export it frame by frame. For research use only, not "
            'for clinical diagnosis. See the <a href="https://github.com/QuantSeg/SlicerQuantSeg#readme">documentation</a>.'
        )
        parent.helpText += shortcutsHelp()
        parent.acknowledgementText = _(
            "The model of both ventricles was trained on the ACDC data (CC BY-NC-SA 4.0); the open model of the left "
            "ventricle on data without such conditions."
        )
        slicer.app.connect("startupCompleted()", onStartupCompleted)


def onStartupCompleted():
    """Offer the sample data; nothing else happens at start-up."""
    registerSampleData(_HERE / "Resources" / "Icons" / "CardiacSeg.png")
