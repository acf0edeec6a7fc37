"""Curves over the frames of an input as a picture, with marks on single frames."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from quantseg.results.picture_font import picture_font
from quantseg.results.sections import CurveLine, Curves

if TYPE_CHECKING:
    from PIL.Image import Image
    from PIL.ImageDraw import ImageDraw

# Drawn larger and reduced, since Pillow's lines have no smooth edges of their own.
_OVERSAMPLING = 3
_WIDTH, _HEIGHT = 760, 380
_LEFT, _RIGHT, _TOP, _BOTTOM = 66, 128, 62, 52
_INK, _FAINT_INK, _GRID, _PAPER = (25, 28, 32), (95, 100, 108), (229, 231, 234), (255, 255, 255)
_TICK_STEPS = (1, 2, 2.5, 5, 10)
_WANTED_TICKS = 5


@dataclass(frozen=True)
class _Frame:
    """Where values lie in the picture."""

    times: np.ndarray
    highest: float

    def x(self, time: float) -> float:
        span = max(float(np.ptp(self.times)), 1e-9)
        return _LEFT + (time - float(self.times.min())) / span * (_WIDTH - _LEFT - _RIGHT)

    def y(self, value: float) -> float:
        return _HEIGHT - _BOTTOM - value / self.highest * (_HEIGHT - _TOP - _BOTTOM)


def render_curves(curves: Curves) -> Image:
    """Draw curves; the vertical axis begins at nought, and frames that were left out are hollow."""
    from PIL import Image, ImageDraw

    positions = np.asarray(curves.positions, dtype=float)
    largest = max(max(line.values) for line in curves.lines)
    step = _tick_step(largest)
    highest = step * max(math.ceil(largest * 1.02 / step), 1)
    frame = _Frame(positions, highest)
    size = (_WIDTH * _OVERSAMPLING, _HEIGHT * _OVERSAMPLING)
    canvas = Image.new("RGB", size, _PAPER)
    draw = ImageDraw.Draw(canvas)
    _draw_lines(draw, frame, step, curves.marks)
    for line in curves.lines:
        _draw_curve(draw, frame, line, curves.left_out)
    canvas = canvas.resize((_WIDTH, _HEIGHT), Image.Resampling.LANCZOS)
    draw = ImageDraw.Draw(canvas)
    draw.text((_LEFT, 10), f"{curves.quantity} in {curves.unit}", _INK, picture_font(17))
    _write_scales(draw, frame, step, "Frame" if curves.times_ms is None else "Time in ms")
    for name, index in curves.marks.items():
        draw.text((frame.x(positions[index]), _TOP - 6), name, _INK, picture_font(14), anchor="mb")
    _write_names(draw, frame, curves.lines)
    if curves.left_out:
        note = "hollow: left out"
        draw.text((_WIDTH - 8, _HEIGHT - 8), note, _FAINT_INK, picture_font(13), anchor="rb")
    return canvas


def _draw_lines(draw: ImageDraw, frame: _Frame, step: float, marks: Mapping[str, int]) -> None:
    for value in np.arange(0, frame.highest + step / 2, step):
        _line(draw, [(_LEFT, frame.y(value)), (_WIDTH - _RIGHT, frame.y(value))], _GRID, 1)
    for index in marks.values():
        x = frame.x(frame.times[index])
        for top in range(_TOP, _HEIGHT - _BOTTOM, 8):
            _line(draw, [(x, top), (x, min(top + 4, _HEIGHT - _BOTTOM))], _FAINT_INK, 1)


def _draw_curve(draw: ImageDraw, frame: _Frame, curve: CurveLine, left_out: Sequence[int]) -> None:
    order = [int(n) for n in np.argsort(frame.times, kind="stable")]
    places = {n: (frame.x(frame.times[n]), frame.y(curve.values[n])) for n in order}
    _line(draw, [places[n] for n in order if n not in left_out], curve.colour, 2.5)
    for n, (x, y) in places.items():
        box = [coordinate * _OVERSAMPLING for coordinate in (x - 4, y - 4, x + 4, y + 4)]
        fill = _PAPER if n in left_out else curve.colour
        draw.ellipse(box, fill=fill, outline=curve.colour, width=_OVERSAMPLING)


def _line(draw: ImageDraw, points: Sequence[tuple[float, float]], colour: tuple[int, int, int], width: float) -> None:
    larger = [(x * _OVERSAMPLING, y * _OVERSAMPLING) for x, y in points]
    draw.line(larger, fill=colour, width=round(width * _OVERSAMPLING), joint="curve")


def _write_scales(draw: ImageDraw, frame: _Frame, step: float, title: str) -> None:
    for value in np.arange(0, frame.highest + step / 2, step):
        draw.text((_LEFT - 10, frame.y(value)), f"{value:g}", _FAINT_INK, picture_font(13), anchor="rm")
    low, high = float(frame.times.min()), float(frame.times.max())
    # Between frames there is nothing to read off, so that frame numbers stay whole.
    between = max(1.0, _tick_step(high - low))
    for time in np.arange(math.ceil(low / between) * between, high + between / 100, between):
        draw.text((frame.x(time), _HEIGHT - _BOTTOM + 8), f"{time:g}", _FAINT_INK, picture_font(13), anchor="mt")
    middle = (_LEFT + _WIDTH - _RIGHT) / 2
    draw.text((middle, _HEIGHT - 8), title, _FAINT_INK, picture_font(14), anchor="mb")


def _write_names(draw: ImageDraw, frame: _Frame, curves: Sequence[CurveLine]) -> None:
    """Write each curve's name where it ends, moved apart where two would overlap."""
    last = int(np.argmax(frame.times))
    lowest = float(_TOP)
    for curve in sorted(curves, key=lambda each: -each.values[last]):
        y = max(frame.y(curve.values[last]), lowest)
        draw.text((_WIDTH - _RIGHT + 14, y), curve.name, _INK, picture_font(14), anchor="lm")
        draw.line((_WIDTH - _RIGHT + 14, y + 11, _WIDTH - _RIGHT + 34, y + 11), fill=curve.colour, width=3)
        lowest = y + 26


def _tick_step(span: float) -> float:
    """Return a round distance between ticks that gives about five of them."""
    if span <= 0:
        return 1.0
    rough = span / _WANTED_TICKS
    power = 10 ** math.floor(math.log10(rough))
    return float(next(power * step for step in _TICK_STEPS if power * step >= rough * 0.999))
