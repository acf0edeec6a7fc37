"""The widgets of a panel: those that all panels share, and between them the module's own."""

from pathlib import Path

import slicer

from QuantSegLib.panelWidth import PanelWidth

_FOLDER = Path(__file__).parent / "Resources" / "UI"


def loadParts(ownFile):
    """Load what all panels share, and a module's own parts hidden within; :func:`placeAfter` brings these to sight.

    What must be seen while a person paints stands above a scroll area, which holds everything else.

    :param ownFile: path of the module's .ui file.
    :return: the panel's widget.
    """
    files = (_FOLDER / "PanelFrame.ui", _FOLDER / "SegmentationPanel.ui", _FOLDER / "QueuePart.ui", ownFile)
    frame, panel, queue, own = (slicer.util.loadUI(str(path)) for path in files)
    scrollArea = slicer.util.childWidgetVariables(frame).panelScrollArea
    scrollArea.setWidget(panel)
    PanelWidth(scrollArea, panel)
    for part in (queue, own):
        part.setParent(panel)
        part.setVisible(False)
    for widget in (frame, panel, own):
        widget.setMRMLScene(slicer.mrmlScene)
    queuePlace = slicer.util.childWidgetVariables(queue).queuePlace
    placeAfter(slicer.util.childWidgetVariables(panel).worklistLabel, queuePlace)
    return frame


def takeAllHeight(moduleWidget):
    """Let a module have all the height of Slicer's panel, and no more: what it holds scrolls below its own header.

    Slicer puts a module into its panel anew each time that it is entered, above a space that takes what is left.
    """
    place = moduleWidget.parentWidget()
    if place is not None:
        place.layout().setStretchFactor(moduleWidget, 1)


def placeAfter(preceding, *widgets):
    """Put widgets below another one, into the layout that this one lies in directly."""
    layout = preceding.parentWidget().layout()
    for place, widget in enumerate(widgets, start=layout.indexOf(preceding) + 1):
        layout.insertWidget(place, widget)
