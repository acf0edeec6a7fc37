"""What all pictures of images share: window, outlines, letters, scale bar, legend."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from quantseg.measure.segments import Segment
from quantseg.results.picture_font import picture_font
from quantseg.results.plane_sampling import outline
from quantseg.results.planes import EdgeLetters

if TYPE_CHECKING:
    from PIL.ImageDraw import ImageDraw

INK, FAINT_INK, PAPER, LIGHT = (25, 28, 32), (95, 100, 108), (255, 255, 255), (245, 245, 245)
_BLACK = (0, 0, 0)
_WINDOW_PERCENTILES = (1.0, 99.7)
_OUTLINE_PIXELS = 2
_LEGEND_SIZE, _LEGEND_INDENT, _LEGEND_GAP = 15, 24, 24


def choose_window(pictures: Sequence[np.ndarray]) -> tuple[float, float]:
    """Choose black and white by percentiles of what is shown, so that a few bright vessels darken nothing."""
    shown = np.concatenate([picture[np.isfinite(picture)] for picture in pictures])
    if not shown.size:
        return 0.0, 1.0
    low, high = np.percentile(shown, _WINDOW_PERCENTILES)
    return float(low), float(max(high, low + np.finfo(np.float32).eps))


def with_outlines(
    picture: np.ndarray,
    window: tuple[float, float],
    masks: Mapping[int, np.ndarray],
    segments: Sequence[Segment],
    pixels: int,
) -> np.ndarray:
    """Return an RGB picture, shape (pixels, pixels, 3), uint8.

    Args:
        picture: intensities, square, of any number of pixels; not-a-number outside the image.
        window: what becomes black and white.
        masks: pictures of label values, shape (pixels, pixels).
        segments: colours of the values.
        pixels: width and height.
    """
    from PIL import Image

    low, high = window
    grey = np.clip((np.nan_to_num(picture, nan=low) - low) / (high - low) * 255, 0, 255).astype(np.uint8)
    enlarged = Image.fromarray(grey).resize((pixels, pixels), Image.Resampling.BICUBIC)
    coloured = np.array(enlarged.convert("RGB"))
    for segment in segments:
        if segment.value in masks:
            coloured[outline(masks[segment.value], _OUTLINE_PIXELS)] = segment.colour
    return coloured


def write_letters(draw: ImageDraw, letters: EdgeLetters, left: int, top: int, pixels: int, size: int = 19) -> None:
    """Write at each edge of a square picture which way of the patient it lies."""
    inset, middle = 6, pixels // 2
    for letter, x, y, anchor in (
        (letters.left, inset, middle, "lm"),
        (letters.right, pixels - inset, middle, "rm"),
        (letters.top, middle, inset, "mt"),
        (letters.bottom, middle, pixels - inset, "mb"),
    ):
        write_light(draw, (left + x, top + y), letter, size, anchor)


def draw_scale_bar(draw: ImageDraw, bar_mm: float, pixel_mm: float, right: int, bottom: int, size: int = 14) -> None:
    """Draw a bar of a known length above the lower right corner of a picture."""
    bar_pixels = round(bar_mm / pixel_mm)
    end_x, bar_y = right - 14, bottom - 14
    draw.rectangle((end_x - bar_pixels - 1, bar_y - 2, end_x + 1, bar_y + 2), fill=_BLACK)
    draw.rectangle((end_x - bar_pixels, bar_y - 1, end_x, bar_y + 1), fill=LIGHT)
    write_light(draw, (end_x - bar_pixels / 2, bar_y - 5), f"{bar_mm:.0f} mm", size, "mb")


def write_light(draw: ImageDraw, place: tuple[float, float], text: str, size: int, anchor: str) -> None:
    """Write on an image, light with a dark edge, so that it can be read on any grey."""
    draw.text(place, text, LIGHT, picture_font(size), anchor=anchor, stroke_width=2, stroke_fill=_BLACK)


def legend_lines(segments: Sequence[Segment], width: float) -> tuple[tuple[Segment, ...], ...]:
    """Part segments into the lines of a legend, none wider than ``width`` pixels unless one name alone is."""
    lines: list[list[Segment]] = [[]]
    used = 0.0
    for segment in segments:
        needed = _legend_width(segment)
        if lines[-1] and used + needed > width:
            lines.append([])
            used = 0.0
        lines[-1].append(segment)
        used += needed + _LEGEND_GAP
    return tuple(tuple(line) for line in lines if line)


def draw_legend(draw: ImageDraw, segments: Sequence[Segment], left: float, top: int) -> None:
    """Name the colours in a line."""
    for segment in segments:
        draw.rectangle((left, top + 3, left + 16, top + 13), outline=segment.colour, width=3)
        draw.text((left + _LEGEND_INDENT, top), segment.name, INK, picture_font(_LEGEND_SIZE))
        left += _legend_width(segment) + _LEGEND_GAP


def _legend_width(segment: Segment) -> float:
    return _LEGEND_INDENT + float(picture_font(_LEGEND_SIZE).getlength(segment.name))
