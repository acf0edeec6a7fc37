"""Corrects the cases of a worklist in HippoSeg as a researcher does, and counts clicks; run inside a Slicer.

    Slicer --no-splash --additional-module-paths HippoSeg CardiacSeg --python-script Testing/desktop/walk_worklist.py

The environment says what to walk through: QUANTSEG_WALK_FOLDER, the images; QUANTSEG_WALK_RESULT, the JSON file to be
written; QUANTSEG_WALK_PICTURES, a folder for pictures of the window, if wanted. Of every case the labels are made, the
three most doubtful slices are looked at, one stroke is drawn in the last of these, and the labels are approved. Where
the panel has a queue and keys, these are used; in older ones the same is done with what they have, so that both can be
counted.
"""

import json
import os
import sys
import traceback
from pathlib import Path

import qt
import slicer

sys.path.append(str(Path(__file__).parent))

from hand import Hand

_DOUBTFUL_SLICES = 3
# Long enough to leave any part of a hippocampus.
_STROKE_MM = 12.0
_RUN_SECONDS, _SOON_SECONDS = 1800, 60


class Walk:
    """One walk through a folder.

    :param folder: holds the images.
    :param pictures: folder for pictures of the window; None takes none.
    """

    def __init__(self, folder, pictures):
        self._folder, self._pictures = folder, pictures
        self._hand = Hand()
        slicer.util.selectModule("HippoSeg")
        self._panel = slicer.modules.hipposeg.widgetRepresentation().self()
        self._ui = self._panel.ui
        # What is typed or answered once, in every version alike.
        self._ui.reviewerLineEdit.setText("Desktop walk")
        self._panel.worklist.chooseFolder = lambda _title: str(folder)
        self._panel._parameterNode.inputKind = type(self._panel._parameterNode.inputKind).CROP

    def run(self):
        """Walk, and return what was counted and what lies in the list afterwards."""
        hand, ui = self._hand, self._ui
        hand.click(ui.worklistCollapsibleButton) if ui.worklistCollapsibleButton.collapsed else None
        hand.click(ui.openWorklistButton)
        worklist = self._panel.worklist._worklist
        assert worklist is not None, ui.worklistLabel.text
        queued = hasattr(ui, "segmentAllButton")
        if queued:
            hand.click(ui.segmentAllButton)
        changed = []
        for name in worklist.names:
            if queued:
                self._waitForLabels(name)
            hand.click(ui.nextCaseButton)
            assert self._panel.worklist._open == name, ui.worklistLabel.text
            if not queued:
                self._segment()
            changed.append(self._correct())
            hand.click(ui.approveButton)
            self._picture(name)
        self._panel.worklist.save()
        states = [worklist.entry(name).state.value for name in worklist.names]
        return {"clicks": hand.clicks, "keys": hand.keys, "states": states, "changedVoxels": changed}

    def _waitForLabels(self, name):
        """Wait until the queue has made a case's labels; a person corrects the case before meanwhile."""

        def isDone():
            return not any(item.job.name == name and item.isOpen for item in self._panel.queue.queue.items)

        self._hand.until(isDone, _RUN_SECONDS, f"labels of {name}")

    def _segment(self):
        self._hand.click(self._ui.applyButton)
        self._hand.until(lambda: not self._panel.runner.isRunning, _RUN_SECONDS, "a result")
        assert self._panel.currentCase() is not None, self._ui.statusLabel.text

    def _correct(self):
        """Look at doubtful slices, draw a stroke in the last of them, and return how many voxels it changed."""
        import numpy as np

        hand, ui, panel = self._hand, self._ui, self._panel
        case = panel.currentCase()
        before = case.labels().array.copy()
        hasKeys = hasattr(panel.correction, "keys")
        for _ in range(_DOUBTFUL_SLICES):
            hand.key("N") if hasKeys else hand.click(ui.nextDoubtButton)
        editor = ui.segmentEditorWidget
        if not hasKeys:
            # The row of the segment concerned; newer panels choose it.
            self._clickRow(slicer.util.findChild(editor, "SegmentsTableView"), 0)
        if editor.activeEffect() is None or editor.activeEffect().name != "Paint":
            hand.key("2") if hasKeys else hand.click(slicer.util.findChild(editor, "Paint"))
        assert editor.activeEffect() is not None, "no tool of the editor is active"
        assert editor.activeEffect().name == "Paint", editor.activeEffect().name
        hand.stroke("Red", self._shownPlace(), _STROKE_MM)
        hand.until(lambda: case.is_edited, _SOON_SECONDS, "the edit")
        return int(np.count_nonzero(case.labels().array != before))

    def _clickRow(self, table, row):
        view = slicer.util.findChildren(table, className="QTableView")[0]
        # The name, which is the widest; other columns change what is seen.
        cells = [view.visualRect(view.model().index(row, column)) for column in range(view.model().columnCount())]
        self._hand.click(view.viewport(), max(cells, key=lambda cell: cell.width()).center())

    def _shownPlace(self):
        """Return where the three slice views cross: the place that was brought to sight last."""
        offsets = {}
        for name in ("Red", "Green", "Yellow"):
            matrix = slicer.app.layoutManager().sliceWidget(name).mrmlSliceNode().GetSliceToRAS()
            axis = max(range(3), key=lambda one, matrix=matrix: abs(matrix.GetElement(one, 2)))
            offsets[axis] = matrix.GetElement(axis, 3)
        return offsets[0], offsets[1], offsets[2]

    def _picture(self, name):
        if self._pictures is not None:
            slicer.util.mainWindow().grab().save(str(self._pictures / f"{name}.png"))


def main():
    """Walk, write what was counted, and end Slicer."""
    pictures = os.environ.get("QUANTSEG_WALK_PICTURES")
    try:
        found = Walk(Path(os.environ["QUANTSEG_WALK_FOLDER"]), Path(pictures) if pictures else None).run()
    except BaseException:
        found = {"error": traceback.format_exc()}
    Path(os.environ["QUANTSEG_WALK_RESULT"]).write_text(json.dumps(found, indent=1), encoding="utf-8")
    slicer.util.exit(1 if "error" in found else 0)


qt.QTimer.singleShot(1000, main)
