"""The part of a panel that leads through the doubtful slices, those that can change the numbers most first."""

from typing import TYPE_CHECKING, Any

import slicer
from slicer.i18n import tr as _

from QuantSegLib.doubtWords import doubtWords
from QuantSegLib.voxelMarker import VoxelMarker

if TYPE_CHECKING:
    from quantseg.measure.doubt import DoubtfulSlice
    from quantseg.mrml.slice_views import ViewPlace

_TICK, _NO_TICK = "✓", "   "


class DoubtsSection:
    """A list of slices; the one that is chosen is seen closely, marked, and its segment ready to be corrected.

    :param ui: has doubtComboBox, nextDoubtButton, previousDoubtButton, wholeViewButton, doubtLabel and
        segmentEditorWidget.
    :param host: panel with currentCase() and showFrame(number).
    """

    def __init__(self, ui, host):
        self._ui, self._host = ui, host
        self._doubts: tuple[DoubtfulSlice, ...] = ()
        self._shown = -1
        self._keeper: Any = None
        # What the views showed before they were brought close, by the views' identifiers.
        self._places: dict[str, ViewPlace] = {}
        self._isClose = False
        self.marker = VoxelMarker(_("Uncertain voxels"))
        ui.nextDoubtButton.clicked.connect(self.onNext)
        ui.previousDoubtButton.clicked.connect(self.onPrevious)
        ui.wholeViewButton.clicked.connect(self.onWholeView)
        ui.doubtComboBox.currentIndexChanged.connect(self.onChosen)

    def show(self, doubts):
        """Offer doubtful slices; those that are offered already stay as they are.

        :param doubts: of quantseg.measure.doubt.DoubtfulSlice, in the order in which they matter.
        """
        case = self._host.currentCase()
        keeper = None if case is None else case.keeper
        if doubts != self._doubts or keeper is not self._keeper:
            self.leave()
            self._doubts, self._shown, self._keeper = doubts, -1, keeper
            self._places, self._isClose = {}, False
        self._update()

    def leave(self):
        """Take the outline away, as the user goes elsewhere."""
        self.marker.clear()

    def onNext(self, _pressed=False):
        """Tick the slice that is shown, and show the next one that is not ticked."""
        self._tick()
        following = self._following()
        if following is None:
            self.marker.clear()
            self._update()
        else:
            self._show(following)

    def onPrevious(self, _pressed=False):
        """Show the slice before."""
        self._tick()
        self._show(self._shown - 1)

    def onChosen(self, index):
        """Show a slice of the list; its first line is none."""
        if index > 0 and index - 1 != self._shown:
            self._tick()
            self._show(index - 1)

    def onWholeView(self, _pressed=False):
        """Show the whole image again, in the same slice; or come close again."""
        from quantseg.mrml.slice_views import view_nodes

        if not 0 <= self._shown < len(self._doubts):
            return
        if not self._isClose:
            self._lookClosely()
        else:
            import numpy as np

            through = np.array(self._doubts[self._shown].centre_ras_mm)
            for view in view_nodes(slicer.mrmlScene):
                if view.GetID() in self._places:
                    self._places[view.GetID()].show(view, through)
            self._isClose = False
        self._update()

    def onMark(self):
        """Outline the uncertain voxels of the slice once more."""
        voxels = self._doubts[self._shown].voxels if 0 <= self._shown < len(self._doubts) else None
        if voxels is not None:
            self.marker.show(voxels.volume())

    def _show(self, index):
        if not 0 <= index < len(self._doubts):
            return
        self._shown = index
        doubt = self._doubts[index]
        if doubt.frame_number is not None:
            self._host.showFrame(doubt.frame_number)
        if doubt.segment is not None and self._host.currentCase() is not None:
            self._ui.segmentEditorWidget.setCurrentSegmentID(doubt.segment)
        self._lookClosely()
        self.onMark()
        self._update()

    def _lookClosely(self):
        """Bring all slice views to the slice, and close to the segment with what touches it."""
        import numpy as np

        from quantseg.mrml.slice_views import ViewPlace, corners_around, look_closely, view_nodes

        doubt, case = self._doubts[self._shown], self._host.currentCase()
        centre = np.array(doubt.centre_ras_mm)
        views = view_nodes(slicer.mrmlScene)
        if not self._isClose:
            self._places = {view.GetID(): ViewPlace.of(view) for view in views}
        x, y, z = doubt.centre_ras_mm
        corners = np.zeros((0, 3))
        if case is not None and case.document is not None and doubt.segment is not None:
            keys = [segment.key for segment in case.document.segments]
            corners = corners_around(case.segmentation_node, doubt.segment, keys)
        if not len(corners):
            sliceNode = slicer.vtkMRMLSliceNode
            sliceNode.JumpAllSlices(slicer.mrmlScene, x, y, z, sliceNode.CenteredJumpSlice)
            return
        for view in views:
            look_closely(view, corners, centre)
        self._isClose = True

    def _tick(self):
        """Note that the slice that is shown was looked at."""
        if self._keeper is not None and 0 <= self._shown < len(self._doubts):
            from quantseg.review.looked_at import note_looked_at

            note_looked_at(self._keeper, self._doubts[self._shown])

    def _following(self):
        """Return the next slice that was not looked at, in the order of the list, and then from its begin; or None."""
        ticked = self._ticked()
        count = len(self._doubts)
        order = [*range(self._shown + 1, count), *range(max(self._shown, 0))]
        if self._keeper is None:
            order = list(range(self._shown + 1, count))
        return next((index for index in order if not ticked[index]), None)

    def _ticked(self):
        if self._keeper is None:
            return [False] * len(self._doubts)
        from quantseg.review.looked_at import looked_at, slice_name

        names = looked_at(self._keeper)
        return [slice_name(doubt) in names for doubt in self._doubts]

    def _update(self):
        ticked, count = self._ticked(), len(self._doubts)
        waiting = 0 <= self._shown < count and not ticked[self._shown]
        self._ui.nextDoubtButton.setEnabled(waiting or self._following() is not None)
        self._ui.previousDoubtButton.setEnabled(self._shown > 0)
        self._ui.wholeViewButton.setEnabled(self._isClose or bool(self._places))
        self._ui.wholeViewButton.setText(_("Whole view") if self._isClose or not self._places else _("Close view"))
        self._fillList(ticked)
        done = sum(ticked)
        if not count:
            words = _("No slices are known in which the networks disagree.")
        elif done == count:
            words = _("All {count} doubtful slices were looked at.").format(count=count)
        elif self._shown < 0:
            words = _("{count} slices in which the networks disagree, {done} of them looked at.").format(
                count=count, done=done
            )
        else:
            words = _("{number} of {count}, {done} looked at.").format(number=self._shown + 1, count=count, done=done)
        self._ui.doubtLabel.setText(words)

    def _fillList(self, ticked):
        box, case = self._ui.doubtComboBox, self._host.currentCase()
        document = None if case is None else case.document
        names = {} if document is None else {segment.key: segment.name for segment in document.segments}
        box.blockSignals(True)
        box.clear()
        box.addItem(_("Choose a doubtful slice") if self._doubts else _("No doubtful slices"))
        for number, (doubt, isTicked) in enumerate(zip(self._doubts, ticked, strict=True), start=1):
            box.addItem(f"{_TICK if isTicked else _NO_TICK} {number}. {doubtWords(doubt, names)}")
        box.setCurrentIndex(self._shown + 1)
        box.setEnabled(bool(self._doubts))
        box.blockSignals(False)
