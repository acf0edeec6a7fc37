"""The part of the panel about the heart cycle: end-diastole, end-systole, and slices that do not count."""

import dataclasses
from typing import TYPE_CHECKING

from slicer.i18n import tr as _

if TYPE_CHECKING:
    from quantseg.tasks.heart.end_slices import EndSlices


class CycleSection:
    """Shows and moves the marks of the phases, and leaves slices at base and apex out.

    :param ui: has the widgets of the panel's section Heart cycle.
    :param host: panel with currentCase(), shownFrame(), marks(), setMarks(ed, es), showFrame(number), onChosen() and
        showError(error).
    """

    def __init__(self, ui, host):
        self._ui, self._host = ui, host
        ui.slicesScopeComboBox.addItem(_("in the frame that is shown"))
        ui.slicesScopeComboBox.addItem(_("in all frames"))
        for button, handler in (
            (ui.edShowButton, lambda: self._show(0)),
            (ui.esShowButton, lambda: self._show(1)),
            (ui.edHereButton, lambda: self._markHere(0)),
            (ui.esHereButton, lambda: self._markHere(1)),
            (ui.phasesAsFoundButton, self.onAsFound),
        ):
            # A clicked button says whether it stays pressed; none of these does.
            button.clicked.connect(lambda _pressed=False, handler=handler: handler())
        # What Slicer's Python reads as a property is a method elsewhere; what a signal carries is the same everywhere.
        ui.baseSlicesSpinBox.valueChanged.connect(lambda count: self.onSlicesChanged(base=count))
        ui.apexSlicesSpinBox.valueChanged.connect(lambda count: self.onSlicesChanged(apex=count))
        ui.slicesScopeComboBox.currentIndexChanged.connect(self.onScopeChosen)
        self._phases: tuple[int | None, ...] = (None, None)
        self._inAllFrames = False
        self._ends: EndSlices | None = None

    def update(self, result, frameCount, words):
        """Show the phases of a result, or the marks that were made before there is one.

        :param result: quantseg.results.case.CaseResult; None where nothing was segmented.
        :param frameCount: frames of the cine; 0 where there is none.
        :param words: what the effect of slices is, in words.
        """
        case = self._host.currentCase()
        if result is not None and result.phases:
            self._phases = tuple(case.frames[result.phases[name]] for name in ("ED", "ES"))
            times = case.cine().frame_times_ms
        else:
            self._phases, times = self._host.marks(), None
        moving = frameCount > 1
        for frame, label, show, here in zip(
            self._phases,
            (self._ui.edLabel, self._ui.esLabel),
            (self._ui.edShowButton, self._ui.esShowButton),
            (self._ui.edHereButton, self._ui.esHereButton),
            strict=True,
        ):
            label.setText(_phaseWords(frame, times))
            show.setEnabled(frame is not None and moving)
            here.setEnabled(moving)
        chosen = case is not None and (case.choices.end_diastole, case.choices.end_systole) != (None, None)
        self._ui.phasesAsFoundButton.setEnabled(chosen or (case is None and self._phases != (None, None)))
        measured = result is not None and bool(result.measurements)
        for widget in (self._ui.baseSlicesSpinBox, self._ui.apexSlicesSpinBox, self._ui.slicesScopeComboBox):
            widget.setEnabled(measured or (case is not None and bool(case.choices.left_out)))
        self._ui.slicesLabel.setText(words)
        self.updateSlices()

    def updateSlices(self):
        """Show how many slices do not count in the frame that is shown, or in all."""
        from quantseg.tasks.heart.end_slices import EndSlices

        case = self._host.currentCase()
        left = {} if case is None else case.choices.left_out
        if self._inAllFrames:
            found = {left.get(frame, EndSlices()) for frame in (case.frames if case is not None else ())}
            ends = found.pop() if len(found) == 1 else EndSlices()
        else:
            ends = left.get(self._host.shownFrame(), EndSlices())
        self._ends = ends
        for spin, count in ((self._ui.baseSlicesSpinBox, ends.base), (self._ui.apexSlicesSpinBox, ends.apex)):
            spin.blockSignals(True)
            spin.setValue(count)
            spin.blockSignals(False)

    def onScopeChosen(self, index):
        """Speak of the frame that is shown, or of all frames."""
        self._inAllFrames = index == 1
        self.updateSlices()

    def onSlicesChanged(self, **changed):
        """Leave slices out, or let them count again.

        :param changed: base or apex: how many slices do not count there.
        """
        from quantseg.tasks.heart.end_slices import EndSlices

        case = self._host.currentCase()
        if case is None:
            return
        ends = dataclasses.replace(self._ends or EndSlices(), **changed)
        frames = case.frames if self._inAllFrames else [self._host.shownFrame()]
        left = {**case.choices.left_out, **dict.fromkeys(frames, ends)}
        self._choose(dataclasses.replace(case.choices, left_out={f: e for f, e in left.items() if e != EndSlices()}))

    def onAsFound(self):
        """Take the phases from the volumes again."""
        case = self._host.currentCase()
        if case is None:
            self._host.setMarks(None, None)
            self._host.onChosen()
        else:
            self._choose(dataclasses.replace(case.choices, end_diastole=None, end_systole=None))

    def _markHere(self, phase):
        shown, case = self._host.shownFrame(), self._host.currentCase()
        marks = list(self._phases)
        marks[phase] = shown
        if case is None:
            self._host.setMarks(*marks)
            self._host.onChosen()
        else:
            name = ("end_diastole", "end_systole")[phase]
            self._choose(dataclasses.replace(case.choices, **{name: shown}))

    def _show(self, phase):
        frame = self._phases[phase]
        if frame is not None:
            self._host.showFrame(frame + 1)

    def _choose(self, choices):
        try:
            self._host.currentCase().choose(choices)
        except Exception as error:
            self._host.showError(error)
        self._host.onChosen()


def _phaseWords(frame, times):
    if frame is None:
        return "–"
    words = _("frame {n}").format(n=frame + 1)
    return words if times is None else f"{words}, {times[frame]:.0f} ms"


def effectWords(case, result, name):
    """Return what leaving slices out does to the function, in words.

    :param case: quantseg.tasks.heart.review.case.HeartCase.
    :param result: its result without these slices.
    :param name: of the case.
    """
    if not case.choices.left_out:
        return _("All slices count.")
    from quantseg.results.numbers import value_text, value_with_unit

    whole = case.result_with_all_slices(name)
    parts = []
    for key, title in (
        ("ejection_fraction", _("ejection fraction")),
        ("end_diastolic_volume", _("end-diastolic volume")),
        ("end_systolic_volume", _("end-systolic volume")),
    ):
        before, after = (_measured(one, key) for one in (whole, result))
        if before is not None and after is not None:
            parts.append(f"{title} {value_text(before)} → {value_with_unit(after)}")
    return _("Left ventricle with all slices → as counted: {effect}.").format(effect=", ".join(parts) or _("no value"))


def _measured(result, key):
    found = (m for m in result.measurements if (m.key, m.region) == (key, "left_ventricle"))
    return next(found, None)
