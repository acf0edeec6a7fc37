"""What a result is shown as: values, tables, curves, pictures, text.

A task describes its result in these records. Report, Slicer table and every other page draw them, each in its own way,
and know no task. They hold measurements rather than digits wherever a number is meant, so that a structured report can
code them.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from quantseg.measure.values import Measurement
from quantseg.results.numbers import interval_in_words, value_with_unit
from quantseg.results.value_table import ValueTable

if TYPE_CHECKING:
    from PIL.Image import Image

Colour = tuple[int, int, int]
"""Red, green, blue from 0 to 255."""


@dataclass(frozen=True)
class PlainTable:
    """Texts in columns; the first column names the rows.

    Attributes:
        key: identifier on the page.
        heading: of the section.
        columns: headings.
        rows: a text a column.
        notes: sentences below, a paragraph each.
    """

    key: str
    heading: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class KeyNumber:
    """One number that is the result, such as an estimated age, shown large.

    Attributes:
        key: identifier on the page.
        heading: of the section.
        value: the number, with its unit and, where known, its interval.
        notes: sentences below, a paragraph each.
    """

    key: str
    heading: str
    value: Measurement
    notes: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """Value with unit."""
        return value_with_unit(self.value)

    @property
    def interval_text(self) -> str:
        """The 95 % interval; empty where none is known."""
        return interval_in_words(self.value, " to ")


@dataclass(frozen=True)
class CurveLine:
    """One value over the frames.

    Attributes:
        name: written beside the line.
        colour: of the line.
        values: by frame, length T.
    """

    name: str
    colour: Colour
    values: tuple[float, ...]


@dataclass(frozen=True)
class Curves:
    """Values over the frames of an input, in one diagram.

    Attributes:
        key: identifier on the page.
        heading: of the section.
        quantity: what all lines show, such as "Volume".
        unit: of the values, in words.
        lines: at least one.
        frame_numbers: number of each frame in the input, counted from 1, length T.
        times_ms: time of each frame, length T; None where the input does not tell it.
        marks: frames to mark, counted from 0, by what is written above, such as "ED".
        left_out: frames, counted from 0, that were left out of the search for the marks; drawn hollow.
        alt: says what the diagram shows to those who do not see it.
        notes: sentences below, a paragraph each.
    """

    key: str
    heading: str
    quantity: str
    unit: str
    lines: tuple[CurveLine, ...]
    frame_numbers: tuple[int, ...]
    times_ms: tuple[float, ...] | None = None
    marks: Mapping[str, int] = field(default_factory=dict)
    left_out: tuple[int, ...] = ()
    alt: str = ""
    notes: tuple[str, ...] = ()

    @property
    def positions(self) -> tuple[float, ...]:
        """Where the frames lie along the axis: their times in ms, or their numbers where no times are known."""
        return self.frame_numbers if self.times_ms is None else self.times_ms

    @property
    def axis_titles(self) -> tuple[str, str]:
        """Titles of the horizontal and the vertical axis."""
        return "Frame" if self.times_ms is None else "Time, ms", f"{self.quantity}, {self.unit}"


@dataclass(frozen=True)
class BarSeries:
    """Bars of one colour.

    Attributes:
        name: written beside the colour, such as "Left anterior".
        colour: of the segment that they measure.
        values: by group; None where the series has none there.
    """

    name: str
    colour: Colour
    values: tuple[float | None, ...]


@dataclass(frozen=True)
class Bars:
    """Values to be drawn side by side.

    Attributes:
        unit: UCUM-like unit of the values.
        groups: names of the groups of bars, such as "Anterior".
        series: in the order in which they stand within a group.
    """

    unit: str
    groups: tuple[str, ...]
    series: tuple[BarSeries, ...]


@dataclass(frozen=True)
class Picture:
    """A picture that is drawn when it is asked for.

    Attributes:
        title: names it in a list of pictures.
        alt: says what it shows to those who do not see it.
        draw: draws it.
    """

    title: str
    alt: str
    draw: Callable[[], Image]

    def png(self) -> bytes:
        """Draw the picture and return it as a PNG file."""
        file = io.BytesIO()
        self.draw().save(file, "PNG")
        return file.getvalue()


@dataclass(frozen=True)
class Pictures:
    """Pictures side by side.

    Attributes:
        key: identifier on the page.
        heading: of the section.
        pictures: at least one.
        largest_width_px: of each, on a page.
        notes: sentences below, a paragraph each.
    """

    key: str
    heading: str
    pictures: tuple[Picture, ...]
    largest_width_px: int = 400
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Paragraph:
    """A paragraph of text.

    Attributes:
        text: without markup.
        lead: bold words before it, such as "Papillary rule."; empty where there are none.
    """

    text: str
    lead: str = ""


@dataclass(frozen=True)
class Text:
    """Paragraphs below a heading.

    Attributes:
        key: identifier on the page.
        heading: of the section.
        paragraphs: at least one.
    """

    key: str
    heading: str
    paragraphs: tuple[Paragraph, ...]


Section = ValueTable | PlainTable | KeyNumber | Curves | Pictures | Text
Chart = Bars | Curves
