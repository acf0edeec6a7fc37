"""Numbers of a panel whose language runs from right to left: 2,440 ± 260 must not be read as 260 ± 2,440."""

import pytest
from PySide6 import QtCore, QtWidgets

_RIGHT_TO_LEFT, _LEFT_TO_RIGHT = QtCore.Qt.LayoutDirection.RightToLeft, QtCore.Qt.LayoutDirection.LeftToRight


@pytest.fixture(params=[_LEFT_TO_RIGHT, _RIGHT_TO_LEFT], ids=["left to right", "right to left"])
def isolated(request, application):
    """Returns a number as a text of this direction is to hold it."""
    assert application is not None
    qt_application = QtWidgets.QApplication.instance()
    before = qt_application.layoutDirection()
    qt_application.setLayoutDirection(request.param)
    yield (lambda number: f"\u2066{number}\u2069") if request.param is _RIGHT_TO_LEFT else (lambda number: number)
    qt_application.setLayoutDirection(before)


def test_totals_above_the_panel_read_from_the_left(isolated, a_head_result):
    from QuantSegLib.verdictText import inShortHtml

    total = next(one for one in a_head_result.measurements if one.key == "volume")
    number = inShortHtml(a_head_result, [("Left", total)]).partition("Left ")[2]
    assert number == isolated(number.strip("\u2066\u2069"))
    assert number.strip("\u2066\u2069").startswith("<b>")


def test_what_a_doubtful_slice_can_change_reads_from_the_left(isolated):
    from quantseg.measure.doubt import DoubtfulSlice, Effect
    from QuantSegLib.doubtWords import doubtWords

    slice_ = DoubtfulSlice("left", (0, 0, 0), 9.0, segment="a", effect=Effect("volume", "a", 8.6, "mm3"))
    assert doubtWords(slice_, {"a": "Part"}) == f"Part: {isolated('± 8.6 mm³')}"


def test_table_of_a_result_keeps_its_direction(a_panel):
    assert a_panel.ui.resultTableView.layoutDirection() == _LEFT_TO_RIGHT
    QtWidgets.QApplication.instance().setLayoutDirection(_RIGHT_TO_LEFT)
    try:
        assert a_panel.ui.resultTableView.layoutDirection() == _LEFT_TO_RIGHT
        assert a_panel.ui.resultCollapsibleButton.layoutDirection() == _RIGHT_TO_LEFT
    finally:
        QtWidgets.QApplication.instance().setLayoutDirection(_LEFT_TO_RIGHT)
