"""Puts the stand-ins where a panel's imports look for them."""

import importlib
import sys
import time
import types
from pathlib import Path

from PySide6 import QtCore, QtGui, QtWidgets

from slicer_standins import parameter_node, user_interface, widgets

_PANELS = ("HippoSeg", "CardiacSeg", "BrainSeg", "MuscleSeg")
_MODULES = (*_PANELS, *(f"{panel}Lib" for panel in _PANELS), "QuantSegLib")


class Application:
    """In place of ``slicer.app``."""

    testing = False

    def __init__(self):
        self.connected = {}
        self.errors = []
        self.settings = Settings()
        self.sliceViews = {name: SliceView(name) for name in ("Red", "Green", "Yellow")}

    def connect(self, signal, handler):
        self.connected[signal] = handler

    def testingEnabled(self):
        return self.testing

    def userSettings(self):
        return self.settings

    def layoutManager(self):
        return types.SimpleNamespace(
            threeDViewCount=0, sliceWidget=self.sliceViews.get, sliceViewNames=lambda: tuple(self.sliceViews)
        )


class Settings(dict):
    """In place of the user's QSettings: those of one test alone."""

    def value(self, key, default):
        return self.get(key, default)

    def setValue(self, key, value):
        self[key] = value


class SliceView:
    """In place of a qMRMLSliceWidget and its view: a node of its own, a real interactor, a logic that only counts."""

    def __init__(self, name):
        import slicer
        from vtkmodules.vtkRenderingCore import vtkRenderWindowInteractor

        self.node, self.fitted = slicer.vtkMRMLSliceNode(), 0
        self.node.SetName(name)
        self._interactor, self.cursor = vtkRenderWindowInteractor(), None

    def sliceView(self):
        return self

    def interactor(self):
        return self._interactor

    def setViewCursor(self, cursor):
        self.cursor = cursor

    def unsetViewCursor(self):
        self.cursor = None

    def mrmlSliceNode(self):
        return self.node

    def sliceLogic(self):
        return self

    def FitSliceToBackground(self):
        self.fitted += 1

    def SnapSliceOffsetToIJK(self):
        pass


class ScriptedLoadableModule:
    def __init__(self, parent):
        self.parent = parent


class ScriptedLoadableModuleWidget:
    def __init__(self, parent=None):
        super().__init__()
        self.parent = parent
        self.layout = parent.layout()

    def setup(self):
        pass

    def onReload(self):
        self.reloaded = importlib.import_module(self._module)

    def resourcePath(self, name):
        import slicer

        return str(Path(slicer.modulesFolder) / self._module / "Resources" / name)

    @property
    def _module(self):
        return type(self).__name__.removesuffix("Widget")


class ScriptedLoadableModuleLogic:
    def __init__(self):
        self.moduleName = type(self).__name__.removesuffix("Logic")

    def getParameterNode(self):
        import slicer

        node = slicer.mrmlScene.GetSingletonNode(self.moduleName, "vtkMRMLScriptedModuleNode")
        if node is None:
            node = slicer.mrmlScene.CreateNodeByClass("vtkMRMLScriptedModuleNode")
            node.UnRegister(None)
            node.SetSingletonTag(self.moduleName)
            node.SetAttribute("ModuleName", self.moduleName)
            node = slicer.mrmlScene.AddNode(node)
        return node


class ScriptedLoadableModuleTest:
    pass


def _module(name, **content):
    made = types.ModuleType(name)
    vars(made).update(content)
    return made


def install(monkeypatch, scene, repository):
    """Make ``qt``, ``slicer.app`` and the rest importable for one test.

    :return: the application stand-in.
    """
    import slicer
    import slicer.util

    QtWidgets.QApplication.instance() or QtWidgets.QApplication([])
    application = Application()
    content = {
        name: getattr(source, name) for source in (QtCore, QtGui, QtWidgets) for name in dir(source) if name[0] == "Q"
    }
    monkeypatch.setitem(sys.modules, "qt", _module("qt", **content))
    base = _module("slicer.ScriptedLoadableModule")
    for cls in (
        ScriptedLoadableModule,
        ScriptedLoadableModuleWidget,
        ScriptedLoadableModuleLogic,
        ScriptedLoadableModuleTest,
    ):
        setattr(base, cls.__name__, cls)
    modules = {
        "slicer.ScriptedLoadableModule": base,
        "slicer.i18n": _module("slicer.i18n", tr=lambda text: text, translate=lambda _context, text: text),
        "slicer.parameterNodeWrapper": _module(
            "slicer.parameterNodeWrapper", parameterNodeWrapper=parameter_node.parameterNodeWrapper
        ),
    }
    for name, module in modules.items():
        monkeypatch.setitem(sys.modules, name, module)
        monkeypatch.setattr(slicer, name.removeprefix("slicer."), module, raising=False)
    for name, value in {"mrmlScene": scene, "app": application, "modulesFolder": repository}.items():
        monkeypatch.setattr(slicer, name, value, raising=False)
    for custom in (*widgets.CUSTOM, *widgets.MADE_IN_CODE):
        monkeypatch.setattr(slicer, custom.__name__, custom, raising=False)
    monkeypatch.setattr(slicer.util, "loadUI", user_interface.loadUI)
    monkeypatch.setattr(slicer.util, "childWidgetVariables", user_interface.childWidgetVariables)
    monkeypatch.setattr(slicer.util, "mainWindow", lambda: None)
    monkeypatch.setattr(slicer.util, "errorDisplay", application.errors.append, raising=False)
    monkeypatch.setattr(slicer.util, "setSliceViewerLayers", lambda **_: None)
    for module in _PANELS:
        monkeypatch.syspath_prepend(str(repository / module))
    for name in [n for n in sys.modules if n.partition(".")[0] in _MODULES]:
        monkeypatch.delitem(sys.modules, name)
    return application


def a_parent():
    """The place where Slicer would put a panel."""
    parent = QtWidgets.QWidget()
    QtWidgets.QVBoxLayout(parent).setContentsMargins(4, 4, 4, 4)
    parent.isEntered = True
    return parent


def until(condition, seconds=60.0):
    """Let Qt's events run until something holds."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not come about in time"
        QtWidgets.QApplication.processEvents()
        time.sleep(0.02)
