"""What the self-tests of QuantSeg's panels share in a real Slicer."""

import slicer
from slicer.i18n import tr as _
from slicer.ScriptedLoadableModule import ScriptedLoadableModuleTest


class PanelTest(ScriptedLoadableModuleTest):
    """Base of the self-tests: each begins with an empty scene, and with QuantSeg's packages or not at all."""

    def setUp(self):
        """Begin with an empty scene, and say at once what is missing."""
        slicer.mrmlScene.Clear()
        from quantseg.dependencies import installation_command, missing_dependencies

        missing = missing_dependencies()
        command = installation_command("PythonSlicer", missing)
        self.assertFalse(
            missing, _("QuantSeg's packages must be installed before this test: {command}").format(command=command)
        )
