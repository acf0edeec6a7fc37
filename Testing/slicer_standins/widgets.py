"""Qt widgets in place of qMRML and ctk ones: the calls that panels make, and no more."""

from PySide6 import QtCore, QtWidgets
from vtkmodules.vtkChartsCore import vtkChartXY


class qMRMLWidget(QtWidgets.QWidget):
    mrmlSceneChanged = QtCore.Signal(object)

    def setMRMLScene(self, scene):
        self.mrmlSceneChanged.emit(scene)


class qMRMLNodeComboBox(QtWidgets.QComboBox):
    """Lists the nodes of the types that its ``nodeTypes`` names."""

    currentNodeChanged = QtCore.Signal()

    def __init__(self, parent=None):
        super().__init__(parent)
        self._scene, self._nodes = None, []
        self.currentIndexChanged.connect(lambda _index: self.currentNodeChanged.emit())

    def setMRMLScene(self, scene):
        self._scene = scene
        self.refresh()

    def refresh(self):
        types = self.property("nodeTypes") or []
        nodes = [self._scene.GetNthNode(n) for n in range(self._scene.GetNumberOfNodes())] if self._scene else []
        found = [node for node in nodes if any(node.IsA(kind) for kind in types)]
        if found == self._nodes and self.count():
            return
        current = self.currentNode()
        self.blockSignals(True)
        self.clear()
        self._nodes = found
        self.addItem("None")
        for node in found:
            self.addItem(node.GetName())
        self.setCurrentIndex(found.index(current) + 1 if current in found else 0)
        self.blockSignals(False)

    def currentNode(self):
        index = self.currentIndex() - 1
        return self._nodes[index] if 0 <= index < len(self._nodes) else None

    def setCurrentNode(self, node):
        self.refresh()
        assert node is None or node in self._nodes, f"{node.GetName()} is of no type that the selector lists"
        self.setCurrentIndex(0 if node is None else self._nodes.index(node) + 1)


class ctkCollapsibleButton(QtWidgets.QGroupBox):
    _isCollapsed = False

    def setText(self, text):
        self.setTitle(text)

    text = QtCore.Property(str, QtWidgets.QGroupBox.title, setText)

    def _setCollapsed(self, collapsed):
        self._isCollapsed = collapsed

    def hideWhatIsCollapsed(self):
        for child in self.findChildren(QtWidgets.QWidget, options=QtCore.Qt.FindDirectChildrenOnly):
            child.setVisible(not self._isCollapsed and not child.isHidden())

    collapsed = QtCore.Property(bool, lambda self: self._isCollapsed, _setCollapsed)


class qMRMLTableView(QtWidgets.QTableWidget):
    node = None

    def setMRMLScene(self, scene):
        pass

    def setMRMLTableNode(self, node):
        self.node = node
        table = node.GetTable() if node is not None else None
        self.setRowCount(table.GetNumberOfRows() if table else 0)
        self.setColumnCount(table.GetNumberOfColumns() if table else 0)
        for column in range(self.columnCount()):
            self.setHorizontalHeaderItem(column, QtWidgets.QTableWidgetItem(table.GetColumnName(column)))
            for row in range(self.rowCount()):
                self.setItem(row, column, QtWidgets.QTableWidgetItem(table.GetValue(row, column).ToString()))


class qMRMLPlotView(QtWidgets.QLabel):
    dataSelected = QtCore.Signal(object, object)
    node = _chart = None

    def setMRMLScene(self, scene):
        pass

    def setMRMLPlotViewNode(self, node):
        self.node = node
        self.setText("(stand-in for the plot)")
        self.setAlignment(QtCore.Qt.AlignCenter)

    def RemovePlotSelections(self):
        pass

    def chart(self):
        if self._chart is None:
            self._chart = vtkChartXY()
        return self._chart


class qMRMLSegmentEditorWidget(QtWidgets.QLabel):
    """Keeps its history in Slicer's own editor logic, as the real widget does."""

    def __init__(self, parent=None):
        super().__init__("(stand-in for the Segment Editor)", parent)
        self.setAlignment(QtCore.Qt.AlignCenter)
        self.setMinimumHeight(120)
        self.logic, self.calls = None, []

    def setMRMLScene(self, scene):
        import slicer

        self.logic = slicer.vtkSlicerSegmentEditorLogic()
        self.logic.SetMRMLScene(scene)

    def setMRMLSegmentEditorNode(self, node):
        assert node.IsA("vtkMRMLSegmentEditorNode")
        self.logic.SetSegmentEditorNode(node)

    def setSegmentationNode(self, node):
        self.logic.SetSegmentationNode(node)

    def setSourceVolumeNode(self, node):
        self.logic.SetSourceVolumeNode(node)

    def setCurrentSegmentID(self, key):
        self.logic.SetCurrentSegmentID(key)

    def saveStateForUndo(self):
        self.calls.append("saveStateForUndo")
        self.logic.SaveStateForUndo()

    def undo(self):
        self.logic.Undo()

    def setupViewObservations(self):
        self.calls.append("setupViewObservations")

    def removeViewObservations(self):
        self.calls.append("removeViewObservations")

    def installKeyboardShortcuts(self):
        self.calls.append("installKeyboardShortcuts")

    def uninstallKeyboardShortcuts(self):
        self.calls.append("uninstallKeyboardShortcuts")

    def setActiveEffect(self, _effect):
        self.calls.append("setActiveEffect")

    def updateWidgetFromMRML(self):
        self.calls.append("updateWidgetFromMRML")


class qMRMLSequenceBrowserSeekWidget(QtWidgets.QLabel):
    browser = None

    def setMRMLScene(self, scene):
        pass

    def setMRMLSequenceBrowserNode(self, browser):
        assert browser is None or browser.IsA("vtkMRMLSequenceBrowserNode")
        self.browser = browser
        self.setText("(stand-in for the frame slider)")


CUSTOM = (
    qMRMLWidget,
    qMRMLNodeComboBox,
    ctkCollapsibleButton,
    qMRMLTableView,
    qMRMLSegmentEditorWidget,
)
"""Those that Slicer has Designer plugins for, so that a .ui file can name them."""

MADE_IN_CODE = (qMRMLPlotView, qMRMLSequenceBrowserSeekWidget)
"""Those that Slicer has no such plugin for."""
