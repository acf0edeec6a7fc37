"""Tests for a real Slicer, run by CTest and by "Reload and Test"; they use no network."""

import tempfile
import time

from slicer.i18n import tr as _

from BrainSegLib.samples import HEAD, registerSampleData
from QuantSegLib.panelTest import PanelTest

_AGE_YEARS = 42
_TISSUES = ("csf", "grey_matter", "white_matter")


class BrainSegTest(PanelTest):
    """From the sample head to tissues, age and exported reports, with a correction and its undo between them."""

    def runTest(self):
        """Run every test."""
        for test in (self.test_samplesAreRegistered, self.test_sampleHeadToTissuesAgeCorrectionAndReports):
            self.setUp()
            test()
        self.delayDisplay(_("All tests passed"))

    def test_samplesAreRegistered(self):
        """The Sample Data module offers the sample, and loads it from this machine."""
        import SampleData

        registerSampleData("")
        node = SampleData.downloadSample(HEAD)
        self.assertIsNotNone(node)
        self.assertGreater(min(node.GetImageData().GetDimensions()), 100)

    def test_sampleHeadToTissuesAgeCorrectionAndReports(self):
        """A first-time user presses two buttons, says the age, corrects, takes it back, approves and exports."""
        widget = self.panel("BrainSeg")
        registerSampleData("")
        widget.ui.sampleButton.click()
        widget._parameterNode.ageYears = float(_AGE_YEARS)
        self.assertTrue(widget.ui.applyButton.enabled, widget.ui.statusLabel.text)
        widget.ui.applyButton.click()
        self.until(lambda: not widget.runner.isRunning)
        self.assertTrue(widget.ui.statusLabel.text.startswith("Done"), widget.ui.statusLabel.text)
        self.assertTrue(widget.ui.resultTableView.visible)
        case = widget.currentCase()
        before = self._values(case)
        self.assertAlmostEqual(sum(before["volume_per_intracranial", key] for key in _TISSUES), 100, delta=0.1)
        self._ageFollows(widget)
        self._correctionChangesShares(widget, case, before)
        case.approve("Self test")
        with tempfile.TemporaryDirectory() as folder:
            written = widget.exportTo(case, folder)
            names = {path.name for path in written.iterdir()}
            self.assertLessEqual({"labels.nii.gz", "segmentation.seg.nrrd", "measurements.json", "report.html"}, names)
            beside = {path.name for path in written.parent.iterdir()} - {written.name}
            self.assertEqual(beside, {f"DRAFT_{written.name}_brain-age"})

    def _ageFollows(self, widget):
        """The age is estimated without being asked for, with an interval that holds what is likely of this head."""
        self.assertTrue(widget.score.runner.isRunning, widget.ui.scoreStatusLabel.text)
        self.until(lambda: not widget.score.runner.isRunning)
        result = widget.logic.age.result(widget._parameterNode.inputVolume)
        self.assertIsNotNone(result, widget.ui.scoreStatusLabel.text)
        (age,) = (one for one in result.measurements if one.key == "brain_age")
        self.assertLess(age.interval.low, _AGE_YEARS)
        self.assertGreater(age.interval.high, _AGE_YEARS)
        self.assertIn("means nothing", widget.ui.scoreLabel.text)
        self.assertTrue(widget.ui.scorePictureLabel.visible)

    def _correctionChangesShares(self, widget, case, before):
        """Shares follow an edit within two seconds, and Undo brings them back."""
        shown = widget.ui.inShortLabel.text
        # This process's own time: on a machine that does nothing else it is what a person waits.
        started = time.process_time()
        self.clearSegment(widget, "csf")
        self.until(lambda: widget.ui.inShortLabel.text != shown, 60)
        self.assertLess(time.process_time() - started, 2.0)
        self.assertTrue(case.is_edited)
        after = self._values(case)
        self.assertLess(after["volume_per_intracranial", "csf"], before["volume_per_intracranial", "csf"] / 2)
        widget.ui.segmentEditorWidget.undo()
        self.until(lambda: not case.is_edited, 60)
        self.assertEqual(self._values(case), before)

    def _values(self, case):
        return {(one.key, one.region): one.value for one in case.result("head").measurements}
