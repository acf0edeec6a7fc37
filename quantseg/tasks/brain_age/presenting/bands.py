"""Percentiles of brain age by age as a picture: bands, no points of other people, and the person among them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from quantseg.measure.values import Measurement
from quantseg.results.drawing import FAINT_INK, INK, PAPER
from quantseg.results.picture_font import picture_font
from quantseg.tasks.brain_age.model import OLDEST, PERCENTILES, YOUNGEST, AgeModel

if TYPE_CHECKING:
    from PIL.Image import Image
    from PIL.ImageDraw import ImageDraw

_OVERSAMPLING = 3
_WIDTH, _HEIGHT = 560, 460
_LEFT, _RIGHT, _TOP, _BOTTOM = 60, 20, 40, 56
_FIRST, _LAST, _TICK = 10, 100, 10
_BANDS = ((0, 4, (214, 226, 240)), (1, 3, (160, 190, 222)))
_MEDIAN, _PERSON, _GRID = (20, 80, 150), (190, 60, 20), (229, 231, 234)


def _x(years: float) -> float:
    return _LEFT + (years - _FIRST) / (_LAST - _FIRST) * (_WIDTH - _LEFT - _RIGHT)


def _y(years: float) -> float:
    return _HEIGHT - _BOTTOM - (years - _FIRST) / (_LAST - _FIRST) * (_HEIGHT - _TOP - _BOTTOM)


def render_bands(model: AgeModel, age_years: float, estimate: Measurement) -> Image:
    """Draw bands of percentiles and a person.

    Args:
        model: whose percentiles they are.
        age_years: of the person.
        estimate: brain age with its interval.
    """
    from PIL import Image, ImageDraw

    canvas = Image.new("RGB", (_WIDTH * _OVERSAMPLING, _HEIGHT * _OVERSAMPLING), PAPER)
    draw = ImageDraw.Draw(canvas)
    for years in range(_FIRST, _LAST + 1, _TICK):
        _line(draw, [(_x(years), _y(_FIRST)), (_x(years), _y(_LAST))], _GRID, 1)
        _line(draw, [(_x(_FIRST), _y(years)), (_x(_LAST), _y(years))], _GRID, 1)
    ages = model.ages
    for low, high, colour in _BANDS:
        lower, upper = (
            [(_x(a), _y(p)) for a, p in zip(ages, model.percentiles[:, n], strict=True)] for n in (low, high)
        )
        draw.polygon([(x * _OVERSAMPLING, y * _OVERSAMPLING) for x, y in (*lower, *upper[::-1])], fill=colour)
    middle = PERCENTILES.index(50)
    _line(draw, _curve(ages, model.percentiles[:, middle]), _MEDIAN, 2.5)
    for start in np.arange(YOUNGEST, OLDEST, 4):
        _line(draw, [(_x(start), _y(start)), (_x(start + 2), _y(start + 2))], FAINT_INK, 1)
    _draw_person(draw, age_years, estimate)
    canvas = canvas.resize((_WIDTH, _HEIGHT), Image.Resampling.LANCZOS)
    draw = ImageDraw.Draw(canvas)
    for years in range(_FIRST, _LAST + 1, _TICK):
        draw.text((_x(years), _y(_FIRST) + 8), str(years), FAINT_INK, picture_font(13), anchor="mt")
        draw.text((_LEFT - 8, _y(years)), str(years), FAINT_INK, picture_font(13), anchor="rm")
    draw.text((_LEFT, 10), "Brain age, years", INK, picture_font(16))
    draw.text((_x((_FIRST + _LAST) / 2), _HEIGHT - 8), "Age, years", FAINT_INK, picture_font(14), anchor="mb")
    told = "light 5-95 %, dark 25-75 %, line median; dashes: brain age = age"
    draw.text((_WIDTH - _RIGHT, 14), told, FAINT_INK, picture_font(12), anchor="rt")
    return canvas


def _curve(ages: np.ndarray, estimates: np.ndarray) -> list[tuple[float, float]]:
    return [(_x(float(age)), _y(float(estimate))) for age, estimate in zip(ages, estimates, strict=True)]


def _draw_person(draw: ImageDraw, age_years: float, estimate: Measurement) -> None:
    x = _x(age_years)
    if estimate.interval is not None:
        ends = [_y(min(max(end, _FIRST), _LAST)) for end in (estimate.interval.low, estimate.interval.high)]
        _line(draw, [(x, ends[0]), (x, ends[1])], _PERSON, 2)
    y = _y(min(max(estimate.value, _FIRST), _LAST))
    draw.ellipse([coordinate * _OVERSAMPLING for coordinate in (x - 6, y - 6, x + 6, y + 6)], fill=_PERSON)


def _line(draw: ImageDraw, points: list[tuple[float, float]], colour: tuple[int, int, int], width: float) -> None:
    larger = [(x * _OVERSAMPLING, y * _OVERSAMPLING) for x, y in points]
    draw.line(larger, fill=colour, width=round(width * _OVERSAMPLING), joint="curve")
