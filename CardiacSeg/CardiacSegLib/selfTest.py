"""Tests for a real Slicer, run by CTest and by "Reload and Test"; they use no network."""

import tempfile
import time

import slicer
from slicer.i18n import tr as _

from CardiacSegLib.parameters import ModelChoice
from CardiacSegLib.samples import PHANTOM, SUNNYBROOK, registerSampleData
from QuantSegLib.panelTest import PanelTest
from QuantSegLib.sampleData import CATEGORY


class CardiacSegTest(PanelTest):
    """From the phantom to the exported report, with a correction at end-systole between them."""

    def runTest(self):
        """Run every test."""
        for test in (
            self.test_samplesAreRegisteredAndLoadWithTheirTime,
            self.test_phantomFromButtonToCorrectedReport,
            self.test_sceneSavedAndReopenedHoldsEverything,
        ):
            self.setUp()
            test()
        self.delayDisplay(_("All tests passed"))

    def test_samplesAreRegisteredAndLoadWithTheirTime(self):
        """The Sample Data module offers the hearts; its button loads the beating one as a sequence."""
        from quantseg.mrml.sequences import cine_nodes

        registerSampleData("")
        sources = {source.sampleName: source for source in slicer.modules.sampleDataSources[CATEGORY]}
        nodes = cine_nodes(sources[PHANTOM].customDownloader(sources[PHANTOM]))
        assert nodes is not None
        assert nodes.frame_times_ms is not None
        self.assertEqual(nodes.frame_count, 20)
        self.assertAlmostEqual(nodes.frame_times_ms[1], 45.0, delta=0.1)
        self.assertIsNone(cine_nodes(sources[SUNNYBROOK].customDownloader(sources[SUNNYBROOK])))

    def test_phantomFromButtonToCorrectedReport(self):
        """Two buttons give a function; erasing a slice at end-systole raises the ejection fraction in a second."""
        widget, case = self._segmentedPhantom()
        before = self._ejectionFraction(widget)
        self.assertGreater(before, 40)
        self.assertLess(before, 80)
        self.assertTrue(widget.ui.resultTableView.visible)
        widget.ui.esShowButton.click()
        endSystole = widget._result.phases["ES"]
        self.until(lambda: case.shown_frame == endSystole, 60)
        self.wait(0.5)
        case.approve("Self test")
        self._eraseMiddleSlice(case)
        # This process's own time: on a machine that does nothing else it is what a person waits.
        started = time.process_time()
        self.until(lambda: self._ejectionFraction(widget) != before, 60)
        self.assertLess(time.process_time() - started, 1.0)
        self.assertGreater(self._ejectionFraction(widget), before)
        self.assertIsNone(case.approval)
        widget.ui.copyButton.click()
        self.assertIn("carried to the frames", widget.ui.copyLabel.text)
        widget.ui.takeBackButton.click()
        widget.ui.segmentEditorWidget.undo()
        self.until(lambda: abs(self._ejectionFraction(widget) - before) < 0.06, 60)
        with tempfile.TemporaryDirectory() as folder:
            written = widget.exportTo(case, folder)
            names = {path.name for path in written.iterdir()}
        expected = {"labels.nii.gz", "ED_labels.nii.gz", "ES_segmentation.seg.nrrd", "measurements.json", "report.html"}
        self.assertLessEqual(expected, names)
        self.assertTrue(written.name.startswith("DRAFT_"))

    def test_sceneSavedAndReopenedHoldsEverything(self):
        """Frames, an edit, moved phases, approval and numbers are there after saving and opening the scene."""
        widget, case = self._segmentedPhantom()
        widget.ui.esShowButton.click()
        self.wait(0.5)
        self._eraseMiddleSlice(case)
        self.wait(1.0)
        edited, labels = self._ejectionFraction(widget), case.labels()
        case.approve("Self test")
        endSystole = widget.ui.esLabel.text
        with tempfile.TemporaryDirectory() as folder:
            path = f"{folder}/heart.mrb"
            self.assertTrue(slicer.util.saveScene(path))
            slicer.mrmlScene.Clear()
            slicer.util.loadScene(path)
            self.wait(1.0)
        again = widget.currentCase()
        self.assertIsNotNone(again)
        self.assertTrue((again.labels() == labels).all())
        self.assertAlmostEqual(self._ejectionFraction(widget), edited, places=4)
        self.assertEqual(again.approval.reviewer, "Self test")
        self.assertEqual(widget.ui.esLabel.text, endSystole)
        self.assertTrue(widget.ui.esShowButton.enabled)
        self.assertTrue(again.is_edited)

    def _segmentedPhantom(self):
        slicer.util.selectModule("CardiacSeg")
        slicer.app.processEvents()
        widget = slicer.modules.cardiacseg.widgetRepresentation().self()
        registerSampleData("")
        widget._parameterNode.model = ModelChoice.LEFT_OPEN
        widget.ui.sampleButton.click()
        self.assertTrue(widget.ui.applyButton.enabled, widget.ui.statusLabel.text)
        widget.ui.applyButton.click()
        self.until(lambda: not widget.runner.isRunning)
        self.assertTrue(widget.ui.statusLabel.text.startswith("Done"), widget.ui.statusLabel.text)
        return widget, widget.currentCase()

    def _ejectionFraction(self, widget):
        found = (m.value for m in widget._result.measurements if m.key == "ejection_fraction")
        return next(found)

    def _eraseMiddleSlice(self, case):
        """Empty the left cavity in its middle slice of the frame that is shown, through the editor's own path."""
        import numpy as np

        from quantseg.mrml.images import oriented_image
        from quantseg.volume import Volume

        panel = slicer.modules.cardiacseg.widgetRepresentation().self()
        panel.ui.segmentEditorWidget.saveStateForUndo()
        axis = case.cine().geometry.slice_axis
        cavity = case.labels()[case.shown_frame] == 3
        shown = np.flatnonzero(cavity.any(axis=tuple(a for a in range(3) if a != axis)))
        mask = np.zeros(cavity.shape, np.uint8)
        np.moveaxis(mask, axis, 0)[shown[len(shown) // 2]] = 1
        logic = slicer.vtkSlicerSegmentEditorLogic()
        logic.SetMRMLScene(slicer.mrmlScene)
        logic.SetSegmentEditorNode(panel.ui.segmentEditorWidget.mrmlSegmentEditorNode())
        logic.SetSegmentationNode(case.segmentation_node)
        logic.SetSourceVolumeNode(case.volume_node)
        image = oriented_image(Volume(mask, case.cine().geometry.affine))
        remove = logic.ModificationModeRemove
        logic.ModifySegmentByLabelmap(case.segmentation_node, "lv_cavity", image, remove, False, True)
