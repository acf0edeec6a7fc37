"""The widgets of a panel: those that all panels share, and between them the module's own."""

from pathlib import Path

import slicer

_SHARED = Path(__file__).parent / "Resources" / "UI" / "SegmentationPanel.ui"


def loadParts(ownFile):
    """Load what all panels share, and a module's own parts hidden within; :func:`placeAfter` brings these to sight.

    :param ownFile: path of the module's .ui file.
    :return: the panel's widget.
    """
    panel, own = (slicer.util.loadUI(str(path)) for path in (_SHARED, ownFile))
    own.setParent(panel)
    own.setVisible(False)
    for widget in (panel, own):
        widget.setMRMLScene(slicer.mrmlScene)
    return panel


def placeAfter(preceding, *widgets):
    """Put widgets below another one, into the layout that this one lies in directly."""
    layout = preceding.parentWidget().layout()
    for place, widget in enumerate(widgets, start=layout.indexOf(preceding) + 1):
        layout.insertWidget(place, widget)
