"""The volume of the ventricles over the heart cycle as a picture."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from quantseg.results.picture_font import picture_font

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
class Curve:
    """One line of the picture.

    Attributes:
        name: written at its end.
        colour: red, green, blue from 0 to 255.
        values: by frame, shape (T,).
    """

    name: str
    colour: tuple[int, int, int]
    values: np.ndarray


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


def render_volume_curve(
    curves: Sequence[Curve],
    unit: str,
    phases: Mapping[str, int],
    frame_times_ms: Sequence[float] | None = None,
    odd_frames: Sequence[int] = (),
) -> Image:
    """Draw the curves.

    Args:
        curves: one a structure.
        unit: of their values, such as "ml", or "% of end-diastole" where the spacing is unknown.
        phases: frames to mark, by the name to write above, such as "ED".
        frame_times_ms: by frame, where known; otherwise frames are numbered from 1.
        odd_frames: frames that were left out of the search for the phases, drawn hollow.
    """
    from PIL import Image, ImageDraw

    count = len(curves[0].values)
    times = np.arange(1, count + 1, dtype=float) if frame_times_ms is None else np.asarray(frame_times_ms, dtype=float)
    largest = max(float(curve.values.max()) for curve in curves)
    step = _tick_step(largest)
    highest = step * max(math.ceil(largest * 1.02 / step), 1)
    frame = _Frame(times, highest)
    size = (_WIDTH * _OVERSAMPLING, _HEIGHT * _OVERSAMPLING)
    canvas = Image.new("RGB", size, _PAPER)
    draw = ImageDraw.Draw(canvas)
    _draw_lines(draw, frame, step, phases)
    for curve in curves:
        _draw_curve(draw, frame, curve, odd_frames)
    canvas = canvas.resize((_WIDTH, _HEIGHT), Image.Resampling.LANCZOS)
    draw = ImageDraw.Draw(canvas)
    draw.text((_LEFT, 10), f"Volume in {unit}", _INK, picture_font(17))
    _write_scales(draw, frame, step, "Time in ms" if frame_times_ms is not None else "Frame")
    for name, index in phases.items():
        draw.text((frame.x(times[index]), _TOP - 6), name, _INK, picture_font(14), anchor="mb")
    _write_names(draw, frame, curves)
    if odd_frames:
        note = "hollow: left out"
        draw.text((_WIDTH - 8, _HEIGHT - 8), note, _FAINT_INK, picture_font(13), anchor="rb")
    return canvas


def _draw_lines(draw: ImageDraw, frame: _Frame, step: float, phases: Mapping[str, int]) -> None:
    for value in np.arange(0, frame.highest + step / 2, step):
        _line(draw, [(_LEFT, frame.y(value)), (_WIDTH - _RIGHT, frame.y(value))], _GRID, 1)
    for index in phases.values():
        x = frame.x(frame.times[index])
        for top in range(_TOP, _HEIGHT - _BOTTOM, 8):
            _line(draw, [(x, top), (x, min(top + 4, _HEIGHT - _BOTTOM))], _FAINT_INK, 1)


def _draw_curve(draw: ImageDraw, frame: _Frame, curve: Curve, odd_frames: Sequence[int]) -> None:
    order = [int(n) for n in np.argsort(frame.times, kind="stable")]
    places = {n: (frame.x(frame.times[n]), frame.y(float(curve.values[n]))) for n in order}
    _line(draw, [places[n] for n in order if n not in odd_frames], curve.colour, 2.5)
    for n, (x, y) in places.items():
        box = [coordinate * _OVERSAMPLING for coordinate in (x - 4, y - 4, x + 4, y + 4)]
        fill = _PAPER if n in odd_frames else curve.colour
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


def _write_names(draw: ImageDraw, frame: _Frame, curves: Sequence[Curve]) -> None:
    """Write each curve's name where it ends, moved apart where two would overlap."""
    last = int(np.argmax(frame.times))
    lowest = float(_TOP)
    for curve in sorted(curves, key=lambda each: -float(each.values[last])):
        y = max(frame.y(float(curve.values[last])), lowest)
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
