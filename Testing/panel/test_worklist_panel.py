"""The worklist in the panel: a folder gone through without a file dialog; stand-ins for Slicer's widgets."""

import dataclasses

import nibabel
import numpy as np
import pytest
from finished_cases import build_crop
from slicer_standins.desktop import until

from quantseg.results.edited import read_document
from quantseg.review.worklist import STATE_FOLDER, CaseState, open_worklist
from quantseg.tasks.hippocampus.review.corrector import HippocampusCorrector


@pytest.fixture
def a_folder(tmp_path):
    """Three crops; the second is left-handed."""
    folder = tmp_path / "images"
    folder.mkdir()
    result = build_crop()
    for name in ("a", "b", "c"):
        affine = result.volume.affine if name == "b" else np.diag([1.0, 1, 1, 1])
        nibabel.save(nibabel.Nifti1Image(result.volume.array, affine), folder / f"{name}.nii.gz")
    return folder


@pytest.fixture
def some_labels(tmp_path):
    """Labels that somebody drew for the first crop."""
    folder = tmp_path / "drawn"
    folder.mkdir()
    nibabel.save(nibabel.Nifti1Image(build_crop().labels, np.diag([1.0, 1, 1, 1])), folder / "a.nii.gz")
    return folder


@pytest.fixture
def an_open_list(a_panel, a_folder, some_labels):
    a_panel.ui.reviewerLineEdit.setText("Ada")
    a_panel.worklist.openFolder(a_folder)
    a_panel.worklist._labelsFolder = some_labels
    return a_panel


def column(panel, index):
    table = panel.ui.worklistTable
    return [table.item(row, index).text() for row in range(table.rowCount())]


def draw(case, segment_editor):
    from quantseg.mrml.images import oriented_image

    mask = np.zeros(case.volume().array.shape, np.uint8)
    mask[2:5, 2:5, 2:5] = 1
    segment_editor.SetSegmentationNode(case.segmentation_node)
    segment_editor.SetSourceVolumeNode(case.volume_node)
    segment_editor.SetCurrentSegmentID("anterior")
    image = oriented_image(case.volume().with_array(mask))
    mode = segment_editor.ModificationModeAdd
    segment_editor.ModifySegmentByLabelmap(case.segmentation_node, "anterior", image, mode, False, True)


def test_a_name_is_asked_for_before_a_folder_opens(a_panel, a_folder, monkeypatch):
    opened = []
    monkeypatch.setattr(a_panel.worklist, "chooseFolder", lambda _title: opened.append(1) or str(a_folder))
    a_panel.ui.openWorklistButton.click()
    assert "Enter your name" in a_panel.ui.worklistLabel.text()
    assert opened == []
    a_panel.ui.reviewerLineEdit.setText("Ada")
    a_panel.ui.openWorklistButton.click()
    assert column(a_panel, 0) == ["a", "b", "c"]
    assert column(a_panel, 1) == ["to do"] * 3


def test_next_case_opens_saves_and_closes_by_itself(an_open_list, a_folder, segment_editor, a_scene):
    panel = an_open_list
    panel.ui.nextCaseButton.click()
    assert column(panel, 0)[0] == "▶ a", panel.ui.worklistLabel.text()
    case = panel.currentCase()
    assert case.document.models == ()
    before = case.labels().array.copy()
    draw(case, segment_editor)
    until(lambda: panel.worklist._unsaved, 20)
    panel.ui.nextCaseButton.click()
    assert column(panel, 0) == ["a", "▶ b", "c"]
    assert column(panel, 1)[0] == "corrected"
    assert column(panel, 4)[0].startswith("Ada, ")
    volumes = [
        a_scene.scene.GetNthNodeByClass(n, "vtkMRMLScalarVolumeNode").GetName()
        for n in range(a_scene.scene.GetNumberOfNodesByClass("vtkMRMLScalarVolumeNode"))
    ]
    assert volumes == ["b"]
    assert panel.currentCase() is None
    kept = nibabel.load(a_folder / STATE_FOLDER / "a" / "labels.nii.gz")
    assert (np.asarray(kept.dataobj) > 0).sum() == (before > 0).sum() + 27
    panel.ui.previousCaseButton.click()
    assert (panel.currentCase().labels().array > 0).sum() == (before > 0).sum() + 27


def test_edit_is_on_the_disk_soon_even_if_slicer_ends_in_the_middle(an_open_list, a_folder, segment_editor):
    panel = an_open_list
    panel.ui.nextCaseButton.click()
    draw(panel.currentCase(), segment_editor)
    until(lambda: read_document(a_folder / STATE_FOLDER / "a") is not None, 30)
    assert open_worklist(a_folder, "Grace", "2", HippocampusCorrector()).entry("a").state is CaseState.CORRECTED


def test_edit_of_the_moment_before_the_next_case_is_kept(an_open_list, a_folder, segment_editor):
    panel = an_open_list
    panel.ui.nextCaseButton.click()
    draw(panel.currentCase(), segment_editor)
    panel.ui.nextCaseButton.click()
    assert open_worklist(a_folder, "Grace", "2", HippocampusCorrector()).entry("a").state is CaseState.CORRECTED


def test_approval_and_its_revocation_reach_the_list(an_open_list, segment_editor):
    panel = an_open_list
    panel.ui.nextCaseButton.click()
    panel.ui.approveButton.click()
    assert column(panel, 1)[0] == "approved"
    segment = panel.currentCase().segmentation_node.GetSegmentation().GetSegment("anterior")
    segment.SetColor(1, 0, 0)
    panel.correction.watcher.flush()
    panel.worklist.save()
    assert column(panel, 1)[0] == "approved"
    draw(panel.currentCase(), segment_editor)
    until(lambda: column(panel, 1)[0] == "corrected", 30)


def test_the_list_says_which_model_made_the_labels_of_a_whole_head(an_open_list, a_folder, a_head_result):
    an_open_list.ui.nextCaseButton.click()
    an_open_list.worklist.onSegmented(a_head_result)
    entry = open_worklist(a_folder, "Grace", "2", HippocampusCorrector()).entry("a")
    assert entry.history[-1].what == "segmented by QuantSeg hippocampus 1.2.0"


def test_case_of_somebody_else_is_not_opened(an_open_list, a_folder):
    grace = open_worklist(a_folder, "Grace", "2", HippocampusCorrector())
    grace.open("a")
    an_open_list.ui.nextCaseButton.click()
    assert "Grace works on this case" in an_open_list.ui.worklistLabel.text()
    assert an_open_list.worklist._open is None
    an_open_list.worklist.update()
    assert column(an_open_list, 0)[0] == "a (open: Grace)"
    an_open_list.worklist.onCellDoubleClicked(1)
    assert column(an_open_list, 0)[1] == "▶ b"


def test_leaving_the_panel_saves_and_closing_the_scene_frees_the_case(an_open_list, a_folder, segment_editor, a_scene):
    panel = an_open_list
    panel.ui.nextCaseButton.click()
    draw(panel.currentCase(), segment_editor)
    until(lambda: panel.worklist._unsaved, 20)
    panel.exit()
    assert open_worklist(a_folder, "Grace", "2", HippocampusCorrector()).entry("a").state is CaseState.CORRECTED
    panel.enter()
    panel.onSceneStartClose()
    a_scene.scene.Clear(0)
    panel.onSceneReady()
    assert open_worklist(a_folder, "Grace", "2", HippocampusCorrector()).holder("a") == ""


def test_unloading_the_module_saves_and_frees_the_case(an_open_list, a_folder, segment_editor):
    an_open_list.ui.nextCaseButton.click()
    draw(an_open_list.currentCase(), segment_editor)
    an_open_list.cleanup()
    others = open_worklist(a_folder, "Grace", "2", HippocampusCorrector())
    assert others.entry("a").state is CaseState.CORRECTED
    assert others.holder("a") == ""


def test_corrected_cases_become_training_data(an_open_list, segment_editor, tmp_path, monkeypatch):
    panel = an_open_list
    monkeypatch.setattr(panel.worklist, "chooseFolder", lambda _title: str(tmp_path / "training"))
    (tmp_path / "training").mkdir()
    panel.ui.exportTrainingButton.click()
    assert "No case has labels to learn from" in panel.ui.worklistLabel.text()
    panel.ui.nextCaseButton.click()
    draw(panel.currentCase(), segment_editor)
    until(lambda: panel.worklist._unsaved, 20)
    panel.ui.exportTrainingButton.click()
    assert "1 crop written" in panel.ui.worklistLabel.text()
    assert [path.name for path in (tmp_path / "training" / "labelsTr").iterdir()] == ["a.nii.gz"]


def test_the_list_shows_the_light_of_the_panel(an_open_list):
    from quantseg.measure.corrected_checks import of_the_models
    from quantseg.measure.values import Check, Verdict

    panel = an_open_list
    panel.ui.nextCaseButton.click()
    old = of_the_models(Check("expected_dice", Verdict.GOOD, "An expert's outline is expected to agree."))
    result = panel.currentCase().result("a", panel.worklist._scan)
    panel.worklist._opened().save(dataclasses.replace(result, checks=(old,)), "corrected")
    panel.worklist.update()
    item = panel.ui.worklistTable.item(0, 2)
    assert item.text() == "Good before the correction by hand, not judged since"
    assert item.foreground().color().name() == "#767676"
