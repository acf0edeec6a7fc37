"""The widgets of a panel: shared parts and a module's own, in the order in which a person works through them."""

import pytest
from PySide6 import QtWidgets
from slicer_standins.widgets import ctkCollapsibleButton
from test_brain_panel import a_brain_panel
from test_heart_panel import a_heart_panel, a_home

__all__ = ["a_brain_panel", "a_heart_panel", "a_home"]


def sections(panel):
    layout = panel.ui.worklistCollapsibleButton.parentWidget().layout()
    found = (layout.itemAt(place).widget() for place in range(layout.count()))
    return [
        one.objectName().removesuffix("CollapsibleButton") for one in found if isinstance(one, ctkCollapsibleButton)
    ]


def within(section):
    found = (section.layout().itemAt(place).widget() for place in range(section.layout().count()))
    return [one.objectName() for one in found if one is not None]


def test_own_parts_stand_between_the_shared_ones(a_panel):
    assert sections(a_panel) == ["worklist", "input", "result", "correct", "compare", "approve"]
    assert within(a_panel.ui.resultCollapsibleButton) == ["verdictLabel", "resultTableView", "resultPlotPlace"]


def test_parts_of_the_heart_stand_where_they_belong(a_heart_panel):
    ui = a_heart_panel.ui
    assert sections(a_heart_panel) == ["worklist", "input", "result", "cycle", "correct", "compare", "approve"]
    assert within(ui.resultCollapsibleButton)[2:] == ["resultPlotPlace", "bullsEyeComboBox", "bullsEyeLabel"]
    assert within(ui.correctCollapsibleButton)[-2:] == ["segmentEditorWidget", "copyPlace"]
    assert not any(
        widget.text().startswith("Earlier image") for widget in a_heart_panel.parent.findChildren(QtWidgets.QLabel)
    )


def test_the_age_of_a_brain_stands_behind_its_tissues(a_brain_panel):
    assert sections(a_brain_panel) == ["worklist", "input", "result", "age", "correct", "compare", "approve"]


def test_shared_parts_speak_of_cines_where_there_are_such(a_heart_panel):
    ui = a_heart_panel.ui
    assert ui.label7.text() == "Earlier cine:"
    assert ui.sameAcquisitionCheckBox.text() == "Same scanner and same sequence"
    compared = ui.compareCollapsibleButton.findChildren(QtWidgets.QWidget)
    tips = [widget.toolTip() for widget in (ui.openWorklistButton, ui.nextDoubtButton, *compared)]
    assert not any("image" in tip for tip in tips)
    assert sum("cine" in tip.lower() for tip in tips) == 6


def interactive(panel):
    kinds = (
        QtWidgets.QAbstractButton,
        QtWidgets.QComboBox,
        QtWidgets.QAbstractSpinBox,
        QtWidgets.QLineEdit,
        QtWidgets.QTableWidget,
    )
    named = (one for one in panel.parent.findChildren(QtWidgets.QWidget) if isinstance(one, kinds))
    # Qt's own parts of a widget, such as the text of a spin box, have names of Qt's.
    return [one for one in named if one.objectName() and not one.objectName().startswith("qt_")]


@pytest.mark.parametrize("panel", ["a_panel", "a_heart_panel", "a_brain_panel"])
def test_everything_that_can_be_used_says_what_it_does_and_is_read_aloud(panel, request):
    for widget in interactive(request.getfixturevalue(panel)):
        assert widget.toolTip(), f"{widget.objectName()} has no tool tip"
        text = widget.text() if isinstance(widget, QtWidgets.QAbstractButton) else ""
        assert widget.accessibleName() or text, f"{widget.objectName()} has no accessible name"
