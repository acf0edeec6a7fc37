"""The part of the panel where a slice is chosen: by its number, or as the one in view; the axial views follow."""

import slicer
from slicer.i18n import tr as _


class SliceSection:
    """Shows which of an image's axial slices is chosen.

    :param ui: has sliceSpinBox, sliceSlider, sliceInViewButton, oneSliceCheckBox and sliceLabel.
    :param host: panel with logic and choices().
    """

    def __init__(self, ui, host):
        self._ui, self._host = ui, host
        ui.sliceSpinBox.valueChanged.connect(self.onChosen)
        ui.sliceSlider.valueChanged.connect(self.onChosen)
        ui.sliceInViewButton.clicked.connect(self.onTakeSliceInView)

    def update(self):
        """Show the slices of the chosen image, without a move of any view."""
        choices, places = self._host.choices(), self._places()
        count = 0 if places is None else places.count
        for widget in (self._ui.sliceSpinBox, self._ui.sliceSlider, self._ui.sliceInViewButton):
            widget.setEnabled(count > 0)
        number = min(choices.sliceNumber, count - 1) if count else 0
        for widget in (self._ui.sliceSpinBox, self._ui.sliceSlider):
            widget.blockSignals(True)
            widget.setRange(0, max(count - 1, 0))
            widget.setValue(number)
            widget.blockSignals(False)
        self._ui.sliceLabel.setText(self._words(places, number) if count else "")

    def onChosen(self, number):
        """Take a slice, and bring the axial views to it."""
        from quantseg.mrml.axial_views import show_plane

        places = self._places()
        if places is None or not 0 <= number < places.count:
            return
        self._host.choices().sliceNumber = int(number)
        self.update()
        show_plane(places.centres_ras_mm[number], sliceViews())

    def onTakeSliceInView(self, _pressed=False):
        """Take the slice that the axial view shows."""
        from quantseg.mrml.axial_views import nearest_shown

        places = self._places()
        shown = None if places is None else nearest_shown(places.centres_ras_mm, sliceViews())
        if shown is not None:
            self.onChosen(shown)

    def _places(self):
        choices = self._host.choices()
        return None if choices is None else self._host.logic.slicePlaces(choices.inputVolume)

    def _words(self, places, number):
        from quantseg.tasks.lumbar_muscle.axial_planes import SliceOrder

        orders = {
            SliceOrder.UPWARDS: _("0 to {last}, from the feet to the head; slice {number} lies at S {mm} mm."),
            SliceOrder.DOWNWARDS: _("0 to {last}, from the head to the feet; slice {number} lies at S {mm} mm."),
        }
        mm = f"{places.centres_ras_mm[number][2]:.1f}"
        return orders[places.order].format(last=places.count - 1, number=number, mm=mm)


def sliceViews():
    """Return the nodes of the slice views of the present layout."""
    layout = slicer.app.layoutManager()
    widgets = [layout.sliceWidget(name) for name in layout.sliceViewNames()]
    return [widget.mrmlSliceNode() for widget in widgets if widget is not None]
