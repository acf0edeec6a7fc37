"""The table of a worklist: a row a case, as it is on the disk."""

import qt
from slicer.i18n import tr as _

from QuantSegLib.verdictText import light
from QuantSegLib.wholeTable import TableAsHighAsItsContent

_VERDICT_COLUMN, _MOST_ROWS_SHOWN = 2, 10
_WIDEST_VERDICT_PX = 170
_HALF_LIGHT, _LIGHTER_PERCENT = 127, 180


class WorklistTable:
    """Fills a table.

    :param table: QTableWidget.
    """

    def __init__(self, table):
        self._table = table
        columns = [_("Case"), _("Status"), _("Verdict"), _("Result"), _("Last change")]
        table.setColumnCount(len(columns))
        table.setHorizontalHeaderLabels(columns)
        self._size = TableAsHighAsItsContent(table, _MOST_ROWS_SHOWN)

    def fill(self, worklist, openCase):
        """Show a list as it is on the disk, others' work included.

        :param worklist: quantseg.review.worklist.Worklist; None shows nothing.
        :param openCase: name of the case that is open here; None where none is.
        """
        names = () if worklist is None else worklist.names
        self._table.setRowCount(len(names))
        for row, name in enumerate(names):
            self._fillRow(row, worklist.entry(name), _named(worklist, name, openCase))
        if openCase is not None:
            self._table.setCurrentCell(names.index(openCase), 0)
        self._table.resizeColumnsToContents()
        # So that what follows is in sight; the whole words are in the tool tip.
        self._table.setColumnWidth(_VERDICT_COLUMN, min(self._table.columnWidth(_VERDICT_COLUMN), _WIDEST_VERDICT_PX))
        self._size.fitHeight()

    def _fillRow(self, row, entry, shown):
        last = entry.history[-1] if entry.history else None
        changed = f"{last.who}, {last.when[:16].replace('T', ' ')}" if last else ""
        colour, words = light(entry.checks) if entry.checks else ("", "")
        for column, text in enumerate((shown, entry.state.value, words, entry.headline, changed)):
            cell = qt.QTableWidgetItem(text)
            cell.setToolTip(text)
            self._table.setItem(row, column, cell)
        if colour:
            # Without one the text has the style's own colour, which is white in a dark one.
            self._table.item(row, _VERDICT_COLUMN).setForeground(qt.QBrush(self._readable(qt.QColor(colour))))

    def _readable(self, colour):
        """Return a colour that is dark on paper so light that it can be read in a dark style, too."""
        base = self._table.property("palette").color(qt.QPalette.Base)
        return colour if base.lightness() > _HALF_LIGHT else colour.lighter(_LIGHTER_PERCENT)


def _named(worklist, name, openCase):
    """Return how a case is named: marked where it is open here, with the person where it is open elsewhere."""
    if name == openCase:
        return f"▶ {name}"
    holder = worklist.holder(name)
    return name + _(" (open: {who})").format(who=holder) if holder else name
