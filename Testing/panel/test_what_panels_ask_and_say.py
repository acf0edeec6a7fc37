"""Questions of the panels, their errors in a panel's words, and the reviewer's name; with stand-ins for widgets."""

import numpy as np
import pytest
from slicer_standins import desktop
from test_heart_panel import a_heart_panel, a_home, heart

from quantseg.tasks.heart.review.scene_cine import add_heart
from quantseg.volume import Volume

__all__ = ["a_heart_panel", "a_home", "heart"]


def test_licence_is_asked_once_and_remembered(a_heart_panel, a_scene, heart, monkeypatch):
    from CardiacSegLib import licence

    asked = []
    monkeypatch.setattr(licence, "asksForAgreement", lambda text: asked.append(text) or False)
    followed = []
    monkeypatch.setattr(a_heart_panel.runner, "follow", followed.append)
    a_heart_panel._parameterNode.inputVolume = add_heart(heart.scan, "Heart", a_scene.scene)
    a_heart_panel.ui.applyButton.click()
    assert "CC-BY-NC-SA-4.0" in asked[0]
    assert "was not agreed to" in a_heart_panel.ui.statusLabel.text()
    monkeypatch.setattr(licence, "asksForAgreement", lambda text: asked.append(text) or True)
    for _ in range(2):
        a_heart_panel.ui.applyButton.click()
    assert len(asked) == 2
    assert len(followed) == 2
    for run in followed:
        run.cancel()


@pytest.mark.usefixtures("application")
def test_agreement_to_a_licence_is_not_what_enter_or_closing_the_box_gives(monkeypatch):
    import qt
    from CardiacSegLib import licence

    def closed(box):
        shown.append((box.defaultButton(), box.escapeButton(), box.button(qt.QMessageBox.No)))
        return qt.QMessageBox.No

    shown = []
    monkeypatch.setattr(qt.QMessageBox, "exec_", closed, raising=False)
    assert not licence.asksForAgreement("Do you agree?")
    default, escape, no = shown[0]
    assert default is no
    assert escape is no


def test_a_head_is_refused_by_the_heart_without_options_of_a_command(a_heart_panel, a_volume_node):
    choices = a_heart_panel._parameterNode
    choices.inputVolume = a_volume_node(Volume(np.zeros((30, 32, 30), np.float32), np.eye(4)), "Head")
    from CardiacSegLib.parameters import ModelChoice

    choices.model = ModelChoice.LEFT_OPEN
    a_heart_panel.ui.applyButton.click()
    said = a_heart_panel.ui.statusLabel.text()
    assert "expected that of a short-axis stack" in said
    assert said.endswith("choose that stack.")
    assert "--" not in said


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        (
            "None was found (or give --input-kind crop for a crop around one hippocampus).",
            "None was found (or choose “Crop around one hippocampus” for a crop around one hippocampus).",
        ),
        ("This is no T1 (--force segments it all the same, with the verdict fail).", "This is no T1."),
        ("Voxels of 0.5 mm; load it again, or give --spacing 1,1,0.5 in mm.", "Voxels of 0.5 mm; load it again."),
        (
            "It counts in metres; give --spacing 1,1,1.",
            "It counts in metres; give --spacing 1,1,1. (What begins with -- is an option of the command quantseg.)",
        ),
        ("Free some space.", "Free some space."),
    ],
)
def test_errors_name_what_the_panel_has(a_panel, sentence, expected):
    a_panel.showError(RuntimeError(sentence))
    assert a_panel.ui.statusLabel.text() == f"⚠ {expected}"


def test_the_reviewers_name_is_kept_between_scenes_and_shared_by_the_panels(a_panel, application, a_scene):
    from PySide6 import QtTest

    QtTest.QTest.keyClicks(a_panel.ui.reviewerLineEdit, "Ada")
    assert application.settings == {"QuantSeg/Reviewer": "Ada"}
    a_panel.onSceneStartClose()
    a_scene.scene.Clear(0)
    a_panel.onSceneReady()
    assert a_panel.ui.reviewerLineEdit.text() == "Ada"
    import CardiacSeg

    other = CardiacSeg.CardiacSegWidget(desktop.a_parent())
    other.setup()
    assert other.reviewer() == "Ada"
    other.cleanup()


def test_a_scene_of_somebody_else_does_not_bring_their_name(a_panel, application):
    a_panel.exit()
    a_panel.logic.getParameterNode().reviewer = "Grace"
    application.settings.setValue("QuantSeg/Reviewer", "Ada")
    a_panel.enter()
    assert a_panel.reviewer() == "Ada"
    assert application.settings == {"QuantSeg/Reviewer": "Ada"}
