"""A table that is seen whole: as high as its rows, so that no scroll bar stands within another."""

import qt


class TableAsHighAsItsContent:
    """Keeps a table view as high as what it shows, however wide the panel is.

    :param view: QTableView.
    :param mostRows: beyond so many rows the table scrolls after all; None for tables that stay short.
    """

    def __init__(self, view, mostRows=None):
        self._view, self._mostRows = view, mostRows
        if mostRows is None:
            view.setVerticalScrollBarPolicy(qt.Qt.ScrollBarAlwaysOff)
        view.verticalHeader().setVisible(False)
        # A row is as high as its text in the width that it has. The view's own, so that it ends with it.
        self._timer = qt.QTimer(view)
        self._timer.setSingleShot(True)
        self._timer.setInterval(0)
        self._timer.timeout.connect(self.fitHeight)
        view.horizontalHeader().sectionResized.connect(lambda *_: self._timer.start())

    def fitColumns(self):
        """Let numbers be seen whole; what they are the number of is wrapped into the width that is left."""
        header = self._view.horizontalHeader()
        for column in range(self._view.model().columnCount()):
            mode = qt.QHeaderView.Stretch if column == 0 else qt.QHeaderView.ResizeToContents
            header.setSectionResizeMode(column, mode)
        self.fitHeight()

    def fitHeight(self):
        """Give every row the height of its text, and the table that of its rows."""
        view = self._view
        view.resizeRowsToContents()
        # What Slicer's Python reads as a property is a method elsewhere; by name it is the same everywhere.
        heading = view.horizontalHeader().property("sizeHint").height()
        if view.horizontalScrollBar().property("maximum") > 0:
            heading += view.horizontalScrollBar().property("sizeHint").height()
        view.setFixedHeight(heading + self._heightOfRows() + 2 * view.property("frameWidth"))

    def _heightOfRows(self):
        header = self._view.verticalHeader()
        if self._mostRows is None or header.count() <= self._mostRows:
            return header.length()
        return sum(header.sectionSize(row) for row in range(self._mostRows))
