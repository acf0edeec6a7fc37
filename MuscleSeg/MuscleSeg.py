"""Slicer's module for lumbar muscles: what Slicer looks for under this file's name."""

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

from MuscleSegLib.logic import MuscleSegLogic  # noqa: E402
from MuscleSegLib.parameters import MuscleSegParameterNode  # noqa: E402
from MuscleSegLib.samples import registerSampleData  # noqa: E402
from MuscleSegLib.selfTest import MuscleSegTest  # noqa: E402
from MuscleSegLib.widget import MuscleSegWidget  # noqa: E402

from QuantSegLib.shortcuts import shortcutsHelp  # noqa: E402

__all__ = ["MuscleSeg", "MuscleSegLogic", "MuscleSegParameterNode", "MuscleSegTest", "MuscleSegWidget"]


class MuscleSeg(ScriptedLoadableModule):
    """Title, texts and sample data of the module."""

    def __init__(self, parent):
        ScriptedLoadableModule.__init__(self, parent)
        parent.title = _("MuscleSeg")
        parent.categories = [translate("qSlicerAbstractCoreModule", "Segmentation")]
        parent.dependencies = ["Segmentations"]
        parent.contributors = ["QuantSeg contributors"]
        parent.helpText = _(
            "Outlines psoas, erector spinae, multifidus and quadratus lumborum on axial MRI of the lumbar spine, "
            "measures their areas and their fat, says when a result should not be trusted, and lets a person correct, "
            "approve and export it. The network learned from drawn cross-sections; psoas and quadratus lumborum are "
            "untested on real images. For research use only, not for clinical diagnosis. "
            'See the <a href="https://github.com/QuantSeg/SlicerQuantSeg#readme">documentation</a>.'
        )
        parent.helpText += shortcutsHelp()
        parent.acknowledgementText = _(
            "The network was trained on cross-sections that QuantSeg draws itself; no image of any person went into "
            "it, nor into the sample."
        )
        slicer.app.connect("startupCompleted()", onStartupCompleted)


def onStartupCompleted():
    """Offer the sample data; nothing else happens at start-up."""
    registerSampleData(_HERE / "Resources" / "Icons" / "MuscleSeg.png")
