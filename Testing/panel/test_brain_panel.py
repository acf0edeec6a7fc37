"""The brain panel under PySide6 with stand-ins for Slicer's widgets: its own handlers and rules, not Slicer's."""

import json

import numpy as np
import pytest
from finished_ages import build_age
from finished_brains import WHITE_BOX, build_brain
from slicer_standins import desktop
from slicer_standins.desktop import until

from quantseg.errors import QuantSegError
from quantseg.mrml.segments import terminology_entry, terminology_tag
from quantseg.results.writing import write_case
from quantseg.review.volume_case import written_of
from quantseg.tasks.brain_age.task import TASK as AGE
from quantseg.tasks.brain_tissue.anatomy import TISSUES, TISSUES_AND_PARTS
from quantseg.tasks.brain_tissue.options import BrainTissueOptions
from quantseg.tasks.options import arguments_of


@pytest.fixture
def a_brain_panel(application, an_engine, monkeypatch):
    assert application is not None
    import BrainSeg

    widget = BrainSeg.BrainSegWidget(desktop.a_parent())
    widget.setup()
    widget.logic = BrainSeg.BrainSegLogic(an_engine)
    monkeypatch.setattr(widget.devices, "detect", lambda: None)
    widget.enter()
    yield widget
    widget.cleanup()


@pytest.fixture
def segmented(a_brain_panel, a_volume_node, a_segmentation_node):
    """Puts a finished head into the scene, and chooses it in the panel."""

    def put(result):
        volume = a_volume_node(result.volume, "Head")
        a_brain_panel.logic.case(volume, a_segmentation_node).write(written_of(result))
        a_brain_panel.showCase(volume, a_segmentation_node)
        return a_brain_panel

    return put


@pytest.fixture
def a_segmented_brain(segmented):
    """A head with tissues, chosen in the panel."""
    return segmented(build_brain())


@pytest.fixture
def take_away(segment_editor):
    """Takes a box of voxels out of a segment, as the editor's eraser does."""

    def erase(case, key, box):
        from quantseg.mrml.images import oriented_image

        mask = np.zeros(case.volume().array.shape, np.uint8)
        mask[box] = 1
        segment_editor.SetSegmentationNode(case.segmentation_node)
        segment_editor.SetSourceVolumeNode(case.volume_node)
        segment_editor.SetCurrentSegmentID(key)
        remove, image = segment_editor.ModificationModeRemove, oriented_image(case.volume().with_array(mask))
        segment_editor.ModifySegmentByLabelmap(case.segmentation_node, key, image, remove, False, True)

    return erase


class FinishedRun:
    """In place of a run of the engine that has ended, and that left an age, or a reason why not."""

    step, progress, seconds_left, is_running, step_seconds = "Starting", 0.0, None, False, {}

    def __init__(self, folder, reason=""):
        self._folder, self._reason = folder, reason

    def expect(self, _seconds):
        pass

    def result(self, read):
        if self._reason:
            raise QuantSegError(self._reason)
        return read(self._folder)

    def close(self):
        pass

    cancel = close


@pytest.fixture
def estimate(monkeypatch, tmp_path):
    """Let the panel estimate an age by its button, without the engine; returns what the command would be told."""

    def run(panel, age_years=None, reason=""):
        told = []
        written = write_case(build_age(age_years), tmp_path / "run", AGE.presenter, report=False).folder

        def start(_volume, arguments=()):
            told.extend(arguments)
            return FinishedRun(written, reason)

        monkeypatch.setattr(panel.logic.age, "startRun", start)
        panel.ui.scoreButton.click()
        until(lambda: not panel.score.runner.isRunning)
        return told

    return run


def cells(panel, column=1):
    table = panel.ui.resultTableView
    return {table.item(row, 0).text(): table.item(row, column).text() for row in range(table.rowCount())}


def test_tissues_fill_table_and_bars(a_segmented_brain):
    found = cells(a_segmented_brain)
    assert {"Grey matter, ml", "White matter, ml", "Cerebrospinal fluid, ml", "  of ICV, %"} <= set(found)
    assert "±" in found["Grey matter, ml"]
    assert "Good" in a_segmented_brain.ui.verdictLabel.text()
    chart = a_segmented_brain.logic.show(
        a_segmented_brain.currentCase().result("head"), a_segmented_brain.currentCase().keeper
    )[1]
    names = [chart.GetNthPlotSeriesNode(n).GetName() for n in range(chart.GetNumberOfPlotSeriesNodes())]
    assert names == ["Cerebrospinal fluid", "Grey matter", "White matter"]


def millilitres(panel, row):
    return float(cells(panel)[f"{row}, ml"].split()[0].replace(",", ""))


def test_a_correction_changes_volumes_and_no_age(a_segmented_brain, take_away, estimate):
    panel = a_segmented_brain
    estimate(panel)
    age, before, case = panel.ui.scoreLabel.text(), millilitres(panel, "White matter"), panel.currentCase()
    take_away(case, "white_matter", WHITE_BOX)
    until(lambda: case.is_edited and millilitres(panel, "White matter") != before, 30)
    assert millilitres(panel, "White matter") == pytest.approx(before - 4.1, abs=0.11)
    assert "±" not in cells(panel)["White matter, ml"]
    assert panel.ui.scoreLabel.text() == age
    assert "no age" in panel.ui.ageOfWhatLabel.text()


def test_parts_are_asked_for_where_their_box_is_ticked(a_brain_panel):
    from QuantSegLib.taskChoices import taskOptions

    panel = a_brain_panel

    def asked_for():
        return arguments_of(taskOptions(BrainTissueOptions, panel.logic.chosen(panel._parameterNode)))

    assert "--parts" not in asked_for()
    panel.ui.partsCheckBox.click()
    assert "--parts" in asked_for()
    # They hold for the next image, and for a whole worklist, too.
    assert panel.logic.chosenForAll(panel._parameterNode, panel.ofTheImage)["parts"] is True


def test_parts_are_segments_with_terms_and_colours_and_have_a_row_each(segmented):
    panel = segmented(build_brain(parts=True))
    segmentation = panel.currentCase().segmentation_node.GetSegmentation()
    assert list(segmentation.GetSegmentIDs()) == [one.segment.key for one in TISSUES_AND_PARTS]
    for one in TISSUES_AND_PARTS:
        segment = segmentation.GetSegment(one.segment.key)
        assert segment.GetColor() == pytest.approx([value / 255 for value in one.segment.colour])
        assert terminology_tag(segment) == terminology_entry(one.segment.terminology)
        assert f"{one.segment.name}, ml" in cells(panel)
    assert millilitres(panel, "Left lateral ventricle") == pytest.approx(4.1, abs=0.5)
    assert {"Ventricles, ml", "Deep grey matter, ml", "Cerebellum, ml", "Brain stem, ml"} <= set(cells(panel))


def test_a_correction_of_a_part_changes_it_and_its_tissue(segmented, take_away):
    panel = segmented(build_brain(parts=True))
    rows = ("Left lateral ventricle", "Ventricles", "Cerebrospinal fluid", "White matter")
    before, case = {row: millilitres(panel, row) for row in rows}, panel.currentCase()
    take_away(case, "left_lateral_ventricle", (slice(None), slice(None), slice(None)))
    until(lambda: millilitres(panel, "Ventricles") != before["Ventricles"], 30)
    lost = before["Left lateral ventricle"]
    assert {row: millilitres(panel, row) for row in rows} == pytest.approx(
        {
            "Left lateral ventricle": 0,
            "Ventricles": 0,
            "Cerebrospinal fluid": before["Cerebrospinal fluid"] - lost,
            "White matter": before["White matter"],
        },
        abs=0.11,
    )
    assert "Left lateral ventricle" in panel.ui.verdictLabel.text()


def test_segmented_again_without_parts_none_is_left_and_what_a_person_added_stays(segmented):
    panel = segmented(build_brain(parts=True))
    case = panel.currentCase()
    case.segmentation_node.GetSegmentation().AddEmptySegment("lesion", "Lesion")
    case.write(written_of(build_brain()))
    found = set(case.segmentation_node.GetSegmentation().GetSegmentIDs())
    assert found == {"lesion", *(one.segment.key for one in TISSUES)}
    assert not case.is_edited


@pytest.mark.parametrize("tool", ["effect", "smart correction"])
def test_surfaces_of_whole_tissues_go_before_an_edit_would_make_them_anew(a_segmented_brain, tool):
    panel, ui = a_segmented_brain, a_segmented_brain.ui
    ui.show3DButton.click()
    node = panel.currentCase().segmentation_node
    assert node.GetSegmentation().ContainsRepresentation("Closed surface")
    if tool == "effect":
        ui.segmentEditorWidget.logic.GetSegmentEditorNode().SetActiveEffectName("Paint")
    else:
        ui.smartButton.click()
    assert not node.GetSegmentation().ContainsRepresentation("Closed surface")
    assert not ui.show3DButton.isChecked()


def test_the_age_is_shown_with_interval_gap_bands_and_what_a_gap_means(a_segmented_brain, estimate):
    panel, ui = a_segmented_brain, a_segmented_brain.ui
    assert ui.scoreLabel.text() == "Nothing was estimated yet."
    assert "--age" not in estimate(panel)
    assert "47" in ui.scoreLabel.text()
    assert "no gap" in ui.scoreLabel.text()
    assert ui.scorePictureLabel.isHidden()
    panel._parameterNode.ageYears = 42.0
    assert "estimate again" in ui.scoreStatusLabel.text()
    assert estimate(panel, 42.0)[:2] == ["--age", "42"]
    assert "A gap within the interval means nothing" in ui.scoreLabel.text()
    assert not ui.scorePictureLabel.isHidden()
    assert ui.scorePictureLabel.pixmap().width() > 300
    assert "estimate again" not in ui.scoreStatusLabel.text()


def test_the_age_follows_a_segmentation_by_itself(a_segmented_brain, monkeypatch):
    panel, started = a_segmented_brain, []
    monkeypatch.setattr(panel.score, "start", lambda: started.append(True))
    case = panel.currentCase()
    case.segmentation_node.CreateDefaultDisplayNodes()
    panel.onResult(case.volume_node, case.segmentation_node, case.result("head"))
    assert started == [True]
    display = case.segmentation_node.GetDisplayNode()
    assert display.GetSegmentOpacity3D("csf") < 0.5 < display.GetSegmentOpacity3D("grey_matter")


def test_the_age_of_one_image_is_not_shown_with_another_nor_with_other_voxels(
    a_segmented_brain, estimate, a_volume_node
):
    panel, first = a_segmented_brain, a_segmented_brain._parameterNode.inputVolume
    panel._parameterNode.ageYears = 42.0
    estimate(panel, 42.0)
    panel._parameterNode.inputVolume = a_volume_node(build_brain().volume.with_array(build_brain().labels), "Other")
    assert panel.ui.scoreLabel.text() == "Nothing was estimated yet."
    assert panel._parameterNode.ageYears == 0
    panel._parameterNode.inputVolume = first
    assert "47" in panel.ui.scoreLabel.text()
    from slicer.util import arrayFromVolumeModified, updateVolumeFromArray

    updateVolumeFromArray(first, np.full((36, 36, 36), 7.0, np.float32))
    arrayFromVolumeModified(first)
    panel.onImageModified()
    assert panel.ui.scoreLabel.text() == "Nothing was estimated yet."


def test_why_there_is_no_age_is_said_once(a_segmented_brain, estimate):
    estimate(a_segmented_brain, reason="The person is 12 years old; the model knows brains of 18 to 96 years.")
    assert "12 years old" in a_segmented_brain.ui.scoreStatusLabel.text()
    assert a_segmented_brain.ui.scoreLabel.text() == "Nothing was estimated yet."


def test_the_age_is_kept_with_the_scene(a_segmented_brain, estimate):
    panel = a_segmented_brain
    estimate(panel)
    attribute = panel._parameterNode.inputVolume.GetAttribute("QuantSeg.Score.brain-age")
    assert json.loads(json.loads(attribute)["document"])["task"] == "brain-age"
    shown = panel.ui.scoreLabel.text()
    panel.exit()
    panel.enter()
    assert panel.ui.scoreLabel.text() == shown


def test_export_writes_the_age_beside_the_tissues_and_always_as_a_draft(a_segmented_brain, estimate, tmp_path):
    panel = a_segmented_brain
    estimate(panel)
    panel.currentCase().approve("Ada")
    written = panel.exportTo(panel.currentCase(), tmp_path / "out")
    assert sorted(path.name for path in written.parent.iterdir()) == ["DRAFT_Head_brain-age", "Head"]
    assert "Brain age" in (written.parent / "DRAFT_Head_brain-age" / "report.html").read_text(encoding="utf-8")


def test_nothing_that_the_network_cannot_learn_from_is_offered(a_brain_panel):
    assert a_brain_panel.ui.exportTrainingButton.isHidden()
