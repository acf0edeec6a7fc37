"""``slicer.parameterNodeWrapper`` for the types that panels use, over a real ``vtkMRMLScriptedModuleNode``."""

import enum
import typing

from PySide6 import QtWidgets

from slicer_standins.widgets import qMRMLNodeComboBox


def parameterNodeWrapper(cls):
    """Turn annotations into properties that live in the node."""
    hints = typing.get_type_hints(cls)

    class Wrapped:
        def __init__(self, node):
            object.__setattr__(self, "parameterNode", node)

        def __getattr__(self, name):
            if name in hints:
                return self._read(name)
            return getattr(self.parameterNode, name)

        def __setattr__(self, name, value):
            assert name in hints, f"{cls.__name__} has no parameter {name}"
            kind = hints[name]
            if hasattr(kind, "IsTypeOf"):
                assert value is None or value.IsA(kind.__name__), f"{name} takes {kind.__name__}"
                self.parameterNode.SetNodeReferenceID(name, value.GetID() if value is not None else None)
                self.parameterNode.Modified()
            else:
                assert isinstance(value, kind), f"{name} takes {kind.__name__}, got {value!r}"
                text = value.name if issubclass(kind, enum.Enum) else str(value)
                self.parameterNode.SetParameter(name, text)

        def _read(self, name):
            kind = hints[name]
            if hasattr(kind, "IsTypeOf"):
                return self.parameterNode.GetNodeReference(name)
            text = self.parameterNode.GetParameter(name)
            if not text:
                return getattr(cls, name)
            if issubclass(kind, enum.Enum):
                return kind[text]
            return text == "True" if kind is bool else kind(text)

        def connectGui(self, ui):
            bound = []
            for widget in vars(ui).values():
                name = widget.property("SlicerParameterName")
                if name:
                    assert name in hints, f"{widget.objectName()} is bound to {name}, which is no parameter"
                    bound.append(_Binding(widget, name, hints[name], self))
            found = [binding.name for binding in bound]
            assert len(found) == len(set(found)), f"bound twice: {found}"
            self.parameterNode.bindings = bound
            for binding in bound:
                binding.write()
            tag = self.parameterNode.AddObserver("ModifiedEvent", lambda *_: [binding.write() for binding in bound])
            return tag, bound

        def disconnectGui(self, tag):
            number, bound = tag
            self.parameterNode.RemoveObserver(number)
            for binding in bound:
                binding.release()

    Wrapped.__name__ = cls.__name__
    return Wrapped


class _Binding:
    def __init__(self, widget, name, kind, wrapped):
        self.widget, self.name, self.kind, self.wrapped = widget, name, kind, wrapped
        if isinstance(widget, qMRMLNodeComboBox):
            self.signal = widget.currentNodeChanged
        elif isinstance(widget, QtWidgets.QComboBox):
            assert issubclass(kind, enum.Enum), f"{name} in a combo box must be an Enum"
            widget.blockSignals(True)
            widget.clear()
            for member in kind:
                widget.addItem(member.label())
            widget.blockSignals(False)
            self.signal = widget.currentIndexChanged
        elif isinstance(widget, QtWidgets.QLineEdit):
            self.signal = widget.textChanged
        elif isinstance(widget, QtWidgets.QDoubleSpinBox):
            self.signal = widget.valueChanged
        elif isinstance(widget, QtWidgets.QCheckBox):
            self.signal = widget.toggled
        else:
            raise AssertionError(f"{type(widget).__name__} cannot be bound")
        self.signal.connect(self.read)

    def read(self, *_):
        setattr(self.wrapped, self.name, self._value())

    def _value(self):
        if isinstance(self.widget, qMRMLNodeComboBox):
            return self.widget.currentNode()
        if isinstance(self.widget, QtWidgets.QComboBox):
            return list(self.kind)[self.widget.currentIndex()]
        if isinstance(self.widget, QtWidgets.QDoubleSpinBox):
            return self.widget.value()
        return self.widget.text() if isinstance(self.widget, QtWidgets.QLineEdit) else self.widget.isChecked()

    def write(self):
        value = getattr(self.wrapped, self.name)
        if value == self._value():
            return
        if isinstance(self.widget, qMRMLNodeComboBox):
            self.widget.setCurrentNode(value)
        elif isinstance(self.widget, QtWidgets.QComboBox):
            self.widget.setCurrentIndex(list(self.kind).index(value))
        elif isinstance(self.widget, QtWidgets.QDoubleSpinBox):
            self.widget.setValue(value)
        elif isinstance(self.widget, QtWidgets.QLineEdit):
            self.widget.setText(value)
        else:
            self.widget.setChecked(value)

    def release(self):
        self.signal.disconnect(self.read)
