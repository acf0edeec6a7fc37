"""What the parts that all panels share say and how large they are, where there are cines instead of images."""

from slicer.i18n import tr as _

_PLOT_HEIGHT = 240


def speakOfCines(ui):
    """Let the shared parts of the panel speak of cines, and give the curve more room.

    :param ui: widgets of the panel by their names.
    """
    ui.label7.setText(_("Earlier cine:"))
    ui.sameAcquisitionCheckBox.setText(_("Same scanner and same sequence"))
    for widget, tip in (
        (
            ui.openWorklistButton,
            _(
                "A folder of cines and patients; what is done with them is kept in a folder quantseg-worklist beside "
                "them."
            ),
        ),
        (
            ui.doubtComboBox,
            _(
                "Frames and slices in which the networks disagree: first what can change an ejection fraction, by how "
                "many points, then all others, by how many mm³ or ml; ✓ was looked at. Choosing one brings frame and "
                "views there, outlines the uncertain voxels for some seconds and selects their segment below."
            ),
        ),
        (ui.earlierVolumeSelector, _("Cine of an earlier examination of the same patient.")),
        (ui.earlierSegmentationSelector, _("Segmentation of that cine, made by this module.")),
        (ui.earlierDateEdit, _("When the earlier cine was taken.")),
        (ui.laterDateEdit, _("When this cine was taken.")),
        (
            ui.sameAcquisitionCheckBox,
            _("Without it no change is called real: another scanner or sequence alone may change a volume."),
        ),
        (ui.compareButton, _("Needs a result for both cines.")),
    ):
        widget.setToolTip(tip)
    ui.resultPlotPlace.setMinimumHeight(_PLOT_HEIGHT)
