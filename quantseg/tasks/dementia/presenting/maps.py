"""Maps of uptake as pictures: axial planes from below to above, in colours with their scale."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from quantseg.results.drawing import FAINT_INK, INK, PAPER, write_letters
from quantseg.results.picture_font import picture_font
from quantseg.results.plane_sampling import sample_image
from quantseg.results.planes import Panel, Plane
from quantseg.volume import Volume

if TYPE_CHECKING:
    from PIL.Image import Image

Colours = tuple[tuple[float, tuple[int, int, int]], ...]
RATIO_COLOURS: Colours = (
    (0.0, (0, 0, 0)),
    (0.5, (40, 20, 110)),
    (1.0, (170, 40, 90)),
    (1.4, (245, 140, 40)),
    (1.8, (255, 250, 200)),
)
"""Of the ratio to the reference."""
DIFFERENCE_COLOURS: Colours = (
    (-40.0, (60, 120, 255)),
    (-12.0, (20, 35, 90)),
    (0.0, (18, 18, 18)),
    (12.0, (90, 35, 20)),
    (40.0, (255, 130, 60)),
)
"""Of the difference to healthy people in %."""
_PANEL_PIXELS, _FIELD_MM, _COLUMNS = 200, 200.0, 4
# Heights above the middle of the brain, which lies in the thalamus.
_HEIGHTS_MM = (-42.0, -28.0, -16.0, -4.0, 8.0, 20.0, 32.0, 46.0)
_GAP, _HEADING, _SCALE = 8, 26, 46


def render_map(volume: Volume, centre_mm: np.ndarray, colours: Colours, title: str) -> Image:
    """Draw axial planes of a map.

    Args:
        volume: the map.
        centre_mm: RAS position of the middle of the brain.
        colours: of values; between them they are mixed.
        title: what it is, with the unit.
    """
    from PIL import Image, ImageDraw

    rows = -(-len(_HEIGHTS_MM) // _COLUMNS)
    width = _COLUMNS * (_PANEL_PIXELS + _GAP) - _GAP
    canvas = Image.new("RGB", (width, _HEADING + rows * (_PANEL_PIXELS + _GAP) + _SCALE), PAPER)
    draw = ImageDraw.Draw(canvas)
    draw.text((0, 2), title, INK, picture_font(16))
    for number, height_mm in enumerate(_HEIGHTS_MM):
        panel = Panel(Plane.AXIAL, centre_mm + np.array([0.0, 0.0, height_mm]), _FIELD_MM, _PANEL_PIXELS)
        picture = _coloured(np.nan_to_num(sample_image(volume, panel.grid)), colours)
        left = number % _COLUMNS * (_PANEL_PIXELS + _GAP)
        top = _HEADING + number // _COLUMNS * (_PANEL_PIXELS + _GAP)
        canvas.paste(Image.fromarray(picture), (left, top))
        write_letters(draw, Plane.AXIAL.edge_letters, left, top, _PANEL_PIXELS, 14)
    bottom = _HEADING + rows * (_PANEL_PIXELS + _GAP) + 4
    shown = [value for value, _ in colours]
    for pixel, colour in enumerate(_coloured(np.linspace(shown[0], shown[-1], width - 40), colours)):
        draw.line((20 + pixel, bottom, 20 + pixel, bottom + 12), fill=tuple(int(part) for part in colour))
    for value in shown:
        place = 20 + (value - shown[0]) / (shown[-1] - shown[0]) * (width - 40)
        draw.text((place, bottom + 16), f"{value:g}", FAINT_INK, picture_font(13), anchor="mt")
    return canvas


def _coloured(values: np.ndarray, colours: Colours) -> np.ndarray:
    """Return colours of values, uint8, shape (..., 3)."""
    places = [value for value, _ in colours]
    channels = [np.interp(values, places, [colour[n] for _, colour in colours]) for n in range(3)]
    return np.stack(channels, axis=-1).astype(np.uint8)
