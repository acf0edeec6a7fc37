"""Slicer's module for the brain: what Slicer looks for under this file's name."""

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

from BrainSegLib.logic import BrainSegLogic  # noqa: E402
from BrainSegLib.parameters import BrainSegParameterNode  # noqa: E402
from BrainSegLib.samples import registerSampleData  # noqa: E402
from BrainSegLib.selfTest import BrainSegTest  # noqa: E402
from BrainSegLib.widget import BrainSegWidget  # noqa: E402

from QuantSegLib.shortcuts import shortcutsHelp  # noqa: E402

__all__ = ["BrainSeg", "BrainSegLogic", "BrainSegParameterNode", "BrainSegTest", "BrainSegWidget"]


class BrainSeg(ScriptedLoadableModule):
    """Title, texts and sample data of the module."""

    def __init__(self, parent):
        ScriptedLoadableModule.__init__(self, parent)
        parent.title = _("BrainSeg")
        parent.categories = [translate("qSlicerAbstractCoreModule", "Segmentation")]
        parent.dependencies = ["Segmentations"]
        parent.contributors = ["QuantSeg contributors"]
        parent.helpText = _(
            "Segments grey matter, white matter and fluid on T1-weighted MRI, measures them, estimates how old the "
            "brain looks, says when a result should not be trusted, and lets a person correct, approve and export it. "
            "For research use only, not for clinical diagnosis. "
            'See the <a href="https://github.com/QuantSeg/SlicerQuantSeg#readme">documentation</a>.'
        )
        parent.helpText += shortcutsHelp()
        parent.acknowledgementText = _(
            "The network was trained on synthetic images from SynthSeg's label maps; brain age was fitted to OASIS-1: "
            "Cross-Sectional (Marcus et al., doi:10.1162/jocn.2007.19.9.1498)."
        )
        slicer.app.connect("startupCompleted()", onStartupCompleted)


def onStartupCompleted():
    """Offer the sample data; nothing else happens at start-up."""
    registerSampleData(_HERE / "Resources" / "Icons" / "BrainSeg.png")
