"""The bull's-eye shows each value at its wall, and the curve each volume at its frame."""

import numpy as np
import pytest

from quantseg.results.curve_picture import render_curves
from quantseg.results.sections import CurveLine, Curves
from quantseg.tasks.heart.anatomy import AHA_SEGMENTS
from quantseg.tasks.heart.presenting.bulls_eye import THICKENING_SCALE, THICKNESS_SCALE, render_bulls_eye

_RED, _BLUE = (200, 30, 30), (30, 30, 200)


def volume_curves(*lines, **more):
    """Lines of name, colour and volumes in ml over the frames of a heart cycle."""
    drawn = tuple(CurveLine(name, colour, tuple(values)) for name, colour, values in lines)
    return Curves("curve", "Volume", "Volume", "ml", drawn, tuple(range(1, len(lines[0][2]) + 1)), **more)


def centre_of(pixels, colour, tolerance=6):
    """Mean row and column of the pixels of a colour."""
    return np.argwhere(np.abs(pixels.astype(int) - colour).max(axis=-1) <= tolerance).mean(axis=0)


@pytest.mark.parametrize(
    ("number", "down", "right"),
    [
        (1, -1, 0),
        (2, -1, -1),
        (3, 1, -1),
        (4, 1, 0),
        (5, 1, 1),
        (6, -1, 1),
        (8, -1, -1),
        (12, -1, 1),
        (13, -1, 0),
        (14, 0, -1),
        (15, 1, 0),
        (16, 0, 1),
    ],
)
def test_each_segment_lies_where_the_heart_association_puts_it(number, down, right):
    picture = render_bulls_eye(dict.fromkeys(AHA_SEGMENTS, 4.0) | {number: 18.0}, "T", "mm", THICKNESS_SCALE, True)
    pixels = np.asarray(picture)[60:480]
    row, column = centre_of(pixels, THICKNESS_SCALE.colour(18.0)) - centre_of(pixels, (226, 228, 231))
    for offset, side in ((row, down), (column, right)):
        assert abs(offset) < 8 if side == 0 else side * offset > 20


@pytest.mark.parametrize(
    ("scale", "values", "ends", "ticks"),
    [
        (THICKENING_SCALE, (0.0, 45.0, 100.0), (0.0, 100.0), (0.0, 50.0, 100.0)),
        (THICKENING_SCALE, (-11.0, 45.0, 80.0), (-25.0, 100.0), (-25.0, 0.0, 100.0)),
        (THICKENING_SCALE, (20.0, 131.0), (0.0, 150.0), (0.0, 75.0, 150.0)),
        (THICKNESS_SCALE, (2.3, 21.4), (2.0, 22.0), (2.0, 12.0, 22.0)),
        (THICKNESS_SCALE, (), (4.0, 18.0), (4.0, 11.0, 18.0)),
    ],
)
def test_a_scale_holds_the_values_that_are_shown_on_it(scale, values, ends, ticks):
    held = scale.holding(values)
    assert (held.low, held.high) == ends
    assert held.ticks == ticks
    assert len({held.colour(value) for value in values}) == len(values)


def test_a_wall_that_thins_has_another_colour_than_one_that_stays():
    values = dict.fromkeys(AHA_SEGMENTS, 40.0) | {1: -11.0, 4: 0.0}
    colours = THICKENING_SCALE.holding(values.values())
    pixels = np.asarray(render_bulls_eye(values, "T", "%", THICKENING_SCALE, True))
    for value in (-11.0, 0.0):
        assert np.all(pixels == colours.colour(value), axis=-1).sum() > 1000


def test_the_apex_and_segments_without_a_value_are_grey():
    values = dict.fromkeys(range(1, 16), 9.0)
    apex_only = np.asarray(render_bulls_eye({**values, 16: 9.0}, "T", "mm", THICKNESS_SCALE, True))
    one_missing = np.asarray(render_bulls_eye(values, "T", "mm", THICKNESS_SCALE, True))
    grey = [np.all(pixels == (226, 228, 231), axis=-1).sum() for pixels in (apex_only, one_missing)]
    assert 3000 < grey[0] < grey[1] - 3000


def test_walls_are_named_only_where_the_orientation_is_known():
    values = dict.fromkeys(AHA_SEGMENTS, 40.0)
    known, unknown = (
        np.asarray(render_bulls_eye(values, "T", "%", THICKENING_SCALE, named)).astype(int) for named in (True, False)
    )
    above, below = slice(62, 92), slice(452, 480)
    for rows in (above, below):
        assert (known[rows] < 200).any()
        assert not (unknown[rows, 180:260] < 200).any()
    # Where the septum lies is known from the right ventricle.
    assert (unknown[150:400, :36] < 200).any()


def test_colours_run_evenly_and_end_at_the_limits():
    assert THICKNESS_SCALE.colour(-5) == THICKNESS_SCALE.colour(4) == THICKNESS_SCALE.stops[0]
    assert THICKNESS_SCALE.colour(99) == THICKNESS_SCALE.stops[-1]
    lightness = [sum(THICKENING_SCALE.colour(v)) for v in range(0, 101, 5)]
    assert lightness == sorted(lightness, reverse=True)


def test_the_curve_falls_where_the_volume_falls_and_odd_frames_are_hollow():
    volumes = np.array([130.0, 90, 52, 70, 100, 125])
    lines, marks = (("Left", _RED, volumes), ("Right", _BLUE, volumes * 1.3)), {"ED": 0, "ES": 2}
    timed = volume_curves(*lines, marks=marks, times_ms=(0, 100, 200, 300, 400, 500))
    plain = np.asarray(render_curves(timed))
    red = np.argwhere(np.abs(plain.astype(int) - _RED).max(axis=-1) < 20)
    in_plot = red[red[:, 1] < 630]
    lowest = in_plot[in_plot[:, 0].argmax()]
    assert lowest[1] == pytest.approx(66 + 2 / 5 * 566, abs=4)
    hollow = np.asarray(render_curves(volume_curves(*lines, marks=marks, left_out=(4,))))
    y, x = np.round([328 - 100 / 200 * 266, 66 + 4 / 5 * 566]).astype(int)
    inked, paper = (pixels[y - 1 : y + 2, x - 1 : x + 2].mean(axis=(0, 1)) for pixels in (plain, hollow))
    assert inked == pytest.approx(_RED, abs=12)
    assert paper.min() > 225


def test_two_frames_and_a_curve_of_zeros_can_be_drawn():
    for values in (np.array([120.0, 50.0]), np.zeros(2)):
        curves = volume_curves(("Left", _RED, values), marks={"ED": 0, "ES": 1})
        assert render_curves(curves).size == (760, 380)
