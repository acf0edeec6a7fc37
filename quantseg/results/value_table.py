"""A table of measured values: groups of columns, such as the two sides, and a row a measure."""

from __future__ import annotations

from dataclasses import dataclass

from quantseg.measure.values import Measurement
from quantseg.results.numbers import interval_in_words, title_with_unit, unit_in_words, value_text, value_with_unit

NO_VALUE = "–"
"""Stands where a value could stand and none was measured."""


@dataclass(frozen=True)
class ValueCell:
    """One measure of one group.

    Attributes:
        value: None where it was not measured.
        further: the same measure related to something else, such as a volume as a share of the intracranial volume.
    """

    value: Measurement | None
    further: Measurement | None = None


@dataclass(frozen=True)
class ValueRow:
    """One measure of all groups.

    Attributes:
        title: such as "Anterior" or "Stroke volume".
        unit: UCUM-like unit of the values.
        cells: in the order of the groups.
        comparison: value that compares the groups, such as an asymmetry.
        is_total: whether the row sums up those above it.
    """

    title: str
    unit: str
    cells: tuple[ValueCell, ...]
    comparison: Measurement | None = None
    is_total: bool = False


@dataclass(frozen=True)
class FurtherColumn:
    """Heading of the further values of each group.

    Attributes:
        heading: above a column, such as "% of ICV".
        row_title: where they stand in a row of their own, such as "of ICV"; their unit is written behind it.
    """

    heading: str
    row_title: str


@dataclass(frozen=True)
class ComparisonColumn:
    """Heading of the values that compare the groups.

    Attributes:
        title: such as "asymmetry".
        groups: what is compared, such as "L − R".
        unit: UCUM-like unit.
    """

    title: str
    groups: str
    unit: str

    @property
    def heading(self) -> str:
        """Title and unit."""
        return title_with_unit(self.title, self.unit)


@dataclass(frozen=True)
class OverallValue:
    """A value that belongs to no group alone, named below the table.

    Attributes:
        title: such as "Intracranial volume (ICV)".
        value: None where it was not measured.
        in_usual_unit: the same in the unit and with the digits in which clinicians know it, which is what is shown;
            None where ``value`` is so already.
        missing_because: why there is no value, as the end of a sentence.
    """

    title: str
    value: Measurement | None
    in_usual_unit: Measurement | None = None
    missing_because: str = "not available."

    @property
    def text(self) -> str:
        """Value with unit, or why there is none."""
        return self.missing_because if self.shown is None else value_with_unit(self.shown)

    @property
    def interval_text(self) -> str:
        """The 95 % interval; empty where none is known."""
        return "" if self.shown is None else interval_in_words(self.shown)

    @property
    def shown(self) -> Measurement | None:
        """The value as it is shown."""
        return self.in_usual_unit or self.value


@dataclass(frozen=True)
class ValueTable:
    """Measures of one or more groups, such as the two sides, side by side.

    Attributes:
        key: identifier on the page.
        heading: of the section.
        groups: titles of the groups of columns, such as "Left" and "Right".
        rows: the measures.
        corner: heading of the column with the titles of the rows.
        groups_named: whether a page writes the groups' titles above their columns; of a sole group the heading or the
            corner may have said enough.
        unit_above: whether all values have one unit, written above them instead of behind each title.
        intervals_shown: whether there is a column for 95 % intervals.
        between_bounds: joins the bounds of an interval.
        further: heading of the further values; None where there are none.
        plain_groups: titles of groups whose values have neither intervals nor further values, such as mere counts.
        comparison: heading of the values that compare the groups; None where there are none.
        overall: values that belong to no group alone.
        overall_title: heading of what belongs to no group alone in a table that has a column for it, such as "Both";
            empty where that stands below the first group instead.
        not_measured: stands for a value that was not measured.
        if_empty: said where there is no row.
        notes: sentences below, a paragraph each.
    """

    key: str
    heading: str
    groups: tuple[str, ...]
    rows: tuple[ValueRow, ...]
    corner: str = ""
    groups_named: bool = True
    unit_above: bool = False
    intervals_shown: bool = True
    between_bounds: str = "–"
    further: FurtherColumn | None = None
    plain_groups: tuple[str, ...] = ()
    comparison: ComparisonColumn | None = None
    overall: tuple[OverallValue, ...] = ()
    overall_title: str = ""
    not_measured: str = NO_VALUE
    if_empty: str = "Nothing was measured."
    notes: tuple[str, ...] = ()

    def shows_interval(self, group: str) -> bool:
        """Tell whether a group has a column for intervals on a page."""
        return self.intervals_shown and group not in self.plain_groups

    def shows_further(self, group: str) -> bool:
        """Tell whether a group has a column for further values on a page."""
        return self.further is not None and group not in self.plain_groups

    def columns_of(self, group: str) -> int:
        """Return how many columns a group has on a page: value, interval, further value."""
        return 1 + self.shows_interval(group) + self.shows_further(group)

    @property
    def value_heading(self) -> str:
        """Heading of the values: their unit where they have one in common."""
        return unit_in_words(self.rows[0].unit) if self.unit_above and self.rows else "value"

    def row_title(self, row: ValueRow) -> str:
        """Return what stands before a row: its title, with the unit unless that stands above."""
        return row.title if self.unit_above else title_with_unit(row.title, row.unit)

    def value_text(self, cell: ValueCell) -> str:
        """Return the digits of a value."""
        return self.not_measured if cell.value is None else value_text(cell.value)

    def interval_text(self, cell: ValueCell) -> str:
        """Return the 95 % interval of a value; empty where none is known."""
        return "" if cell.value is None else interval_in_words(cell.value, self.between_bounds)

    def further_text(self, cell: ValueCell) -> str:
        """Return the digits of a further value; empty where there is nothing that it could belong to."""
        if cell.further is not None:
            return value_text(cell.further)
        return "" if cell.value is None else NO_VALUE

    def comparison_text(self, row: ValueRow) -> str:
        """Return the digits of the value that compares the groups."""
        return NO_VALUE if row.comparison is None else value_text(row.comparison)
