"""A correction that cannot be saved is never lost: full disks, of which the kernel says so; stand-ins for widgets."""

import shutil

import nibabel
import numpy as np
import pytest
from finished_cases import build_crop
from full_disks import SmallDisk, may_mount
from test_worklist_panel import column, draw

from quantseg.models.home import HOME_VARIABLE
from quantseg.review.worklist import STATE_FOLDER, CaseState, open_worklist
from quantseg.tasks.hippocampus.review.corrector import HippocampusCorrector

pytestmark = pytest.mark.skipif(not may_mount(), reason="no file system can be mounted here")


@pytest.fixture
def disk(tmp_path):
    mounted = SmallDisk(tmp_path / "disk")
    yield mounted
    mounted.unmount()


@pytest.fixture
def another_folder(tmp_path):
    """On another disk, which has room."""
    folder = tmp_path / "another"
    folder.mkdir()
    return folder


@pytest.fixture
def unsaved(a_panel, disk, tmp_path, segment_editor, monkeypatch):
    """The panel with a case that was corrected; the disk has been full since."""
    monkeypatch.setenv(HOME_VARIABLE, str(tmp_path / "home"))
    result = build_crop()
    for folder, array in ((disk.folder / "images", result.volume.array), (tmp_path / "drawn", result.labels)):
        folder.mkdir()
        for name in ("a", "b"):
            nibabel.save(nibabel.Nifti1Image(array, np.eye(4)), folder / f"{name}.nii.gz")
    shutil.copytree(disk.folder / "images", tmp_path / "other_images")
    a_panel.ui.reviewerLineEdit.setText("Ada")
    a_panel.worklist.openFolder(disk.folder / "images")
    a_panel.worklist._labelsFolder = tmp_path / "drawn"
    a_panel.ui.nextCaseButton.click()
    a_panel.ui.approveButton.click()
    assert column(a_panel, 1) == ["approved", "to do"]
    disk.fill()
    draw(a_panel.currentCase(), segment_editor)
    yield a_panel
    disk.free()


def the_list(disk):
    return open_worklist(disk.folder / "images", "Grace", "2", HippocampusCorrector())


def labelled(folder):
    return int((np.asarray(nibabel.load(folder / "labels.nii.gz").dataobj) > 0).sum())


def assert_still_open(panel, disk):
    assert panel.worklist._open == "a"
    assert (panel.currentCase().labels().array > 0).sum() == (build_crop().labels > 0).sum() + 27
    assert the_list(disk).holder("a") == "Ada"
    assert the_list(disk).holder("b") == ""
    assert the_list(disk).entry("a").state is CaseState.APPROVED
    shown = panel.ui.worklistLabel.text()
    assert "No space left on device" in shown
    assert "save it elsewhere" in shown
    assert not panel.ui.saveElsewhereButton.isHidden()


_WAYS_OUT = {
    "next case": lambda panel, _folder: panel.ui.nextCaseButton.click(),
    "another case": lambda panel, _folder: panel.worklist.onCellDoubleClicked(1),
    "another folder": lambda panel, folder: panel.worklist._attempt(lambda: panel.worklist.openFolder(folder)),
    "another module": lambda panel, _folder: panel.exit(),
    "export for training": lambda panel, _folder: panel.ui.exportTrainingButton.click(),
}


@pytest.mark.parametrize("leave", _WAYS_OUT.values(), ids=_WAYS_OUT)
def test_a_case_that_cannot_be_saved_stays_open_and_locked_until_it_can(unsaved, disk, tmp_path, monkeypatch, leave):
    monkeypatch.setattr(unsaved.worklist, "chooseFolder", lambda _title: str(tmp_path / "training"))
    leave(unsaved, tmp_path / "other_images")
    assert_still_open(unsaved, disk)
    assert not (tmp_path / "training").exists()
    disk.free()
    unsaved.ui.nextCaseButton.click()
    assert column(unsaved, 0) == ["a", "▶ b"]
    assert unsaved.ui.saveElsewhereButton.isHidden()
    assert the_list(disk).entry("a").state is CaseState.CORRECTED
    assert labelled(disk.folder / "images" / STATE_FOLDER / "a") == (build_crop().labels > 0).sum() + 27


def test_a_case_saved_elsewhere_may_be_left_and_is_taken_up_from_there(unsaved, disk, another_folder, monkeypatch):
    unsaved.ui.nextCaseButton.click()
    monkeypatch.setattr(unsaved.worklist, "chooseFolder", lambda _title: str(another_folder))
    unsaved.ui.saveElsewhereButton.click()
    assert str(another_folder / "a") in unsaved.ui.worklistLabel.text()
    unsaved.worklist.leaveCase()
    assert the_list(disk).holder("a") == ""
    disk.free()
    unsaved.ui.worklistLabelsButton.click()
    unsaved.worklist.openCase("a")
    assert (unsaved.currentCase().labels().array > 0).sum() == (build_crop().labels > 0).sum() + 27
    entry = the_list(disk).entry("a")
    assert entry.state is CaseState.CORRECTED
    assert [event.what for event in entry.history] == ["approved", "taken up from where it was saved"]


def test_a_case_that_somebody_else_took_over_is_not_lost_either(unsaved, disk, another_folder, monkeypatch):
    disk.free()
    (disk.folder / "images" / STATE_FOLDER / "a.lock").unlink()
    the_list(disk).open("a")
    unsaved.ui.nextCaseButton.click()
    assert "no longer yours to save" in unsaved.ui.worklistLabel.text()
    assert unsaved.worklist._open == "a"
    monkeypatch.setattr(unsaved.worklist, "chooseFolder", lambda _title: str(another_folder))
    unsaved.ui.saveElsewhereButton.click()
    unsaved.ui.nextCaseButton.click()
    assert column(unsaved, 0) == ["a (open: Grace)", "▶ b"]
    assert labelled(another_folder / "a") == (build_crop().labels > 0).sum() + 27


@pytest.mark.parametrize("end", ["onSceneStartClose", "cleanup"])
def test_where_nobody_can_be_asked_a_correction_is_written_where_there_is_room(
    unsaved, disk, application, tmp_path, end
):
    getattr(unsaved, end)()
    (said,) = application.errors
    (rescued,) = (tmp_path / "home" / "unsaved").glob("*/a")
    assert "No space left on device" in said
    assert str(rescued) in said
    assert labelled(rescued) == (build_crop().labels > 0).sum() + 27
    assert the_list(disk).holder("a") == "Ada"
    assert the_list(disk).entry("a").state is CaseState.APPROVED


def _choose_another_image(panel, another_image):
    panel._parameterNode.inputVolume = another_image


def _choose_no_segmentation(panel, _another_image):
    panel._parameterNode.outputSegmentation = None


def _delete_the_segmentation(panel, _another_image):
    node = panel._parameterNode.outputSegmentation
    panel._parameterNode.outputSegmentation = None
    node.GetScene().RemoveNode(node)


@pytest.mark.parametrize("meanwhile", [_choose_another_image, _choose_no_segmentation, _delete_the_segmentation])
def test_a_correction_is_saved_though_something_else_was_chosen_meanwhile(unsaved, disk, a_volume_node, meanwhile):
    disk.free()
    meanwhile(unsaved, a_volume_node(build_crop().volume))
    unsaved.ui.nextCaseButton.click()
    assert column(unsaved, 0) == ["a", "▶ b"], unsaved.ui.worklistLabel.text()
    assert the_list(disk).entry("a").state is CaseState.CORRECTED
    assert labelled(disk.folder / "images" / STATE_FOLDER / "a") == (build_crop().labels > 0).sum() + 27
