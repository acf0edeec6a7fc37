"""``slicer.util.loadUI`` and ``childWidgetVariables`` over PySide6, with a look at what the file promises."""

import types
import xml.etree.ElementTree as ElementTree

from PySide6 import QtCore, QtUiTools, QtWidgets

from slicer_standins.widgets import CUSTOM, ctkCollapsibleButton


def loadUI(path):
    """Load a .ui file; every class in it must be Qt's or stood in for, and every connection must have two ends."""
    loader = QtUiTools.QUiLoader()
    for custom in CUSTOM:
        loader.registerCustomWidget(custom)
    root = ElementTree.parse(path).getroot()
    wanted = {widget.get("class") for widget in root.iter("widget")}
    unknown = wanted - {custom.__name__ for custom in CUSTOM} - set(dir(QtWidgets))
    assert not unknown, f"{path} uses {unknown}, which nothing stands in for"
    connections = root.find("connections")
    # Signals of Python classes have no C++ signature: the connections are made here instead of by the loader.
    made = [tuple(one.find(tag).text for tag in ("sender", "signal", "receiver", "slot")) for one in connections]
    root.remove(connections)
    buffer = QtCore.QBuffer()
    buffer.setData(ElementTree.tostring(root))
    buffer.open(QtCore.QIODevice.ReadOnly)
    widget = loader.load(buffer)
    assert widget is not None, loader.errorString()
    for section in widget.findChildren(ctkCollapsibleButton):
        section.hideWhatIsCollapsed()
    for sender, signal, receiver, slot in made:
        source = widget if widget.objectName() == sender else widget.findChild(QtCore.QObject, sender)
        target = widget.findChild(QtCore.QObject, receiver)
        assert None not in (source, target), f"{sender} or {receiver} is not in {path}"
        getattr(source, signal.partition("(")[0]).connect(getattr(target, slot.partition("(")[0]))
    return widget


def childWidgetVariables(widget):
    """Return an object with every named child as an attribute."""
    return types.SimpleNamespace(
        **{child.objectName(): child for child in widget.findChildren(QtWidgets.QWidget) if child.objectName()}
    )
