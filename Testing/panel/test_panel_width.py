"""A panel is as wide as what it holds, in a real dock of Qt; how Slicer's own widgets pass a width on is not in it."""

import pytest
from PySide6 import QtCore, QtWidgets
from slicer_standins.desktop import until

_NARROW, _WIDE = 200, 500


@pytest.fixture
def a_dock(application, monkeypatch):
    """A dock of 300 pixels beside a view, and in it a panel whose tool is set to a width."""
    assert application is not None
    import slicer.util

    from QuantSegLib.panelWidth import PanelWidth

    window, dock, area = QtWidgets.QMainWindow(), QtWidgets.QDockWidget(), QtWidgets.QScrollArea()
    panel, tool = QtWidgets.QWidget(), QtWidgets.QWidget()
    layout = QtWidgets.QVBoxLayout(panel)
    layout.addWidget(tool)
    area.setWidget(panel)
    area.setWidgetResizable(True)
    holder = QtWidgets.QWidget()
    QtWidgets.QVBoxLayout(holder).addWidget(area)
    dock.setWidget(holder)
    window.setCentralWidget(QtWidgets.QWidget())
    window.addDockWidget(QtCore.Qt.DockWidgetArea.LeftDockWidgetArea, dock)
    monkeypatch.setattr(slicer.util, "mainWindow", lambda: window)
    width = PanelWidth(area, panel)

    def take_up(tool_width):
        tool.setMinimumWidth(tool_width)
        layout.activate()
        width.fit()

    def resize(to):
        window.resizeDocks([dock], [to], QtCore.Qt.Orientation.Horizontal)
        until(lambda: dock.width() == to, 10)

    dock.take_up, dock.resize_as_a_person = take_up, resize
    window.resize(1200, 600)
    window.show()
    take_up(_NARROW)
    resize(300)
    yield dock
    window.close()


def test_a_wide_tool_makes_room_for_itself_and_gives_it_back(a_dock):
    for _ in range(2):
        a_dock.take_up(_WIDE)
        until(lambda: a_dock.width() > _WIDE, 10)
        a_dock.take_up(_NARROW)
        until(lambda: a_dock.width() == 300, 10)


def test_a_width_that_a_person_has_chosen_stays(a_dock):
    a_dock.take_up(_WIDE)
    until(lambda: a_dock.width() > _WIDE, 10)
    a_dock.resize_as_a_person(700)
    a_dock.take_up(_NARROW)
    until(lambda: a_dock.width() == 700, 10)
    a_dock.resize_as_a_person(250)
