"""A picture of the panel with stand-ins, to be looked at by whoever changes it; it is no picture of Slicer."""

import os
from pathlib import Path

from test_panel import a_segmented_head

__all__ = ["a_segmented_head"]


def test_nothing_is_cut_off_at_the_width_of_slicers_panel(a_segmented_head, tmp_path):
    from PySide6 import QtCore, QtWidgets

    panel = a_segmented_head
    panel.ui.reviewerLineEdit.setText("Ada Lovelace")
    panel.ui.approveButton.click()
    for section in panel.parent.findChildren(type(panel.ui.worklistCollapsibleButton)):
        for child in section.findChildren(QtWidgets.QWidget, options=QtCore.Qt.FindDirectChildrenOnly):
            child.setVisible(True)
    panel.ui.compareButton.click()
    panel.parent.resize(480, panel.parent.sizeHint().height())
    panel.parent.show()
    QtWidgets.QApplication.processEvents()
    folder = Path(os.environ.get("QUANTSEG_SCREENSHOTS", tmp_path))
    assert panel.parent.grab().save(str(folder / "panel.png"))
    assert panel.parent.minimumSizeHint().width() <= 480
    for button in panel.parent.findChildren(QtWidgets.QPushButton):
        needed = button.fontMetrics().horizontalAdvance(button.text())
        assert button.width() >= needed, f"{button.objectName()} shows only a part of {button.text()!r}"
