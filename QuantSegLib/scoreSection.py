"""The part of a panel that shows a score of the image as a whole, which another task gives beside the labels."""

from html import escape
from typing import Any

import qt
from slicer.i18n import tr as _

from QuantSegLib.leftToRight import leftToRight
from QuantSegLib.panelWords import inPanelWords
from QuantSegLib.runner import EngineRunner
from QuantSegLib.sameImage import requireSameImage
from QuantSegLib.verdictText import passedText, verdictHtml

# As wide as a panel is at first.
_PICTURE_WIDTH = 420


class ScoreSection:
    """Estimates one score at a time, in a process of its own, and shows the chosen image's.

    :param ui: has scoreButton, scoreStatusLabel, scoreLabel and scorePictureLabel.
    :param host: panel with logic, choices(), scoreLogic(), which returns QuantSegLib.scoreLogic.ScoreLogic, and
        scoreArguments(choices), which returns what the command is told beside the image.
    :param buttonText: of scoreButton while nothing runs.
    """

    def __init__(self, ui, host, buttonText):
        self._ui, self._host, self._buttonText = ui, host, buttonText
        self.runner = EngineRunner(self.onStep, self.onFinished)
        self._volume: Any = None
        self._arguments: tuple[str, ...] = ()
        # Of the image when the run began: quantseg.review.image_of_result.ImageIdentity.
        self._image: Any = None
        # What is shown: the image with its stamp, and what the node keeps; so that no look costs a hash of all voxels.
        self._shown: tuple[Any, ...] = ()
        self._shownArguments: tuple[str, ...] | None = None
        self._words = ""
        ui.scoreButton.clicked.connect(self.onButton)
        self.update()

    def onButton(self, _pressed=False):
        """Start a run, or end the one that is under way."""
        if self.runner.isRunning:
            self.cancel(_("Cancelled."))
        else:
            self.start()

    def start(self):
        """Estimate the score of the chosen image anew."""
        choices = self._host.choices()
        if choices is None or choices.inputVolume is None or self.runner.isRunning:
            return
        self._volume, self._arguments = choices.inputVolume, tuple(self._host.scoreArguments(choices))
        device = ("--device", choices.device)
        try:
            run = self._host.scoreLogic().startRun(self._volume, (*self._arguments, *device))
        except Exception as error:
            self._end(self._inWords(error))
            return
        self._image = self._host.logic.imageIdentity(self._volume)
        self.runner.follow(run)
        self.update()

    def cancel(self, words=""):
        """End the run, if there is one.

        :param words: what is shown then.
        """
        if self.runner.isRunning:
            self.runner.cancel()
            self._end(words)

    def onStep(self, step, _progress):
        """Show how far the engine is."""
        self._ui.scoreStatusLabel.setText(step + " …")

    def onFinished(self, run):
        """Keep and show the score, or say why there is none."""
        words = ""
        try:
            requireSameImage(self._host.logic, self._volume, self._image)
            self._host.scoreLogic().takeResult(run, self._volume, self._arguments)
        except Exception as error:
            run.close()
            words = self._inWords(error)
        self._end(words)

    def update(self):
        """Show the score of the chosen image, if there is one."""
        choices, running = self._host.choices(), self.runner.isRunning
        volume = None if choices is None else choices.inputVolume
        self._ui.scoreButton.setEnabled(running or volume is not None)
        self._ui.scoreButton.setText(_("Cancel") if running else self._buttonText)
        state = self._stateOf(volume)
        if state != self._shown:
            if self._shown and self._shown[0] is not volume:
                self._words = ""
            self._shown = state
            self._show(volume)
        if running:
            return
        told = () if volume is None else tuple(self._host.scoreArguments(choices))
        changed = self._shownArguments is not None and bool(told) and told != self._shownArguments
        outdated = _("What is known of the person has changed since: estimate again.") if changed else ""
        self._ui.scoreStatusLabel.setText(self._words or outdated)
        self._ui.scoreStatusLabel.setVisible(bool(self._words or outdated))

    def _stateOf(self, volume):
        """Return what changes whenever another score, or none, is to be shown."""
        if volume is None:
            return ()
        stamp = self._host.logic.corrector().image_stamp(volume)
        return volume, stamp, self._host.scoreLogic().kept(volume)

    def _show(self, volume):
        logic, result = self._host.scoreLogic(), self._resultOf(volume)
        self._shownArguments = None if result is None else logic.kept(volume).arguments
        self._ui.scorePictureLabel.setVisible(False)
        if result is None:
            self._ui.scoreLabel.setText(_("Nothing was estimated yet."))
            self._ui.scoreLabel.setToolTip("")
            return
        presentation = logic.present(result)
        self._ui.scoreLabel.setText(scoreHtml(result, presentation))
        self._ui.scoreLabel.setToolTip(passedText(result))
        pictures = presentation.further_pictures
        if pictures:
            pixmap = qt.QPixmap()
            pixmap.loadFromData(qt.QByteArray(pictures[0].png()))
            pixmap = pixmap.scaledToWidth(_PICTURE_WIDTH, qt.Qt.SmoothTransformation)
            self._ui.scorePictureLabel.setPixmap(pixmap)
            self._ui.scorePictureLabel.setToolTip(pictures[0].alt)
            self._ui.scorePictureLabel.setVisible(True)

    def _resultOf(self, volume):
        """Return the score of an image; None where there is none, or the image cannot be read as it is now."""
        from quantseg.errors import InputRefused

        try:
            return None if volume is None else self._host.scoreLogic().result(volume)
        except InputRefused:
            return None

    def _inWords(self, error):
        return "⚠ " + inPanelWords(str(error), self._host.scoreLogic().task().options, self._host.choices())

    def _end(self, words):
        self._volume, self._words = None, words
        self.update()


def scoreHtml(result, presentation):
    """Return the numbers of a score with their intervals, what they do not mean, and the verdict with its reasons.

    :param result: quantseg.results.case.CaseResult.
    :param presentation: what its task shows of it, quantseg.results.presentation.Presentation.
    """
    from quantseg.results.sections import KeyNumber, Pictures

    rows: list[str] = []
    notes: list[str] = []
    for section in presentation.sections:
        if isinstance(section, KeyNumber):
            interval = _("95 %: {bounds}").format(bounds=section.interval_text) if section.interval_text else ""
            rows.append(
                f"<tr><td>{escape(section.heading)}&nbsp;&nbsp;</td>"
                f"<td><b>{leftToRight(escape(section.text))}</b>&nbsp;&nbsp;</td><td>{leftToRight(escape(interval))}</td></tr>"
            )
        if isinstance(section, KeyNumber | Pictures):
            notes += section.notes
    said = "".join(f"<p>{escape(note)}</p>" for note in notes)
    return f"<table>{''.join(rows)}</table>{said}{verdictHtml(result)}"
