"""The border between multifidus and erector spinae as it is drawn: where it lies, and how little of it may show."""

from dataclasses import replace

import numpy as np
import pytest

from quantseg.tasks.lumbar_muscle.channels import Muscle, Side, label_of
from quantseg.tasks.lumbar_muscle.training import back_muscles
from quantseg.tasks.lumbar_muscle.training.back_muscles import paraspinal_muscles
from quantseg.tasks.lumbar_muscle.training.build import draw_build
from quantseg.tasks.lumbar_muscle.training.compartment import compartment
from quantseg.tasks.lumbar_muscle.training.painting import paint
from quantseg.tasks.lumbar_muscle.training.parts import Part
from quantseg.tasks.lumbar_muscle.training.septa import Septum, SeptumKind
from quantseg.tasks.lumbar_muscle.training.shapes import ellipse
from quantseg.tasks.lumbar_muscle.training.tissues import Tissue

_SHAPE, _PIXEL_MM, _FIRST_MM = (320, 160), 0.625, (-100.0, -80.0)
_RIGHT_ERECTOR = label_of(Muscle.ERECTOR_SPINAE, Side.RIGHT)
_RIGHT_MULTIFIDUS = label_of(Muscle.MULTIFIDUS, Side.RIGHT)


def _painted(parts, seed=1):
    return paint(parts, lambda points: points, _FIRST_MM, _SHAPE, _PIXEL_MM, np.random.default_rng(seed))


def _lean_build(level=4.0):
    build = draw_build(0.0, 0.0, np.random.default_rng(3))
    return replace(build, level=level)


def _area_mm2(outline):
    x, y = outline.T
    return abs(float(x @ np.roll(y, -1) - y @ np.roll(x, -1))) / 2


def test_the_multifidus_grows_from_level_to_level_and_the_erector_spinae_shrinks_below_l3():
    rooms = [compartment(_lean_build(level), np.zeros(9)) for level in (1.5, 2, 3, 4, 5)]
    multifidus = [_area_mm2(room.multifidus) for room in rooms]
    assert multifidus == sorted(multifidus)
    erector = [_area_mm2(room.erector_spinae) for room in rooms]
    assert erector[2] > erector[3] > erector[4]


@pytest.mark.parametrize(
    ("kind", "width_mm", "touching"),
    [
        (SeptumKind.NONE, 1.0, (0.95, 1.0)),
        # A faint one counts to the muscle beside it: nobody outlines a gap there.
        (SeptumKind.THIN, 0.8, (0.95, 1.0)),
        (SeptumKind.DEEP, 4.0, (0.3, 0.9)),
        (SeptumKind.BEHIND, 4.0, (0.3, 0.9)),
        (SeptumKind.WIDE, 3.0, (0.0, 0.1)),
    ],
    ids=lambda value: getattr(value, "name", None),
)
def test_lean_muscles_touch_wherever_their_septum_does_not_show(monkeypatch, kind, width_mm, touching):
    monkeypatch.setattr(back_muscles, "_JOINED", 1.0)
    monkeypatch.setattr(back_muscles, "_SPLIT", 0.0)
    monkeypatch.setattr(back_muscles, "_CLEFTS", dict.fromkeys(Muscle, 0.0))
    monkeypatch.setattr(back_muscles, "draw_septum", lambda _random: Septum(kind, Tissue.INNER_FAT, width_mm, 0.4))
    painting = _painted([*paraspinal_muscles(_lean_build(), np.random.default_rng(5))])
    labels = painting.labels
    multifidus, erector = labels == _RIGHT_MULTIFIDUS, labels == _RIGHT_ERECTOR
    beside = (erector[1:] & multifidus[:-1]).any(axis=0).sum()
    both = (erector.any(axis=0) & multifidus.any(axis=0)).sum()
    assert touching[0] <= beside / both <= touching[1]
    shows = (painting.fat[multifidus | erector] > 0.5).any()
    assert shows == (kind is SeptumKind.THIN)


def test_a_part_painted_over_one_label_leaves_all_else_as_it_is():
    below = Part(ellipse(-20, 0, 15, 15), Tissue.MUSCLE, label=_RIGHT_ERECTOR)
    other = Part(ellipse(20, 0, 15, 15), Tissue.MUSCLE)
    over = Part(ellipse(0, 0, 60, 6), Tissue.MUSCLE, label=_RIGHT_MULTIFIDUS, over=_RIGHT_ERECTOR)
    numbers, before = (_painted(parts).numbers for parts in ([below, other, over], [below, other]))
    assert set(before[numbers == 3]) == {1}
    assert (numbers == 3).any()
    assert np.array_equal(numbers == 2, before == 2)


def test_fat_lies_where_a_part_is_said_to_be_fatter():
    muscle = Part(ellipse(0, 0, 40, 40), Tissue.MUSCLE, label=_RIGHT_ERECTOR, streaks=0.3)
    even, towards_front = (_painted([replace(muscle, fatter=fatter)]) for fatter in ((0, 0), (0, 2.0)))
    half = _SHAPE[1] // 2
    gain = (towards_front.fat - even.fat) * (even.numbers == 1)
    assert gain[:, half:].sum() > 0 > gain[:, :half].sum()
