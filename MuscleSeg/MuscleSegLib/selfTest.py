"""Tests for a real Slicer, run by CTest and by "Reload and Test"; they use no network."""

import tempfile
import time

from slicer.i18n import tr as _

from MuscleSegLib.samples import FAT, WATER, registerSampleData
from MuscleSegLib.sliceSection import sliceViews
from QuantSegLib.panelTest import PanelTest

_MUSCLE = "left_multifidus"
_SLICE = 2


class MuscleSegTest(PanelTest):
    """From the drawn slices to areas, fat and exported files, with a correction and its undo between them."""

    def runTest(self):
        """Run every test."""
        for test in (self.test_samplesAreRegistered, self.test_drawnSlicesToNumbersCorrectionAndReports):
            self.setUp()
            test()
        self.delayDisplay(_("All tests passed"))

    def test_samplesAreRegistered(self):
        """The Sample Data module offers both images, and loads them from this machine, on one grid."""
        import SampleData

        registerSampleData("")
        water, fat = (SampleData.downloadSample(name) for name in (WATER, FAT))
        self.assertEqual(water.GetImageData().GetDimensions(), fat.GetImageData().GetDimensions())
        self.assertGreater(min(water.GetImageData().GetDimensions()), _SLICE)

    def test_drawnSlicesToNumbersCorrectionAndReports(self):
        """A first-time user measures one slice, then all, corrects, takes it back, tells a height and exports."""
        widget = self.panel("MuscleSeg")
        registerSampleData("")
        widget.ui.sampleButton.click()
        self.assertEqual(widget._parameterNode.fatVolume.GetName(), FAT)
        self._oneSliceIsMeasuredAlone(widget)
        widget.ui.oneSliceCheckBox.setChecked(False)
        self._segment(widget)
        self.assertTrue(widget.ui.resultTableView.visible)
        self.assertIn("untested on real images", widget.ui.verdictLabel.text)
        case = widget.currentCase()
        before = self._values(case)
        self.assertIn(("fat_fraction", _MUSCLE), before)
        self._heightGivesAnIndex(widget, case)
        self._numbersFollowACorrection(widget, case)
        case.approve("Self test")
        with tempfile.TemporaryDirectory() as folder:
            written = widget.exportTo(case, folder)
            names = {path.name for path in written.iterdir()}
            self.assertLessEqual({"labels.nii.gz", "fat_fraction.nii.gz", "measurements.json", "report.html"}, names)

    def _segment(self, widget):
        self.assertTrue(widget.ui.applyButton.enabled, widget.ui.statusLabel.text)
        widget.ui.applyButton.click()
        self.until(lambda: not widget.runner.isRunning)
        self.assertTrue(widget.ui.statusLabel.text.startswith("Done"), widget.ui.statusLabel.text)

    def _oneSliceIsMeasuredAlone(self, widget):
        """The axial view goes to the chosen slice, and only that one gets labels."""
        widget.ui.sliceSpinBox.setValue(_SLICE)
        from quantseg.mrml.axial_views import nearest_shown

        places = widget.logic.slicePlaces(widget._parameterNode.inputVolume).centres_ras_mm
        self.assertEqual(nearest_shown(places, sliceViews()), _SLICE)
        widget.ui.oneSliceCheckBox.setChecked(True)
        self._segment(widget)
        labels = widget.currentCase().labels().array
        self.assertEqual([bool(labels[..., k].any()) for k in range(labels.shape[2])], [False, False, True])

    def _heightGivesAnIndex(self, widget, case):
        """The muscle index comes with the height, without another run."""
        self.assertNotIn(("muscle_index", "paraspinal"), self._values(case))
        widget.ui.heightSpinBox.setValue(1.75)
        self.until(lambda: ("muscle_index", "paraspinal") in self._values(case), 10)

    def _numbersFollowACorrection(self, widget, case):
        """Area and fat follow an edit within two seconds, and Undo brings them back."""
        before, shown = self._values(case), widget.ui.inShortLabel.text
        # This process's own time: on a machine that does nothing else it is what a person waits.
        started = time.process_time()
        self.clearSegment(widget, _MUSCLE)
        self.until(lambda: widget.ui.inShortLabel.text != shown, 60)
        self.assertLess(time.process_time() - started, 2.0)
        self.assertTrue(case.is_edited)
        self.assertNotIn(("area", _MUSCLE), self._values(case))
        widget.ui.segmentEditorWidget.undo()
        self.until(lambda: not case.is_edited, 60)
        self.assertEqual(self._values(case), before)

    def _values(self, case):
        measured = case.result("slices").measurements
        return {(one.key, one.region): one.value for one in measured if one.slice_index is None}
