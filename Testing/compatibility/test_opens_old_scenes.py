"""Scenes that the panels of commit fb964b7 saved: labels, corrections, approval, numbers, chart and all choices."""

import dataclasses
import json

import pytest
from golden_labels import numbers
from old_fixtures import BEFORE_TASKS
from scene_nodes import loaded_bundle
from slicer_standins import desktop

from quantseg.results.document import CaseDocument

_NODES = ("vtkMRMLTableNode", "vtkMRMLPlotChartNode", "vtkMRMLPlotSeriesNode", "vtkMRMLScriptedModuleNode")


@pytest.fixture
def loaded(old, monkeypatch, repository):
    """Loads an old scene into Slicer's desktop, or what stands in for it."""

    def load(task):
        scene = loaded_bundle(old(f"scenes/{task}.mrb"))
        monkeypatch.setenv("QT_QPA_PLATFORM", "offscreen")
        desktop.install(monkeypatch, scene.scene, repository)
        return scene, json.loads((BEFORE_TASKS / "scenes" / f"{task}.json").read_text(encoding="utf-8"))

    return load


_VERDICTS = ("good", "look", "fail")


def _check(logic, case, keeper, scene, expected):
    """Compare a case with what the commit that saved it measured; show it without a second table or chart."""
    case.note_edits()
    assert case.revocation == ""
    assert dataclasses.asdict(case.approval) == expected["approval"]
    assert case.labels_sha256() == expected["labels_sha256"]
    result = logic.measure(case)
    document = json.loads(CaseDocument.of(result).to_bytes())
    # What is measured today besides may stand beside it.
    assert numbers(document).items() >= expected["measurements"].items()
    # Labels that a person changed are judged again since, which can only make a verdict worse.
    assert _VERDICTS.index(result.verdict.value) >= _VERDICTS.index(expected["verdict"])
    assert result.verdict.value == expected["verdict"] or result.edited_segments
    # Walls are named today where the image's directions alone show where the septum lies, too.
    assert document["facts"] | {"walls_named": None} == expected["facts"] | {"walls_named": None}
    assert list(result.edited_segments) == expected["edited_segments"]
    before = [scene.GetNumberOfNodesByClass(kind) for kind in _NODES]
    table, chart = logic.show(result, keeper)
    assert table.GetNumberOfRows() >= 3
    assert chart.GetNumberOfPlotSeriesNodes() > 0
    after = [scene.GetNumberOfNodesByClass(kind) for kind in _NODES]
    # Each part has a series of its own, in its colour, today; nothing else is made anew, and nothing twice.
    grown = {kind for kind, one, other in zip(_NODES, before, after, strict=True) if one != other}
    assert grown <= {"vtkMRMLPlotSeriesNode"}
    logic.show(result, keeper)
    assert [scene.GetNumberOfNodesByClass(kind) for kind in _NODES] == after
    return result


def _check_shared_choices(choices):
    assert choices.earlierVolume is choices.inputVolume
    assert choices.earlierSegmentation is choices.outputSegmentation
    assert (choices.earlierDate, choices.laterDate, choices.sameAcquisition) == ("2024-05-01", "2026-06-02", True)
    assert (choices.reviewer, choices.device) == ("Ada Lovelace", "cpu")


def test_scene_of_a_hippocampus_opens_as_it_was_saved(loaded):
    scene, expected = loaded("hippocampus")
    import HippoSeg

    logic = HippoSeg.HippoSegLogic()
    choices = logic.getParameterNode()
    assert choices.inputVolume.GetName() == "Crop 242"
    assert (choices.inputKind.value, choices.side.value) == ("crop", "left")
    assert choices.region.IsA("vtkMRMLMarkupsROINode")
    _check_shared_choices(choices)
    case = logic.case(choices.inputVolume, choices.outputSegmentation)
    _check(logic, case, choices.outputSegmentation, scene.scene, expected)


def test_scene_of_a_heart_opens_as_it_was_saved(loaded):
    scene, expected = loaded("heart")
    import CardiacSeg

    logic = CardiacSeg.CardiacSegLogic()
    choices = logic.getParameterNode()
    assert logic.caseName(choices.inputVolume) == "Small_heart"
    assert (choices.runFrames.value, choices.model.value) == ("end-diastole and end-systole", "heart-lv-open")
    assert (choices.heightCm, choices.weightKg, choices.heartRate) == (180.0, 80.5, 61.0)
    assert (choices.endDiastole, choices.endSystole) == (1, 3)
    _check_shared_choices(choices)
    case = logic.case(choices.inputVolume, choices.outputSegmentation)
    assert case.frames == (0, 1, 2, 3, 4)
    assert case.corrected_slices(1) == (5,)
    assert (case.choices.end_systole, case.choices.left_out[0].base) == (2, 1)
    result = _check(logic, case, case.keeper, scene.scene, expected)
    logic.mark(result, case.keeper, 2)
