"""Slicer's module for the hippocampus: what Slicer looks for under this file's name."""

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

from HippoSegLib.logic import HippoSegLogic  # noqa: E402
from HippoSegLib.parameters import HippoSegParameterNode  # noqa: E402
from HippoSegLib.samples import registerSampleData  # noqa: E402
from HippoSegLib.selfTest import HippoSegTest  # noqa: E402
from HippoSegLib.widget import HippoSegWidget  # noqa: E402

from QuantSegLib.shortcuts import shortcutsHelp  # noqa: E402

__all__ = ["HippoSeg", "HippoSegLogic", "HippoSegParameterNode", "HippoSegTest", "HippoSegWidget"]


class HippoSeg(ScriptedLoadableModule):
    """Title, texts and sample data of the module."""

    def __init__(self, parent):
        ScriptedLoadableModule.__init__(self, parent)
        parent.title = _("HippoSeg")
        parent.categories = [translate("qSlicerAbstractCoreModule", "Segmentation")]
        parent.dependencies = ["Segmentations"]
        parent.contributors = ["QuantSeg contributors"]
        parent.helpText = _(
            "Segments the hippocampus on T1-weighted MRI, measures it, says when a result should not be trusted, and "
            "lets a person correct, approve and export it. For research use only, not for clinical diagnosis. "
            'See the <a href="https://github.com/QuantSeg/SlicerQuantSeg#readme">documentation</a>.'
        )
        parent.helpText += shortcutsHelp()
        parent.acknowledgementText = _(
            "The model was trained on Task04 of the Medical Segmentation Decathlon (CC BY-SA 4.0)."
        )
        slicer.app.connect("startupCompleted()", onStartupCompleted)


def onStartupCompleted():
    """Offer the sample data; nothing else happens at start-up."""
    registerSampleData(_HERE / "Resources" / "Icons" / "HippoSeg.png")
