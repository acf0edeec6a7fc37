"""The list of processors to choose from, filled with what a process of Slicer's Python finds on this machine."""

import importlib.util
from typing import TYPE_CHECKING

import qt
from slicer.i18n import tr as _

if TYPE_CHECKING:
    from quantseg.child_process import ChildProcess

_INTERVAL_MS = 300


class DeviceChoice:
    """Fills a combo box.

    :param comboBox: QComboBox.
    :param onChosen: called with the name of a device, as --device takes it, when the user chooses one.
    """

    def __init__(self, comboBox, onChosen):
        self._comboBox, self._onChosen = comboBox, onChosen
        self._names: dict[str, str] = {}
        self._chosen = "auto"
        self._process: ChildProcess | None = None
        self._detected = False
        self._lines: list[str] = []
        self._timer = qt.QTimer()
        self._timer.setInterval(_INTERVAL_MS)
        self._timer.timeout.connect(self.poll)
        self._note = qt.QLabel()
        self._note.setWordWrap(True)
        self._note.setVisible(False)
        comboBox.parentWidget().layout().addRow(self._note)
        self._fill([])
        comboBox.currentTextChanged.connect(self.onTextChanged)

    def detect(self):
        """Look what there is, without holding up Slicer; nothing happens before the packages are installed."""
        from quantseg.dependencies import missing_dependencies

        if self._process is not None or self._detected or missing_dependencies():
            return
        from quantseg.child_process import ChildProcess
        from QuantSegLib.engine import slicerEngine

        engine = slicerEngine()
        self._lines = []
        self._process = ChildProcess([*engine.command, "devices"], engine.environment)
        self._timer.start()

    def stop(self):
        """Look no further."""
        self._timer.stop()
        process, self._process = self._process, None
        if process is not None and process.exit_status is None:
            process.cancel()

    def choose(self, name):
        """Show a device as the chosen one, whether or not it is there."""
        self._chosen = name
        shown = next((text for text, device in self._names.items() if device == name), name)
        if shown not in self._names:
            self._names[shown] = name
            self._comboBox.addItem(shown)
        self._comboBox.setCurrentText(shown)

    def poll(self):
        """Take what was found; called by the timer."""
        process = self._process
        if process is None:
            return
        ended = process.exit_status is not None
        self._lines += process.new_lines()
        if not ended:
            return
        self._timer.stop()
        self._process = None
        self._detected = True
        found = [line.split("\t") for line in self._lines if line.count("\t") == 1]
        self._fill(found)
        self._noteIdle(found)
        self.choose(self._chosen)

    def onTextChanged(self, text):
        """Tell what the user chose."""
        name = self._names.get(text)
        if name is not None and name != self._chosen:
            self._chosen = name
            self._onChosen(name)

    def _noteIdle(self, found):
        words = "" if any(name not in ("auto", "cpu") for name, _description in found) else idleProcessorWords()
        self._note.setText(words)
        self._note.setVisible(bool(words))

    def _fill(self, found):
        first = found[0][1] if found else ""
        automatic = _("Automatic ({device})").format(device=first) if first else _("Automatic")
        self._comboBox.blockSignals(True)
        self._comboBox.clear()
        self._names = {automatic: "auto"}
        for name, description in found or [["cpu", "CPU"]]:
            self._names[description if description not in self._names else f"{description} ({name})"] = name
        for text in self._names:
            self._comboBox.addItem(text)
        self._comboBox.blockSignals(False)


def idleProcessorWords():
    """Return why a graphics processor that is there does no work, and what to do; empty where none is in sight."""
    from quantseg.hardware import accelerator_in_sight

    if not accelerator_in_sight():
        return ""
    if importlib.util.find_spec("torch") is None:
        return _(
            "⚠ This machine has a graphics processor, which stands idle because PyTorch is missing: install it in the "
            "module PyTorch Utils and restart Slicer. Until then the CPU does the work."
        )
    return _(
        "⚠ This machine has a graphics processor, which stands idle because the installed PyTorch cannot use it: "
        "install the build for it in the module PyTorch Utils and restart Slicer. Until then the CPU does the work."
    )
