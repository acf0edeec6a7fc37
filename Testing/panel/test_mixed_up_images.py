"""No pair of selectors shows, measures, approves or exports one image's result with another; with stand-ins around."""

import dataclasses
import itertools
import random

import numpy as np
import pytest
from finished_cases import build_crop
from scene_nodes import loaded_bundle
from slicer_standins import desktop
from test_worklist_panel import draw

from quantseg.errors import UsageError
from quantseg.review.image_of_result import OtherImage
from quantseg.review.volume_case import written_of
from quantseg.tasks.hippocampus.correcting import corrected
from quantseg.tasks.hippocampus.review.corrector import HippocampusCorrector
from quantseg.volume import Volume

_SHAPE = (14, 16, 12)


def _visit(number, shape=_SHAPE):
    """A small crop with a result, other than that of any other number."""
    labels = np.zeros(shape, np.uint8)
    labels[3:8, 8:13, 3:6], labels[3:8, 3:8, 3 : 6 + number] = 1, 2
    image = np.random.default_rng(number).normal(100, 9, shape).astype(np.float32)
    result = build_crop(name=f"visit{number}")
    scan = dataclasses.replace(result.scan, volume=Volume(image, np.eye(4)))
    return corrected(
        dataclasses.replace(result, scan=scan).with_label_map(array=labels), labels, ["anterior", "posterior"]
    )


@pytest.fixture
def visits(a_scene, a_volume_node):
    """Images by name, each with the segmentation of its result: the first two on one grid, the third on another."""
    found = {}
    for number, shape in ((1, _SHAPE), (2, _SHAPE), (3, (15, 16, 12))):
        result = _visit(number, shape)
        volume = a_volume_node(result.volume, f"Visit {number}")
        node = a_scene.scene.AddNewNodeByClass("vtkMRMLSegmentationNode", f"Labels {number}")
        node.CreateDefaultDisplayNodes()
        HippocampusCorrector().case(volume, node).write(written_of(result))
        found[f"Visit {number}"] = (volume, node)
    return found


def _volume_in_table(panel):
    table = panel.ui.resultTableView
    titles = [table.item(row, 0).text() for row in range(table.rowCount())]
    return float(table.item(titles.index("Total, mm³"), 1).text()) if titles else None


def _expect_no_mix_up(panel, visits, expected_mm3, how):
    choices, ui, case = panel._parameterNode, panel.ui, panel.currentCase()
    own = {id(volume): node for volume, node in visits.values()}
    right = choices.inputVolume is not None and own[id(choices.inputVolume)] is choices.outputSegmentation
    assert (case is not None) == right, how
    assert ui.exportButton.isEnabled() == right, how
    assert ui.approveButton.isEnabled() == right, how
    assert _volume_in_table(panel) == (expected_mm3[choices.inputVolume.GetName()] if right else None), how
    drawn_into = ui.segmentEditorWidget.logic.GetSegmentEditorNode().GetSegmentationNode()
    assert drawn_into is None or choices.inputVolume is None or drawn_into is own[id(choices.inputVolume)], how
    if not right:
        assert ui.approvalLabel.text() == "", how


def test_every_pair_of_selectors_in_every_order(a_panel, visits):
    panel, choices = a_panel, a_panel._parameterNode
    panel.ui.reviewerLineEdit.setText("Ada")
    expected = {}
    for name, (volume, node) in visits.items():
        panel.showCase(volume, node)
        expected[name] = _volume_in_table(panel)
    assert len(set(expected.values())) == 3
    images = [None, *(volume for volume, _ in visits.values())]
    labels = [None, *(node for _, node in visits.values())]
    steps = [("inputVolume", one) for one in images] + [("outputSegmentation", one) for one in labels]
    # Every two steps after each other, whichever of both selectors comes first, and then as it comes.
    walk = [*itertools.chain.from_iterable(itertools.product(steps, repeat=2)), *random.Random(0).choices(steps, k=40)]
    for number, (what, one) in enumerate(walk):
        setattr(choices, what, one)
        how = [(what, one and one.GetName()) for what, one in walk[max(number - 3, 0) : number + 1]]
        _expect_no_mix_up(panel, visits, expected, how)


def test_another_image_brings_its_own_result_or_none(a_panel, visits, a_volume_node):
    choices = a_panel._parameterNode
    (first, first_labels), (second, second_labels), _ = visits.values()
    a_panel.showCase(first, first_labels)
    a_panel.ui.statusLabel.setText("Done on CPU.")
    choices.inputVolume = second
    assert choices.outputSegmentation is second_labels
    assert a_panel.ui.statusLabel.text() == ""
    assert not first_labels.GetDisplayVisibility()
    assert second_labels.GetDisplayVisibility()
    choices.inputVolume = a_volume_node(Volume(np.ones(_SHAPE, np.float32), np.eye(4)), "New")
    assert choices.outputSegmentation is None
    assert a_panel.ui.verdictLabel.text() == "Nothing was segmented yet."
    choices.inputVolume = first
    assert choices.outputSegmentation is first_labels
    assert first_labels.GetDisplayVisibility()


def test_a_result_of_another_image_is_refused_in_words_and_never_replaced(a_panel, visits, monkeypatch):
    choices = a_panel._parameterNode
    (first, first_labels), (_, second_labels), _ = visits.values()
    a_panel.showCase(first, first_labels)
    choices.outputSegmentation = second_labels
    assert "Labels 2 is a result of the image Visit 2, not of Visit 1" in a_panel.ui.statusLabel.text()
    followed = []
    monkeypatch.setattr(a_panel.runner, "follow", followed.append)
    monkeypatch.setattr(a_panel.logic, "startRun", lambda *_, **_named: "a run")
    a_panel.ui.applyButton.click()
    assert followed == ["a run"]
    assert a_panel.run.target is None
    choices.outputSegmentation = first_labels
    assert a_panel.ui.statusLabel.text() == ""


@pytest.mark.parametrize("way", ["measure", "approve", "export"])
def test_an_image_whose_voxels_are_replaced_has_no_result_any_more(a_panel, visits, way, tmp_path):
    from slicer.util import updateVolumeFromArray

    first, labels = visits["Visit 1"]
    a_panel.showCase(first, labels)
    case = a_panel.currentCase()
    updateVolumeFromArray(first, np.random.default_rng(9).normal(0, 1, _SHAPE[::-1]).astype(np.float32))
    ways = {
        "measure": lambda: a_panel.logic.measure(case),
        "approve": lambda: case.approve("Ada"),
        "export": lambda: a_panel.logic.exportCase(case, tmp_path),
    }
    with pytest.raises(OtherImage, match="Visit 1 holds other intensities"):
        ways[way]()
    assert case.approval is None
    assert list(tmp_path.iterdir()) == []


def test_an_export_never_takes_the_place_of_another_images(a_panel, visits, tmp_path):
    (first, labels), (second, others), _ = visits.values()
    cases = []
    for volume, node in ((first, labels), (second, others)):
        volume.SetName("T1")
        a_panel.showCase(volume, node)
        cases.append(a_panel.currentCase())
    folder = a_panel.logic.exportCase(cases[0], tmp_path)
    assert a_panel.logic.exportCase(cases[0], tmp_path) == folder
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    with pytest.raises(UsageError, match=r"holds results of DRAFT_T1 that were made from another image"):
        a_panel.logic.exportCase(cases[1], tmp_path)
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before
    assert [path.name for path in tmp_path.iterdir()] == [folder.name]


def test_what_is_of_one_image_is_unknown_of_the_next(a_panel, visits):
    from HippoSegLib.parameters import SideChoice

    choices = a_panel._parameterNode
    (first, labels), (second, _), _ = visits.values()
    a_panel.showCase(first, labels)
    choices.side, choices.laterDate, choices.sameAcquisition = SideChoice.LEFT, "2024-05-01", True
    choices.inputVolume = second
    assert (choices.side, choices.laterDate, choices.sameAcquisition) == (SideChoice.UNKNOWN, "", False)


def test_an_approved_result_is_replaced_only_after_a_question(a_panel, visits, monkeypatch):
    volume, labels = visits["Visit 1"]
    a_panel.showCase(volume, labels)
    a_panel.ui.reviewerLineEdit.setText("Ada")
    a_panel.ui.approveButton.click()
    asked = []
    monkeypatch.setattr(a_panel.run, "askBeforeReplacing", lambda question: asked.append(question) or "cancel")
    a_panel.ui.applyButton.click()
    assert "approved by Ada" in asked[0]
    assert not a_panel.runner.isRunning
    assert "Approved by Ada" in a_panel.ui.approvalLabel.text()


def test_an_image_of_the_same_name_is_told_apart_in_words(a_panel, visits):
    """As where one scene is imported twice."""
    choices = a_panel._parameterNode
    (first, first_labels), (second, second_labels), _ = visits.values()
    second.SetName(first.GetName())
    a_panel.showCase(first, first_labels)
    choices.outputSegmentation = second_labels
    assert "Labels 2 is a result of another image that is called Visit 1, too" in a_panel.ui.statusLabel.text()


def _replace_voxels(volume, other):
    from slicer.util import arrayFromVolume, updateVolumeFromArray

    before = arrayFromVolume(volume).copy()
    updateVolumeFromArray(volume, other)
    return lambda: updateVolumeFromArray(volume, before)


def _transform(volume, scene):
    transform = scene.AddNewNodeByClass("vtkMRMLLinearTransformNode", "Registration")
    volume.SetAndObserveTransformNodeID(transform.GetID())
    return lambda: volume.SetAndObserveTransformNodeID(None)


def _move(volume):
    x, y, z = volume.GetOrigin()
    volume.SetOrigin(x + 5, y, z)
    return lambda: volume.SetOrigin(x, y, z)


@pytest.mark.parametrize("how", ["other voxels", "under a transform", "moved"])
def test_an_image_that_changes_while_it_is_shown_is_shown_with_no_ones_numbers(a_panel, visits, a_scene, how):
    """As where another module writes its output into it, or a transform is applied or hardened."""
    (first, first_labels), *_ = visits.values()
    a_panel.showCase(first, first_labels)
    before, ui = _volume_in_table(a_panel), a_panel.ui
    if how == "other voxels":
        put_back = _replace_voxels(first, np.ones(_SHAPE[::-1], np.float32))
    else:
        put_back = _transform(first, a_scene.scene) if how == "under a transform" else _move(first)
    desktop.until(lambda: a_panel.currentCase() is None, 10)
    assert _volume_in_table(a_panel) is None
    assert not ui.exportButton.isEnabled()
    assert not ui.compareButton.isEnabled()
    assert ui.statusLabel.text().startswith("⚠ Visit 1 ")
    put_back()
    desktop.until(lambda: a_panel.currentCase() is not None, 10)
    assert _volume_in_table(a_panel) == before
    assert ui.statusLabel.text() == ""


def test_an_image_that_is_renamed_is_called_by_its_new_name(a_panel, visits):
    (first, first_labels), *_ = visits.values()
    a_panel.showCase(first, first_labels)
    first.SetName("Somebody else")
    desktop.until(lambda: a_panel.ui.inputCollapsibleButton.title() == "Input: Somebody else", 10)


def test_a_comparison_names_both_images_and_goes_with_the_next_edit(a_panel, visits, segment_editor):
    choices, ui = a_panel._parameterNode, a_panel.ui
    (first, first_labels), (second, _), _ = visits.values()
    a_panel.showCase(first, first_labels)
    choices.earlierVolume = second
    ui.compareButton.click()
    assert "Earlier: Visit 2; now: Visit 1." in ui.comparisonLabel.text()
    draw(a_panel.currentCase(), segment_editor)
    desktop.until(lambda: ui.comparisonLabel.text() == "", 10)


def test_no_other_images_result_is_compared(a_panel, visits):
    choices, ui = a_panel._parameterNode, a_panel.ui
    (first, first_labels), (second, second_labels), (_, third_labels) = visits.values()
    a_panel.showCase(first, first_labels)
    choices.earlierVolume = second
    assert choices.earlierSegmentation is second_labels
    ui.compareButton.click()
    assert "bound ±" in ui.comparisonLabel.text()
    choices.earlierSegmentation = third_labels
    assert ui.comparisonLabel.text() == ""
    ui.compareButton.click()
    assert ui.comparisonLabel.text() == ""
    assert "not of Visit 2" in ui.statusLabel.text()
    choices.earlierVolume = visits["Visit 3"][0]
    ui.compareButton.click()
    assert "bound ±" in ui.comparisonLabel.text()
    choices.inputVolume = second
    assert ui.comparisonLabel.text() == ""


@pytest.mark.usefixtures("visits")
def test_a_scene_loaded_again_knows_whose_results_it_holds(a_scene, tmp_path, monkeypatch, repository):
    path = tmp_path / "scene.mrb"
    assert a_scene.scene.WriteToMRB(str(path))
    loaded = loaded_bundle(path)
    desktop.install(monkeypatch, loaded.scene, repository)
    images, labels = (
        {node.GetName(): node for node in (loaded.scene.GetNthNodeByClass(n, kind) for n in range(3))}
        for kind in ("vtkMRMLScalarVolumeNode", "vtkMRMLSegmentationNode")
    )
    for image, segmentation in itertools.product(images, labels):
        if image[-1] == segmentation[-1]:
            assert HippocampusCorrector().case(images[image], labels[segmentation]).result("x").measurements
        else:
            with pytest.raises(OtherImage, match=f"{segmentation} is a result of the image"):
                HippocampusCorrector().case(images[image], labels[segmentation])


def test_an_image_that_was_loaded_again_is_known_by_its_content(a_scene, visits, a_volume_node):
    (first, labels), (second, _), _ = visits.values()
    copy = a_volume_node(_visit(1).volume, "Loaded again")
    with pytest.raises(OtherImage, match="of the image Visit 1"):
        HippocampusCorrector().case(copy, labels)
    a_scene.scene.RemoveNode(first)
    with pytest.raises(OtherImage, match="holds other intensities"):
        HippocampusCorrector().case(second, labels)
    assert HippocampusCorrector().case(copy, labels).result("x").measurements


def test_a_result_of_an_older_version_is_known_by_the_image_it_was_drawn_on(visits):
    (first, labels), (second, _), (third, third_labels) = visits.values()
    for node in (labels, third_labels):
        node.SetAttribute("QuantSeg.Image", None)
        node.SetNodeReferenceID("QuantSeg.image", None)
    with pytest.raises(OtherImage, match="of the image Visit 1"):
        HippocampusCorrector().case(second, labels)
    third_labels.SetNodeReferenceID(third_labels.GetReferenceImageGeometryReferenceRole(), None)
    with pytest.raises(OtherImage, match="lies elsewhere"):
        HippocampusCorrector().case(first, third_labels)
    assert HippocampusCorrector().case(first, labels).result("x").measurements
    assert HippocampusCorrector().case(third, third_labels).result("x").measurements


def test_a_result_of_another_task_is_refused(a_panel, visits):
    volume, labels = visits["Visit 1"]
    labels.SetAttribute(
        "QuantSeg.Measurements", labels.GetAttribute("QuantSeg.Measurements").replace("hippocampus", "heart")
    )
    with pytest.raises(OtherImage, match="result of the task heart"):
        a_panel.logic.case(volume, labels)
