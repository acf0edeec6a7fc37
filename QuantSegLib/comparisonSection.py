"""The change since an earlier scan, as the panel shows it."""

import datetime
from html import escape
from typing import Any

import qt
from slicer.i18n import tr as _

from QuantSegLib.leftToRight import leftToRight

_DATE_FORMAT = "yyyy-MM-dd"
# The lowest date of the edits, which they show as "not known".
_NO_DATE = "1980-01-01"
_UNITS = {"mm3": "mm³"}


class ComparisonSection:
    """The part of the panel that compares with an earlier scan.

    :param ui: has compareButton, comparisonLabel, earlierDateEdit and laterDateEdit.
    :param host: panel with logic, currentCase(), comparedResults() and showError(error).
    """

    def __init__(self, ui, host):
        self._ui, self._host = ui, host
        self._choices: Any = None  # The module's parameter node, of which no class is known before Slicer wraps it.
        self._compared: tuple[Any, ...] = ()
        self._earlier: Any = None
        ui.compareButton.clicked.connect(self.onCompare)
        ui.earlierDateEdit.dateChanged.connect(self.onEarlierDate)
        ui.laterDateEdit.dateChanged.connect(self.onLaterDate)

    def choose(self, choices):
        """Show the dates that a scene's choices hold, and nothing of another comparison.

        :param choices: the module's parameter node.
        """
        self._choices, self._earlier = choices, choices.earlierVolume
        self.forget()
        for edit, text in (
            (self._ui.earlierDateEdit, choices.earlierDate),
            (self._ui.laterDateEdit, choices.laterDate),
        ):
            edit.blockSignals(True)
            edit.setDate(qt.QDate.fromString(text or _NO_DATE, _DATE_FORMAT))
            edit.blockSignals(False)

    def update(self):
        """Enable the comparison where there is something to compare."""
        choices = self._choices
        if choices is not None:
            self._follow(choices)
        chosen = choices is not None and choices.earlierVolume is not None and choices.earlierSegmentation is not None
        self._ui.compareButton.setEnabled(chosen and self._host.currentCase() is not None)

    def _follow(self, choices):
        """Forget what was shown of other images than those that are chosen now, and what was said of them."""
        volume, before = choices.earlierVolume, self._earlier
        if volume is not None and volume is not before:
            self._earlier = volume
            if before is not None or not self._isOwn(volume, choices.earlierSegmentation):
                choices.earlierSegmentation = self._host.logic.ownResult(volume)
            if before is not None:
                choices.earlierDate, choices.sameAcquisition = "", False
                self.choose(choices)
        compared = (choices.inputVolume, choices.outputSegmentation, volume, choices.earlierSegmentation)
        if compared != self._compared:
            self._compared = compared
            self.forget()

    def _isOwn(self, volume, segmentation):
        from quantseg.errors import QuantSegError

        try:
            return segmentation is not None and self._host.logic.case(volume, segmentation).document is not None
        except QuantSegError:
            return False

    def onCompare(self):
        """Compare with the earlier scan."""
        self.forget()
        try:
            earlier, later = self._host.comparedResults()
            dates = [_dateOf(text) for text in (self._choices.earlierDate, self._choices.laterDate)]
            bounds = self._host.logic.boundsPercent()
            comparison = compareCases((earlier, dates[0]), (later, dates[1]), self._choices.sameAcquisition, bounds)
        except Exception as error:
            self._host.showError(error)
            return
        self._ui.comparisonLabel.setText(self._ofWhat() + comparisonHtml(comparison))

    def forget(self):
        """Show nothing of a result that has changed since."""
        self._ui.comparisonLabel.setText("")

    def _ofWhat(self):
        """Name both images, so that nobody need remember which were chosen."""
        nodes = (self._choices.earlierVolume, self._choices.inputVolume)
        earlier, now = (escape(self._host.logic.corrector().named_node(node).GetName()) for node in nodes)
        return f"<p>{_('Earlier: {earlier}; now: {now}.').format(earlier=earlier, now=now)}</p>"

    def onEarlierDate(self, date):
        """Keep the date of the earlier scan."""
        self._choices.earlierDate = _textOf(date)

    def onLaterDate(self, date):
        """Keep the date of this scan."""
        self._choices.laterDate = _textOf(date)


def compareCases(earlier, later, sameAcquisition, boundsPercent):
    """Compare two results of one patient.

    :param earlier: quantseg.results.case.CaseResult and the date of its scan, or None.
    :param later: the same of the later scan.
    :param sameAcquisition: whether scanner and contrast are known to be the same.
    :param boundsPercent: what is compared, by key, and what a change must exceed to be more than chance.
    :return: quantseg.review.change.Comparison.
    """
    from quantseg.review.change import Examination, compare

    first, second = (Examination(result.measurements, result.models, date) for result, date in (earlier, later))
    return compare(first, second, sameAcquisition, boundsPercent)


def comparisonHtml(comparison):
    """Return a table of changes beside their bounds, and what may be concluded.

    :param comparison: quantseg.review.change.Comparison.
    """
    if not comparison.changes:
        return escape(
            _("The two results have no region in common; compare heads with heads, crops of a side with such.")
        )
    head = [_("Value"), _("earlier"), _("now"), _("change"), _("%"), _("bound ±"), _("% a year"), _("bound ±")]
    rows = [_row(change, comparison.years) for change in comparison.changes]
    table = "".join(
        "<tr>"
        + "".join(
            f'<td align="{"right" if i else "left"}">{escape(leftToRight(c) if i else c)}&nbsp;</td>'
            for i, c in enumerate(cells)
        )
        + "</tr>"
        for cells in [head, *rows]
    )
    return f"<table>{table}</table>{_conclusion(comparison)}"


def _row(change, years):
    unit = _UNITS.get(change.unit, change.unit)
    digits = 0 if change.unit == "mm3" else 1
    bound, rate = change.bound_percent, change.rate_percent_per_year
    return [
        f"{_words(change)}, {unit}",
        f"{change.earlier:.{digits}f}",
        f"{change.later:.{digits}f}",
        f"{change.difference:+z.{digits}f}",
        f"{change.change_percent:+z.1f}",
        "–" if bound is None else f"{bound:.1f}",
        "–" if rate is None else f"{rate:+z.1f}",
        "–" if bound is None or rate is None else f"{bound / years:.1f}",
    ]


def _words(change):
    region = change.region.replace("_", " ")
    return region if change.key == "volume" else f"{region}, {change.key.replace('_', ' ')}"


def _conclusion(comparison):
    if comparison.no_verdict:
        listed = "".join(f"<li>{escape(reason)}</li>" for reason in comparison.no_verdict)
        return f"<p>{_('No verdict on the change:')}</p><ul>{listed}</ul>"
    if all(change.exceeds_chance is None for change in comparison.changes):
        return f"<p>{_('No verdict on the change: nobody knows what a second scan of the same day may show.')}</p>"
    beyond = [_words(change) for change in comparison.changes if change.exceeds_chance]
    if not beyond:
        return f"<p>{_('No change is larger than what a second scan of the same day may show.')}</p>"
    return "<p>" + escape(_("Larger than chance: {values}.").format(values="; ".join(beyond))) + "</p>"


def _textOf(date):
    text = date.toString(_DATE_FORMAT)
    return "" if text == _NO_DATE else text


def _dateOf(text):
    return datetime.date.fromisoformat(text) if text else None
