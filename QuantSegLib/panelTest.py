"""What the self-tests of QuantSeg's panels share in a real Slicer."""

import time

import slicer
from slicer.i18n import tr as _
from slicer.ScriptedLoadableModule import ScriptedLoadableModuleTest

LONGEST_RUN_SECONDS = 300
_WAITING_SECONDS = 0.01


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

    def until(self, condition, seconds=LONGEST_RUN_SECONDS):
        """Let Slicer work until something has come about.

        :param condition: function without arguments.
        :param seconds: after which the test fails.
        """
        deadline = time.time() + seconds
        while not condition():
            self.assertLess(time.time(), deadline, _("It did not come about in time."))
            slicer.app.processEvents()
            # Otherwise waiting would take the time that is measured, and that the engine needs.
            time.sleep(_WAITING_SECONDS)

    def wait(self, seconds):
        """Let Slicer work for a while."""
        deadline = time.time() + seconds
        self.until(lambda: time.time() >= deadline, 2 * seconds)

    def panel(self, title):
        """Go to a module, and return its panel's widget.

        :param title: of the module, such as "HippoSeg".
        """
        slicer.util.selectModule(title)
        slicer.app.processEvents()
        return getattr(slicer.modules, title.lower()).widgetRepresentation().self()

    def clearSegment(self, widget, key):
        """Empty a segment with an effect of a panel's own editor.

        :param widget: of the panel.
        :param key: of the segment.
        """
        editor = widget.ui.segmentEditorWidget
        editor.setCurrentSegmentID(key)
        editor.setActiveEffectByName("Logical operators")
        effect = editor.activeEffect()
        effect.setParameter("Operation", "CLEAR")
        effect.self().onApply()
        editor.setActiveEffect(None)
