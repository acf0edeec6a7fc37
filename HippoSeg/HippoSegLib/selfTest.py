"""Tests for a real Slicer, run by CTest and by "Reload and Test"; they use no network."""

import tempfile
import time

import slicer
from slicer.i18n import tr as _

from HippoSegLib.logic import HippoSegLogic
from HippoSegLib.parameters import InputKindChoice
from HippoSegLib.samples import registerSampleData
from QuantSegLib.panelTest import PanelTest
from QuantSegLib.sampleData import samplePath

_CROP = "hippocampus_199.nii.gz"


class HippoSegTest(PanelTest):
    """From the sample to the exported report, with a correction and its undo between them."""

    def runTest(self):
        """Run every test."""
        for test in (
            self.test_samplesAreRegistered,
            self.test_buttonsLeadFromTheSampleHeadToVolumes,
            self.test_cropFromSampleToReport,
            self.test_undoTakesTheResultBack,
            self.test_widgetFollowsAnEdit,
            self.test_doubtfulSliceIsSeenCloselyAndAClickIsUndone,
        ):
            self.setUp()
            test()
        self.delayDisplay(_("All tests passed"))

    def test_samplesAreRegistered(self):
        """The Sample Data module offers the samples, and loads one from this machine."""
        import SampleData

        registerSampleData("")
        node = SampleData.downloadSample("HippocampusCrop199")
        self.assertIsNotNone(node)
        self.assertGreater(min(node.GetImageData().GetDimensions()), 10)

    def test_buttonsLeadFromTheSampleHeadToVolumes(self):
        """A first-time user presses two buttons of the panel."""
        widget = self.panel("HippoSeg")
        widget.ui.sampleButton.click()
        self.assertTrue(widget.ui.applyButton.enabled, widget.ui.statusLabel.text)
        widget.ui.applyButton.click()
        self.until(lambda: not widget.runner.isRunning)
        self.assertTrue(widget.ui.statusLabel.text.startswith("Done"), widget.ui.statusLabel.text)
        case = widget.currentCase()
        volumes = {m.region: m.value for m in case.result("head").measurements if m.key == "volume"}
        for side in ("left", "right"):
            self.assertGreater(volumes[side], 1500)
            self.assertLess(volumes[side], 6000)
        self.assertTrue(widget.ui.resultTableView.visible)

    def test_cropFromSampleToReport(self):
        """A crop is segmented on the CPU, measured, approved and exported."""
        logic, volume, segmentation, result = self._segmentedCrop()
        volumes = {m.region: m.value for m in result.measurements if m.key == "volume"}
        self.assertGreater(volumes["whole"], 1000)
        self.assertLess(volumes["whole"], 6000)
        self.assertAlmostEqual(volumes["anterior"] + volumes["posterior"], volumes["whole"], delta=0.2)
        self._agreesWithSegmentStatistics(volume, segmentation, volumes)
        case = logic.case(volume, segmentation)
        case.approve("Self test")
        with tempfile.TemporaryDirectory() as folder:
            written = logic.exportCase(case, folder)
            names = sorted(path.name for path in written.iterdir())
        self.assertEqual(
            names,
            [
                "labels.nii.gz",
                "measurements.json",
                "preview.png",
                "report.html",
                "segmentation.seg.nrrd",
                "summary.csv",
            ],
        )

    def test_undoTakesTheResultBack(self):
        """What the AI writes over a correction is one step of the embedded editor's own Undo."""
        widget = self.panel("HippoSeg")
        logic, volume, segmentation, _result = self._segmentedCrop()
        widget.showCase(volume, segmentation)
        case = logic.case(volume, segmentation)
        before = case.labels().array
        run = logic.startRun(volume, InputKindChoice.CROP, device="cpu")
        self.until(lambda: not run.is_running)
        widget.correction.edit(segmentation, volume)
        self.clearSegment(widget, "posterior")
        corrected = case.labels().array
        self.assertLess((corrected > 0).sum(), (before > 0).sum())
        logic.takeResult(run, volume, segmentation, widget.correction.saveStateForUndo)
        self.assertTrue((case.labels().array == before).all())
        widget.ui.segmentEditorWidget.undo()
        self.assertTrue((case.labels().array == corrected).all())

    def test_widgetFollowsAnEdit(self):
        """Table, tags and approval follow an edit within a second."""
        widget = self.panel("HippoSeg")
        logic, volume, segmentation, _result = self._segmentedCrop()
        widget.showCase(volume, segmentation)
        case = logic.case(volume, segmentation)
        case.approve("Self test")
        self.clearSegment(widget, "posterior")
        # This process's own time: on a machine that does nothing else it is what a person waits.
        started = time.process_time()
        self.until(lambda: case.approval is None, 60)
        self.assertLess(time.process_time() - started, 1.0)
        self.assertTrue(case.is_edited)
        widget.ui.segmentEditorWidget.undo()

    def test_doubtfulSliceIsSeenCloselyAndAClickIsUndone(self):
        """The walk selects and marks a segment; what one click proposes is one step of the editor's own Undo."""
        import numpy as np

        widget = self.panel("HippoSeg")
        logic, volume, segmentation, result = self._segmentedCrop()
        widget.showCase(volume, segmentation)
        case, editor = logic.case(volume, segmentation), widget.ui.segmentEditorWidget
        widget.ui.nextDoubtButton.click()
        self.assertEqual(editor.currentSegmentID(), result.doubtful_slices[0].segment)
        self.assertTrue(widget.correction.doubts.marker.isShown)
        before = case.labels().array
        widget.ui.smartButton.click()
        inside = np.argwhere(before == 1)
        place = case.volume().grid.to_world(inside[len(inside) // 2])
        editor.setCurrentSegmentID("posterior")
        widget.correction.smart.onClicked(place)
        self.assertTrue(widget.ui.smartAcceptButton.enabled, widget.ui.smartLabel.text)
        widget.ui.smartAcceptButton.click()
        self.assertFalse((case.labels().array == before).all())
        editor.undo()
        self.assertTrue((case.labels().array == before).all())
        widget.ui.smartButton.click()

    def _segmentedCrop(self):
        volume = slicer.util.loadVolume(str(samplePath(_CROP)))
        segmentation = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLSegmentationNode")
        logic = HippoSegLogic()
        result = logic.process(volume, segmentation, InputKindChoice.CROP, device="cpu")
        return logic, volume, segmentation, result

    def _agreesWithSegmentStatistics(self, volume, segmentation, volumes):
        import SegmentStatistics

        statistics = SegmentStatistics.SegmentStatisticsLogic()
        parameters = statistics.getParameterNode()
        parameters.SetParameter("Segmentation", segmentation.GetID())
        parameters.SetParameter("ScalarVolume", volume.GetID())
        parameters.SetParameter("visibleSegmentsOnly", "False")
        statistics.computeStatistics()
        found = statistics.getStatistics()
        for key in ("anterior", "posterior"):
            self.assertAlmostEqual(found[key, "LabelmapSegmentStatisticsPlugin.volume_mm3"], volumes[key], delta=0.1)
