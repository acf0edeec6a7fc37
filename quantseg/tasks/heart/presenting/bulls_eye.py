"""The bull's-eye of the American Heart Association: a value for each wall of the left ventricle, seen from the apex."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from quantseg.results.picture_font import picture_font
from quantseg.tasks.heart.anatomy import AHA_SEGMENTS, Ring

if TYPE_CHECKING:
    from PIL.Image import Image
    from PIL.ImageDraw import ImageDraw

# Drawn larger and reduced, since Pillow's sectors have no smooth edges of their own.
_OVERSAMPLING = 4
_SIZE, _TITLE_HEIGHT, _BAR_HEIGHT = 440, 52, 58
_RADIUS = 178
# Inner and outer radius of each ring as shares of the whole: rings of equal width around the apex.
_RING_SHARES = {Ring.BASAL: (0.76, 1.0), Ring.MID: (0.50, 0.76), Ring.APICAL: (0.24, 0.50)}
_INK, _FAINT_INK, _PAPER, _EMPTY = (25, 28, 32), (95, 100, 108), (255, 255, 255), (226, 228, 231)
_WALL_NAMES = (("Anterior", 90), ("Septal", 180), ("Inferior", 270), ("Lateral", 0))


@dataclass(frozen=True)
class ColourScale:
    """Colours for values from ``low`` to ``high``, between which they run evenly.

    Attributes:
        low: value of the first colour.
        high: value of the last.
        stops: red, green, blue from 0 to 255, from low to high.
        step: by multiples of which the scale is widened for values that it would not hold.
    """

    low: float
    high: float
    stops: Sequence[tuple[int, int, int]]
    step: float

    def holding(self, values: Collection[float]) -> ColourScale:
        """Return the scale, widened by whole steps until every value lies on it."""
        low = min(self.low, *(math.floor(value / self.step) * self.step for value in values), self.high)
        high = max(self.high, *(math.ceil(value / self.step) * self.step for value in values), self.low)
        return replace(self, low=low, high=high)

    @property
    def ticks(self) -> tuple[float, float, float]:
        """Both ends, and zero where it lies between them, else the middle."""
        return self.low, 0.0 if self.low < 0 < self.high else (self.low + self.high) / 2, self.high

    def colour(self, value: float) -> tuple[int, int, int]:
        """Return the colour of a value."""
        share = min(max((value - self.low) / (self.high - self.low), 0.0), 1.0) * (len(self.stops) - 1)
        first = min(int(share), len(self.stops) - 2)
        red, green, blue = (
            round(a + (share - first) * (b - a)) for a, b in zip(self.stops[first], self.stops[first + 1], strict=True)
        )
        return red, green, blue


# Both scales grow darker evenly, so that they can be read in grey and with any colour vision.
THICKNESS_SCALE = ColourScale(
    4.0, 18.0, ((255, 247, 224), (253, 204, 138), (239, 121, 79), (188, 49, 69), (98, 15, 66)), step=2.0
)
"""Wall thickness in mm: the healthy wall measures 5 to 11 at end-diastole."""
THICKENING_SCALE = ColourScale(
    0.0, 100.0, ((247, 251, 240), (186, 224, 204), (95, 178, 190), (35, 116, 164), (10, 45, 96)), step=25.0
)
"""Systolic thickening in %."""


def render_bulls_eye(
    values: Mapping[int, float],
    title: str,
    unit: str,
    scale: ColourScale,
    walls_named: bool,
    septum_assumed: bool = False,
) -> Image:
    """Draw the plot.

    Seen from the apex with the anterior wall on top and the septum on the left, basal segments outside (Cerqueira et
    al., Circulation 2002;105:539). The apex, segment 17, is left empty: a short-axis stack does not show it.

    Args:
        values: by AHA segment, 1 to 16; an absent one is grey.
        title: what is shown, such as "Wall thickness at end-diastole".
        unit: shown at the colour bar.
        scale: colours; widened where a value would fall off its ends.
        walls_named: whether the orientation is known; otherwise the picture says that it is not, and only the septum
            is named, since anterior and inferior wall may be exchanged.
        septum_assumed: whether the walls are counted from where the septum lies in most hearts, which the picture says.
    """
    from PIL import Image, ImageDraw

    scale = scale.holding(values.values())
    width, height = _SIZE, _TITLE_HEIGHT + _SIZE + _BAR_HEIGHT
    canvas = Image.new("RGB", (width * _OVERSAMPLING, height * _OVERSAMPLING), _PAPER)
    draw = ImageDraw.Draw(canvas)
    for number in AHA_SEGMENTS:
        _draw_sector(draw, number, values.get(number), scale)
    _draw_circle(draw, _RING_SHARES[Ring.APICAL][0], _EMPTY)
    canvas = canvas.resize((width, height), Image.Resampling.LANCZOS)
    draw = ImageDraw.Draw(canvas)
    _write_values(draw, values, scale)
    _write_walls(draw, walls_named)
    draw.text((width / 2, 10), title, _INK, picture_font(18), anchor="mt")
    subtitle = unit if walls_named else f"{unit}; orientation unknown: anterior and inferior may be exchanged"
    subtitle += "; septum not outlined, walls assumed as in most hearts" if septum_assumed else ""
    draw.text((width / 2, 33), subtitle, _FAINT_INK, picture_font(13), anchor="mt")
    _draw_bar(draw, scale, unit)
    return canvas


def _centre() -> tuple[float, float]:
    return _SIZE / 2, _TITLE_HEIGHT + _SIZE / 2


def _degrees(number: int) -> tuple[float, float]:
    """Return where a segment begins and ends, counter-clockwise from the right as in mathematics."""
    ring, _ = AHA_SEGMENTS[number]
    numbers = [n for n, (its_ring, _) in AHA_SEGMENTS.items() if its_ring is ring]
    width = 360 / len(numbers)
    # The anterior wall, the first of each ring, has its middle on top; the others follow counter-clockwise.
    middle = 90 + width * numbers.index(number)
    return middle - width / 2, middle + width / 2


def _at(share: float, degrees: float) -> tuple[float, float]:
    x, y = _centre()
    return x + share * _RADIUS * math.cos(math.radians(degrees)), y - share * _RADIUS * math.sin(math.radians(degrees))


def _draw_sector(draw: ImageDraw, number: int, value: float | None, scale: ColourScale) -> None:
    inner, outer = _RING_SHARES[AHA_SEGMENTS[number][0]]
    start, end = _degrees(number)
    around = [start + (end - start) * step / 60 for step in range(61)]
    outline = [*(_at(outer, angle) for angle in around), *(_at(inner, angle) for angle in reversed(around))]
    points = [(x * _OVERSAMPLING, y * _OVERSAMPLING) for x, y in outline]
    draw.polygon(points, fill=_EMPTY if value is None else scale.colour(value))
    draw.line([*points, points[0], points[1]], fill=_PAPER, width=2 * _OVERSAMPLING, joint="curve")


def _draw_circle(draw: ImageDraw, share: float, colour: tuple[int, int, int]) -> None:
    x, y = _centre()
    box = [
        coordinate * _OVERSAMPLING
        for coordinate in (x - share * _RADIUS, y - share * _RADIUS, x + share * _RADIUS, y + share * _RADIUS)
    ]
    draw.ellipse(box, fill=colour, outline=_PAPER, width=2 * _OVERSAMPLING)


def _write_values(draw: ImageDraw, values: Mapping[int, float], scale: ColourScale) -> None:
    decimals = 1 if scale.high < 50 else 0
    for number, (ring, _) in AHA_SEGMENTS.items():
        start, end = _degrees(number)
        x, y = _at(sum(_RING_SHARES[ring]) / 2, (start + end) / 2)
        value = values.get(number)
        # Pillow's font has no dash.
        text = "-" if value is None else f"{value:.{decimals}f}"
        ink = _FAINT_INK if value is None else _readable_on(scale.colour(value))
        draw.text((x, y), text, ink, picture_font(17), anchor="mm")


def _write_walls(draw: ImageDraw, walls_named: bool) -> None:
    for name, degrees in _WALL_NAMES:
        if not walls_named and name in ("Anterior", "Inferior"):
            continue
        x, y = _at(1.0, degrees)
        if degrees in (90, 270):
            offset, anchor = (-8, "mb") if degrees == 90 else (8, "mt")
            draw.text((x, y + offset), name, _FAINT_INK, picture_font(14), anchor=anchor)
        else:
            _write_upright(draw, name, x + (-16 if degrees == 180 else 16), y)


def _write_upright(draw: ImageDraw, text: str, x: float, y: float) -> None:
    """Write along the edge of the plot, bottom to top, where a horizontal word has no room."""
    from PIL import Image, ImageDraw

    font = picture_font(14)
    width = round(draw.textlength(text, font)) + 4
    label = Image.new("L", (width, 20), 0)
    ImageDraw.Draw(label).text((width / 2, 10), text, 255, font, anchor="mm")
    draw.bitmap((round(x - 10), round(y - width / 2)), label.rotate(90, expand=True), _FAINT_INK)


def _draw_bar(draw: ImageDraw, scale: ColourScale, unit: str) -> None:
    left, right, top = _SIZE // 2 - 120, _SIZE // 2 + 120, _TITLE_HEIGHT + _SIZE + 6
    for x in range(left, right + 1):
        value = scale.low + (x - left) / (right - left) * (scale.high - scale.low)
        draw.line((x, top, x, top + 13), fill=scale.colour(value))
    draw.rectangle((left, top, right, top + 13), outline=_FAINT_INK)
    for value in scale.ticks:
        share = (value - scale.low) / (scale.high - scale.low)
        text = f"{value:g}{f' {unit}' if share == 1 else ''}"
        draw.text((left + share * (right - left), top + 18), text, _INK, picture_font(13), anchor="mt")


def _readable_on(colour: tuple[int, int, int]) -> tuple[int, int, int]:
    red, green, blue = colour
    return _INK if 0.299 * red + 0.587 * green + 0.114 * blue > 140 else _PAPER
