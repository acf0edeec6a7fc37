"""The worklist of hearts in the panel: cines, patients' folders and frames gone through, kept and exported."""

import dataclasses

import nibabel
import numpy as np
import pytest
from heart_phantom import CYCLE_MS, FRAMES, phantom_affine, phantom_image, phantom_labels
from slicer_standins.desktop import until
from test_heart_panel import a_heart_panel, a_home, draw, heart, settle

from quantseg.review.worklist import STATE_FOLDER, CaseState, open_worklist
from quantseg.tasks.heart.review.corrector import HeartCorrector

__all__ = ["a_heart_panel", "a_home", "draw", "heart"]


@pytest.fixture(scope="module")
def hearts(tmp_path_factory):
    """A cine, a patient's folder, a frame; and labels that somebody drew for all of them."""
    folder = tmp_path_factory.mktemp("hearts")
    images, labels = phantom_image()[::4], phantom_labels()[::4]

    def save(array, path):
        image = nibabel.Nifti1Image(array, phantom_affine())
        if array.ndim == 4:
            image.header.set_xyzt_units("mm", "msec")
            image.header.set_zooms((*image.header.get_zooms()[:3], 4 * CYCLE_MS / FRAMES))
        path.parent.mkdir(parents=True, exist_ok=True)
        nibabel.save(image, path)

    for stack, place in ((images, folder / "images"), (labels, folder / "drawn")):
        save(np.moveaxis(stack, 0, 3), place / "cine.nii.gz")
        save(stack[0], place / "frame.nii.gz")
    for number, frame in ((1, 0), (3, 2)):
        save(images[frame], folder / "images" / "patient007" / f"patient007_frame{number:02d}.nii.gz")
    (folder / "images" / "patient007" / "Info.cfg").write_text("ED: 1\nES: 3\n", encoding="utf-8")
    return folder


@pytest.fixture
def an_open_list(a_heart_panel, hearts, tmp_path):
    import shutil

    folder = tmp_path / "images"
    shutil.copytree(hearts / "images", folder)
    a_heart_panel.ui.reviewerLineEdit.setText("Ada")
    a_heart_panel.worklist.openFolder(folder)
    a_heart_panel.worklist._labelsFolder = hearts / "drawn"
    return a_heart_panel, folder


def test_cine_is_opened_corrected_kept_and_taken_out_of_the_scene(an_open_list, draw, a_scene):
    panel, folder = an_open_list
    panel.ui.nextCaseButton.click()
    case = panel.currentCase()
    assert panel.worklist._open == "cine", panel.ui.worklistLabel.text()
    assert len(case.frames) == 5
    assert np.array_equal(case.labels()[2][..., ::-1], phantom_labels()[8])
    panel.showFrame(3)
    settle()
    draw(panel)
    until(lambda: panel.worklist._unsaved, 30)
    panel.ui.nextCaseButton.click()
    entry = open_worklist(folder, "Grace", "2", HeartCorrector()).entry("cine")
    assert entry.state is CaseState.CORRECTED
    assert entry.headline.startswith("LV EF ")
    kept = np.asarray(nibabel.load(folder / STATE_FOLDER / "cine" / "labels.nii.gz").dataobj)
    assert (kept[..., 2] == 3).sum() > (phantom_labels()[8] == 3).sum()
    assert np.array_equal(kept[..., 1], phantom_labels()[4])
    panel.worklist.leaveCase()
    for kind in ("ScalarVolume", "Segmentation", "Sequence", "SequenceBrowser", "PlotChart", "PlotSeries", "Table"):
        assert a_scene.scene.GetNumberOfNodesByClass(f"vtkMRML{kind}Node") == 0, kind
    panel.worklist.openCase("cine")
    assert panel.currentCase().corrected_slices(2) == tuple(range(13))


def test_patients_folder_and_frame_open_as_what_they_are(an_open_list):
    panel, _ = an_open_list
    panel.worklist.openCase("frame")
    assert panel.currentCase().result("frame").phases == {}
    panel.worklist.openCase("patient007")
    assert panel.currentCase() is None
    assert panel._browser.GetNumberOfItems() == 2
    assert panel.logic.caseName(panel._parameterNode.inputVolume) == "patient007"


def test_corrected_hearts_become_training_data(an_open_list, draw, tmp_path, monkeypatch):
    from quantseg.tasks.heart.training.acdc import load_acdc

    panel, _ = an_open_list
    monkeypatch.setattr(panel.worklist, "chooseFolder", lambda _title: str(tmp_path / "training"))
    panel.ui.exportTrainingButton.click()
    assert "No case has labels to learn from" in panel.ui.worklistLabel.text()
    panel.ui.nextCaseButton.click()
    draw(panel)
    until(lambda: panel.worklist._unsaved, 30)
    panel.ui.exportTrainingButton.click()
    assert "1 heart written" in panel.ui.worklistLabel.text()
    cohort = load_acdc(tmp_path / "training")
    assert {patient: len(cases) for patient, cases in cohort.items()} == {"cine": 2}
    assert dataclasses.astuple(cohort["cine"][0].case)


def test_all_hearts_of_the_list_are_queued_and_keep_their_own_frames(an_open_list, monkeypatch):
    """The runs are stand-ins that find what was drawn; the image that each was given is looked at."""
    from test_queue import StandInRun, finish

    from quantseg.tasks.heart.correcting import drawn_by_hand
    from quantseg.tasks.heart.review import run
    from quantseg.tasks.heart.review.written import written_of_heart

    panel, _folder = an_open_list
    given = []

    def start(_engine, cine, kind, frames, _arguments):
        labels = np.ascontiguousarray(np.broadcast_to(cine.frames.astype(np.uint8) * 0 + 3, cine.frames.shape))
        given.append((cine, kind, tuple(frames), StandInRun(written_of_heart(drawn_by_hand("scene", cine, labels)))))
        return given[-1][3]

    monkeypatch.setattr(run, "HeartRun", start)
    monkeypatch.setattr(panel, "prepareRun", lambda _choices: None)
    panel.ui.segmentAllButton.click()
    names = panel.worklist.opened.names
    while panel.queue.queue.isActive:
        finish(panel, given[-1][3])
    states = [panel.ui.queueTable.item(row, 1).text() for row in range(len(names))]
    assert [state.partition(":")[0] for state in states] == ["done"] * 3, states
    frames = {name: len(given[number][0].frames) for number, name in enumerate(names)}
    assert frames == {"cine": 5, "frame": 1, "patient007": 2}
    for name in names:
        panel.worklist.openCase(name)
        assert panel.worklist._open == name
        assert len(panel.currentCase().frames) == frames[name]
        assert all((one == 3).all() for one in panel.currentCase().labels())


def test_a_cines_segmentation_is_no_single_stacks(an_open_list, a_scene):
    """Nothing could tell whose labels stood there: the proxy shows another frame's with the next move of the slider."""
    panel, _folder = an_open_list
    panel.ui.nextCaseButton.click()
    of_the_cine = panel.currentCase().segmentation_node
    from quantseg.mrml.volume_node import add_volume_node

    single = add_volume_node(panel.currentCase().cine().frame(0), "Other patient", a_scene.scene)
    panel._parameterNode.inputVolume = single
    panel._parameterNode.outputSegmentation = of_the_cine
    assert panel.currentCase() is None
    assert "belongs to the frames of a cine" in panel.ui.statusLabel.text()
    assert not panel.mayReceive(panel._parameterNode, of_the_cine)
    assert not panel.ui.approveButton.isEnabled()
