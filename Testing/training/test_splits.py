"""The division of patients: nobody on two sides, small and large everywhere, the same draw every time."""

import random

import numpy as np
import pytest

from quantseg.training.splits import draw_split


@pytest.fixture
def volumes_mm3():
    draw = random.Random(7)
    return {f"case_{index:03d}": draw.gauss(3300, 500) for index in range(220)}


@pytest.fixture
def split(volumes_mm3):
    return draw_split(volumes_mm3, held_out=30, folds=5, seed=2026)


def test_every_patient_stands_in_exactly_one_part(split, volumes_mm3):
    placed = [*split.held_out, *(patient for fold in split.folds for patient in fold)]
    assert sorted(placed) == sorted(volumes_mm3)


def test_parts_have_the_sizes_asked_for(split):
    assert len(split.held_out) == 30
    assert [len(fold) for fold in split.folds] == [38] * 5


def test_a_member_trains_on_neither_its_fold_nor_the_held_out(split):
    for fold in range(5):
        training = set(split.training(fold))
        assert len(training) == 152
        assert not training & set(split.folds[fold])
        assert not training & set(split.held_out)


def test_the_draw_is_the_same_for_the_same_seed_in_any_order_of_patients(split, volumes_mm3):
    shuffled = dict(sorted(volumes_mm3.items(), key=lambda item: item[1]))
    assert draw_split(shuffled, 30, 5, 2026) == split
    assert draw_split(volumes_mm3, 30, 5, 2027) != split


def test_every_part_holds_small_and_large_volumes(split, volumes_mm3):
    thirds = np.quantile(list(volumes_mm3.values()), [1 / 3, 2 / 3])
    for part in (split.held_out, *split.folds):
        shares = np.bincount(np.digitize([volumes_mm3[p] for p in part], thirds), minlength=3) / len(part)
        assert np.all(np.abs(shares - 1 / 3) < 0.07)


def test_equal_volumes_are_divided_too():
    split = draw_split({str(index): 1.0 for index in range(11)}, held_out=2, folds=3, seed=1)
    assert len(split.held_out) == 2
    assert sorted(len(fold) for fold in split.folds) == [3, 3, 3]
