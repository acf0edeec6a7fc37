"""The muscle panel under PySide6 with stand-ins for Slicer's widgets: its own handlers and rules, not Slicer's."""

import numpy as np
import pytest
from finished_muscles import build_muscles, muscle_images
from slicer_standins import desktop
from slicer_standins.desktop import until

from quantseg.errors import InputRefused, UsageError
from quantseg.mrml.further_images import further_images
from quantseg.mrml.images import vtk_matrix
from quantseg.results.writing import write_case
from quantseg.review.volume_case import written_of
from quantseg.tasks.lumbar_muscle.task import TASK


@pytest.fixture
def a_muscle_panel(application, an_engine, monkeypatch):
    assert application is not None
    import MuscleSeg

    widget = MuscleSeg.MuscleSegWidget(desktop.a_parent())
    widget.setup()
    widget.logic = MuscleSeg.MuscleSegLogic(an_engine)
    monkeypatch.setattr(widget.devices, "detect", lambda: None)
    widget.enter()
    yield widget
    widget.cleanup()


@pytest.fixture
def water_and_fat(a_volume_node):
    images = muscle_images().scans
    return a_volume_node(images["mri"].volume, "Spine_W"), a_volume_node(images["fat"].volume, "Spine_F")


@pytest.fixture
def segmented(a_muscle_panel, water_and_fat, a_segmentation_node):
    """Water and fat with muscles in three slices, chosen in the panel."""
    water, _fat = water_and_fat
    a_muscle_panel.logic.case(water, a_segmentation_node).write(written_of(build_muscles()))
    a_muscle_panel.showCase(water, a_segmentation_node)
    return a_muscle_panel


@pytest.fixture
def told(monkeypatch):
    """What the engine's command would be told, by the image that it is started on."""
    calls = {}

    class Run:
        def __init__(self, _engine, _task, _write, options, further):
            calls["options"], calls["further"] = list(options), further

    monkeypatch.setattr("quantseg.review.engine_run.EngineRun", Run)
    return calls


def cells(panel, column=1):
    table = panel.ui.resultTableView
    return {table.item(row, 0).text(): table.item(row, column).text() for row in range(table.rowCount())}


def erase_two_rows(case, editor):
    """Take the hindmost quarter of the left multifidus away in every slice, as a stroke of the brush would."""
    from quantseg.mrml.images import oriented_image

    mask = np.zeros(case.volume().array.shape, np.uint8)
    mask[:, 10:12] = 1
    editor.SetSegmentationNode(case.segmentation_node)
    editor.SetSourceVolumeNode(case.volume_node)
    editor.SetCurrentSegmentID("left_multifidus")
    image = oriented_image(case.volume().with_array(mask))
    remove = editor.ModificationModeRemove
    editor.ModifySegmentByLabelmap(case.segmentation_node, "left_multifidus", image, remove, False, True)


def test_areas_fat_and_asymmetry_fill_the_table_and_the_verdict_says_what_is_untested(segmented):
    left, right = cells(segmented), cells(segmented, 2)
    assert left["Multifidus, mm²"] == right["Multifidus, mm²"] == "256"
    assert left["Multifidus, lean, mm²"] == "179"
    assert left["Multifidus, mean fat, %"] == "30.0"
    assert cells(segmented, 3)["  asymmetry (L − R), %"] == "0.0"
    assert "psoas and quadratus lumborum are untested on real images" in segmented.ui.verdictLabel.text()
    assert "Needs a look" in segmented.ui.verdictLabel.text()


def test_numbers_follow_a_stroke_and_come_back(segmented, segment_editor):
    panel, case = segmented, segmented.currentCase()
    before = cells(panel)
    erase_two_rows(case, segment_editor)
    until(lambda: cells(panel) != before, 30)
    after = cells(panel)
    assert after["Multifidus, mm²"] == "192"
    assert after["Multifidus, lean, mm²"] == "134"
    assert {key for key in before if before[key] != after[key]} == {"Multifidus, mm²", "Multifidus, lean, mm²"}
    asymmetry = [panel.ui.resultTableView.item(row, 3).text() for row in range(panel.ui.resultTableView.rowCount())]
    assert "-28.6" in [one.replace("−", "-") for one in asymmetry]
    assert "Changed by hand: Left multifidus" in panel.ui.verdictLabel.text()


def test_the_muscle_index_follows_the_height_without_another_run(segmented):
    panel, index = segmented, "Muscle index of psoas, erector spinae and multifidus, cm²/m²"
    assert index not in cells(panel)
    panel.ui.heightSpinBox.setValue(1.6)
    assert float(cells(panel, 3)[index]) == pytest.approx(2 * (400 + 640 + 256) / 100 / 1.6**2, abs=0.06)
    panel.ui.heightSpinBox.setValue(0)
    assert index not in cells(panel)


def test_the_height_of_one_person_is_not_taken_for_the_next(segmented, water_and_fat, a_volume_node):
    panel = segmented
    panel.ui.heightSpinBox.setValue(1.6)
    panel._parameterNode.inputVolume = a_volume_node(
        muscle_images().first.volume.with_array(muscle_images().first.volume.array + 1), "Other"
    )
    assert panel._parameterNode.heightM == 0
    assert panel._parameterNode.fatVolume is None
    panel._parameterNode.inputVolume = water_and_fat[0]
    assert panel._parameterNode.heightM == 1.6


def test_the_fat_image_that_is_called_so_is_chosen_with_its_water(a_muscle_panel, water_and_fat):
    panel, (water, fat) = a_muscle_panel, water_and_fat
    panel._parameterNode.inputVolume = water
    assert panel._parameterNode.fatVolume is fat
    panel._parameterNode.fatVolume = None
    panel._parameterNode.sliceNumber = 1
    assert panel._parameterNode.fatVolume is None


def test_an_image_that_is_called_so_but_lies_elsewhere_is_not_taken_for_the_fat(a_muscle_panel, water_and_fat):
    water, fat = water_and_fat
    fat.SetIJKToRASMatrix(vtk_matrix(np.diag([1.0, 1.0, 9.0, 1.0])))
    assert a_muscle_panel.logic.fatOf(water) is None


def test_the_engine_gets_water_fat_height_and_the_chosen_slice(a_muscle_panel, water_and_fat, told):
    panel, (water, fat) = a_muscle_panel, water_and_fat
    choices = panel._parameterNode
    choices.inputVolume, choices.heightM = water, 1.75
    for one, options in ((False, []), (True, ["--slice", "0"])):
        choices.oneSlice = one
        panel.startRun(choices)
        assert list(told["further"]) == ["--fat"]
        at = told["options"].index("--slice") if one else 0
        assert told["options"][at : at + len(options)] == options
        assert ("--slice" in told["options"]) == one
        assert told["options"][told["options"].index("--height-m") + 1] == "1.75"
    assert further_images(water) == {"fat": fat}
    with pytest.raises(UsageError, match="as water and as fat"):
        panel.logic.startRun(water, fatVolume=water)


def test_a_queue_takes_water_with_its_fat_and_neither_fat_nor_map_as_an_image(segmented, water_and_fat, told):
    panel, (water, fat) = segmented, water_and_fat
    kept = segmented.currentCase().result("x").outputs[1]
    assert kept.name == "fat_fraction"
    volumes = [node for node in _volume_nodes() if panel.logic.isImage(node)]
    assert volumes == [water]
    choices = panel.logic.chosenForAll(panel._parameterNode, panel.ofTheImage)
    assert set(choices) == {"device"}
    panel.logic.startRun(water, **choices)
    assert list(told["further"]) == ["--fat"]
    assert fat.GetName() == "Spine_F"


def _volume_nodes():
    import slicer

    kind = "vtkMRMLScalarVolumeNode"
    scene = slicer.mrmlScene
    return [scene.GetNthNodeByClass(n, kind) for n in range(scene.GetNumberOfNodesByClass(kind))]


@pytest.mark.parametrize("downwards", [False, True], ids=["upwards", "downwards"])
def test_a_chosen_slice_is_brought_to_the_axial_views_and_the_one_in_view_can_be_chosen(
    a_muscle_panel, water_and_fat, application, downwards
):
    panel, (water, _fat), red = a_muscle_panel, water_and_fat, application.sliceViews["Red"].node
    if downwards:
        affine = np.diag([-2.0, 2.0, -8.0, 1.0])
        affine[:3, 3] = 80.0, -60.0, 8.0
        water.SetIJKToRASMatrix(vtk_matrix(affine))
    panel._parameterNode.inputVolume = water
    assert (panel.ui.sliceSpinBox.minimum(), panel.ui.sliceSpinBox.maximum()) == (0, 2)
    panel.ui.sliceSpinBox.setValue(2)
    there_mm = -8.0 if downwards else 8.0
    assert red.GetSliceToRAS().GetElement(2, 3) == pytest.approx(there_mm)
    assert panel._parameterNode.sliceNumber == panel.ui.sliceSlider.value() == 2
    assert ("from the head" if downwards else "from the feet") in panel.ui.sliceLabel.text()
    red.SetSliceOffset(-there_mm + 1)
    panel.ui.sliceInViewButton.click()
    assert panel._parameterNode.sliceNumber == 0


def test_a_result_whose_map_has_left_the_scene_is_refused_in_words(segmented):
    case = segmented.currentCase()
    (fat_map,) = [node for node in _volume_nodes() if node.GetName() == "Spine_W fat fraction"]
    fat_map.GetScene().RemoveNode(fat_map)
    with pytest.raises(InputRefused, match="is no longer in the scene"):
        case.result("x")


def test_a_new_result_takes_the_place_of_the_earlier_map(segmented):
    case = segmented.currentCase()
    case.write(written_of(build_muscles(slices=(1,))))
    assert sum(node.GetName() == "Spine_W fat fraction" for node in _volume_nodes()) == 1


def test_export_writes_labels_and_map_as_a_draft_until_somebody_approves(segmented, tmp_path):
    panel = segmented
    assert panel.exportTo(panel.currentCase(), tmp_path).name == "DRAFT_Spine_W"
    panel.currentCase().approve("Ada")
    written = panel.exportTo(panel.currentCase(), tmp_path)
    assert written.name == "Spine_W"
    assert (written / "fat_fraction.nii.gz").is_file()
    assert "untested on real images" in (written / "report.html").read_text(encoding="utf-8")


def test_a_case_of_a_worklist_is_opened_corrected_and_saved_with_its_map(a_muscle_panel, segment_editor, tmp_path):
    import nibabel

    panel, images = a_muscle_panel, tmp_path / "images"
    images.mkdir()
    water = muscle_images().first.volume
    nibabel.save(nibabel.Nifti1Image(water.array, water.affine), images / "a.nii.gz")
    write_case(build_muscles("a"), images / "quantseg-worklist", TASK.presenter, report=False)
    panel._parameterNode.reviewer = "Ada"
    panel.worklist.openFolder(images)
    panel.worklist.openCase("a")
    assert cells(panel)["Multifidus, mm²"] == "256"
    erase_two_rows(panel.currentCase(), segment_editor)
    panel.ui.heightSpinBox.setValue(1.6)
    panel.worklist.leaveCase()
    entry = panel.worklist.opened.entry("a")
    assert entry.state.value == "corrected"
    assert "multifidus L 192 / R 256" in entry.headline
    assert not [node for node in _volume_nodes() if node.GetName().startswith("a")]
