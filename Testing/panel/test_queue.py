"""Many images one after the other in the background: the queue bound to scene and worklist.

The runs are stand-ins that end when a test says so; images, segmentations, folders and locks are real.
"""

import nibabel
import numpy as np
import pytest
from finished_cases import build_crop
from slicer_standins.desktop import until
from test_run_queue import StandInRun

from quantseg.review.volume_case import written_of
from quantseg.review.worklist import STATE_FOLDER, CaseState, open_worklist
from quantseg.tasks.hippocampus.review.corrector import HippocampusCorrector
from quantseg.volume import Volume


@pytest.fixture
def runs(a_panel, monkeypatch):
    """Every run that the panel starts, a stand-in that finds the labels of a crop."""
    found, written = [], written_of(build_crop())

    def start(*_, **choices):
        found.append(StandInRun(written))
        found[-1].choices = choices
        return found[-1]

    monkeypatch.setattr(a_panel.logic, "startRun", start)
    monkeypatch.setattr(a_panel.logic, "startRunOnScan", start)
    return found


@pytest.fixture
def three_images(a_panel, a_volume_node):
    """Images of one grid, so that only the binding of a result to its image can tell them apart."""
    volume, noise = build_crop().volume, np.random.default_rng(0)
    nodes = [
        a_volume_node(
            Volume((volume.array + noise.normal(0, 1, volume.array.shape)).astype(np.float32), volume.affine), name
        )
        for name in ("Ada", "Ben", "Cleo")
    ]
    a_panel.enter()
    return nodes


def finish(panel, run):
    run.is_running = False
    panel.queue.queue.poll()


def column(panel, index):
    table = panel.ui.queueTable
    return [table.item(row, index).text() for row in range(table.rowCount())]


def test_all_images_of_the_scene_are_segmented_each_into_its_own_segmentation(a_panel, runs, three_images):
    a_panel.ui.segmentAllButton.click()
    assert column(a_panel, 0) == ["Ada", "Ben", "Cleo"], a_panel.ui.queueLabel.text()
    assert column(a_panel, 1) == ["running", "waiting", "waiting"]
    for number in range(3):
        finish(a_panel, runs[number])
    assert [text.partition(":")[0] for text in column(a_panel, 1)] == ["done"] * 3
    owned = [a_panel.logic.ownResult(volume) for volume in three_images]
    assert len(set(owned)) == 3
    assert [node.GetName() for node in owned] == ["Ada hippocampus", "Ben hippocampus", "Cleo hippocampus"]
    # The one that is shown has its result; those of the others are hidden until their image is chosen.
    assert a_panel.currentCase().volume_node is three_images[0]
    assert [node.GetDisplayVisibility() for node in owned] == [1, 0, 0]
    a_panel._parameterNode.inputVolume = three_images[2]
    assert a_panel.currentCase().segmentation_node is owned[2]


def test_what_is_known_of_the_present_image_alone_is_said_of_no_other(a_panel, runs, three_images):
    from HippoSegLib.parameters import InputKindChoice, SideChoice

    a_panel._parameterNode.side, a_panel._parameterNode.inputKind = SideChoice.LEFT, InputKindChoice.CROP
    a_panel.ui.segmentAllButton.click()
    assert len(three_images) == 3
    assert runs[0].choices == {"inputKind": InputKindChoice.CROP, "device": "auto"}


@pytest.mark.parametrize("how", ["deleted", "replaced"])
def test_an_image_that_changes_in_mid_run_gets_no_result_and_the_next_goes_on(
    a_panel, runs, three_images, a_scene, how
):
    from slicer.util import updateVolumeFromArray

    a_panel.ui.segmentAllButton.click()
    if how == "deleted":
        a_scene.scene.RemoveNode(three_images[0])
    else:
        updateVolumeFromArray(three_images[0], np.zeros(three_images[0].GetImageData().GetDimensions()[::-1]))
    finish(a_panel, runs[0])
    assert column(a_panel, 1)[0].startswith("failed: Ada was changed, or taken out of the scene")
    assert column(a_panel, 1)[1] == "running"
    assert a_scene.scene.GetNumberOfNodesByClass("vtkMRMLSegmentationNode") == 0


def test_an_image_that_was_segmented_by_hand_meanwhile_keeps_that_result(
    a_panel, runs, three_images, a_segmentation_node
):
    a_panel.ui.segmentAllButton.click()
    HippocampusCorrector().case(three_images[1], a_segmentation_node).write(written_of(build_crop()))
    finish(a_panel, runs[0])
    assert column(a_panel, 1)[1:] == ["left out: it has a result already", "running"]
    assert a_panel.logic.ownResult(three_images[1]) is a_segmentation_node


def test_closing_the_scene_ends_the_queue(a_panel, runs, three_images, a_scene):
    a_panel.ui.segmentAllButton.click()
    a_panel.onSceneStartClose()
    a_scene.scene.Clear(0)
    a_panel.onSceneReady()
    assert runs[0].was_cancelled
    assert len(three_images) == 3
    assert column(a_panel, 1) == ["cancelled"] * 3
    a_panel.queue.queue.poll()
    assert len(runs) == 1


def test_a_second_press_adds_nothing_twice(a_panel, runs, three_images):
    a_panel.ui.segmentAllButton.click()
    a_panel.ui.segmentAllButton.click()
    assert column(a_panel, 0) == ["Ada", "Ben", "Cleo"]
    assert len(runs) == 1
    assert len(three_images) == 3
    assert "Nothing to segment" in a_panel.ui.queueLabel.text()


@pytest.fixture
def a_list(a_panel, tmp_path):
    folder = tmp_path / "images"
    folder.mkdir()
    volume = build_crop().volume
    for name in ("a", "b", "c"):
        nibabel.save(nibabel.Nifti1Image(volume.array + ord(name), volume.affine), folder / f"{name}.nii.gz")
    a_panel.ui.reviewerLineEdit.setText("Ada")
    a_panel.worklist.openFolder(folder)
    return folder


def others(folder):
    return open_worklist(folder, "Grace", "2", HippocampusCorrector())


def test_all_cases_of_the_list_are_segmented_while_one_is_corrected(a_panel, runs, a_list):
    a_panel.ui.segmentAllButton.click()
    assert column(a_panel, 0) == ["a", "b", "c"], a_panel.ui.queueLabel.text()
    assert others(a_list).holder("a") == "Ada"
    finish(a_panel, runs[0])
    assert others(a_list).entry("a").state in (CaseState.SEGMENTED, CaseState.DOUBTFUL)
    assert others(a_list).holder("a") == ""
    a_panel.worklist.openCase("a")
    assert a_panel.currentCase().volume_node.GetName() == "a"
    finish(a_panel, runs[1])
    assert a_panel.currentCase().volume_node.GetName() == "a"
    labels = nibabel.load(a_list / STATE_FOLDER / "b" / "labels.nii.gz")
    image = nibabel.load(a_list / "b.nii.gz")
    assert np.allclose(labels.affine, image.affine)
    assert (np.asarray(labels.dataobj) == build_crop().labels).all()
    assert others(a_list).entry("b").history[-1].what.startswith("segmented by QuantSeg")
    table = a_panel.ui.worklistTable
    assert [table.item(row, 1).text() for row in range(3)] == [others(a_list).entry(n).state.value for n in "abc"]


def test_a_case_that_is_being_segmented_is_not_opened_and_one_that_waits_leaves_the_queue(a_panel, runs, a_list):
    a_panel.ui.segmentAllButton.click()
    a_panel.worklist.onCellDoubleClicked(0)
    assert "a is being segmented" in a_panel.ui.worklistLabel.text()
    assert a_panel.worklist._open is None
    a_panel.worklist.onCellDoubleClicked(1)
    assert column(a_panel, 1) == ["running", "left out: opened", "waiting"]
    assert a_panel.worklist._open == "b"
    finish(a_panel, runs[0])
    assert column(a_panel, 1)[2] == "running"
    assert others(a_list).entry("b").state is CaseState.TO_DO


def test_a_case_of_somebody_else_fails_alone(a_panel, runs, a_list):
    others(a_list).open("a")
    a_panel.ui.segmentAllButton.click()
    assert "failed: " in column(a_panel, 1)[0]
    assert "Grace" in column(a_panel, 1)[0]
    assert column(a_panel, 1)[1:] == ["running", "waiting"]
    assert others(a_list).holder("a") == "Grace"
    assert len(runs) == 1


def test_cancelling_frees_the_case_and_leaves_nothing(a_panel, runs, a_list):
    a_panel.ui.segmentAllButton.click()
    a_panel.ui.cancelQueueButton.click()
    assert runs[0].was_cancelled
    assert others(a_list).holder("a") == ""
    assert others(a_list).entry("a").state is CaseState.TO_DO
    assert not a_panel.ui.cancelQueueButton.isEnabled()


def test_unloading_the_module_ends_the_queue(a_panel, runs, a_list):
    a_panel.ui.segmentAllButton.click()
    a_panel.cleanup()
    assert runs[0].was_cancelled
    assert others(a_list).holder("a") == ""


def test_the_selected_one_is_cancelled(a_panel, runs, a_list):
    a_panel.ui.segmentAllButton.click()
    a_panel.ui.queueTable.setCurrentCell(1, 0)
    a_panel.ui.cancelQueuedButton.click()
    assert column(a_panel, 1) == ["running", "cancelled", "waiting"]
    assert a_list.is_dir()
    assert not runs[0].was_cancelled


@pytest.mark.slow
def test_a_real_run_of_the_queue_reaches_the_list(a_panel, a_list, repository):
    import shutil

    for name in "bc":
        (a_list / f"{name}.nii.gz").unlink()
    shutil.copy(repository / "Resources" / "SampleData" / "hippocampus_199.nii.gz", a_list / "a.nii.gz")
    a_panel.worklist.openFolder(a_list)
    a_panel.ui.inputKindComboBox.setCurrentText("Crop around one hippocampus")
    a_panel.ui.segmentAllButton.click()
    until(lambda: not a_panel.queue.queue.isActive, 900)
    assert column(a_panel, 1)[0].startswith("done"), column(a_panel, 1)
    a_panel.worklist.openCase("a")
    assert a_panel.currentCase().document.models


def test_a_chart_that_counts_series_which_are_gone_holds_nobody_up(application, a_scene):
    """So it is in a scene that is being closed: Slicer had hung as soon as a case of the list was open."""
    from quantseg.mrml.result_nodes import PlottedBars, add_bar_chart, fill_bar_chart
    from QuantSegLib.sceneNodes import removeWithParts

    assert application is not None
    scene = a_scene.scene
    chart = add_bar_chart(scene, "Volumes", "mm³")
    fill_bar_chart(chart, ["Anterior"], [PlottedBars(name, (1, 2, 3), [1.0]) for name in ("Left", "Right")])
    scene.StartState(scene.CloseState)
    removeWithParts(chart.chart)
    scene.EndState(scene.CloseState)
    assert scene.GetNumberOfNodesByClass("vtkMRMLPlotSeriesNode") == 0
