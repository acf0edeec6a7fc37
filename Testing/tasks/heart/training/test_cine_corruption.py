"""Spoiled stacks keep image and truth together, and say what of the heart they lack."""

import numpy as np
import pytest
from heart_phantom import END_SYSTOLE, phantom_affine, phantom_labels

from quantseg.tasks.heart.evaluation.corruption import CineCorruption, LabelledStack, head_stack, spoil
from quantseg.volume import Volume, voxel_spacing_mm

_BRIGHTNESS = np.array([100.0, 400.0, 200.0, 420.0], np.float32)
_SAME_GRID = (CineCorruption.MOTION, CineCorruption.NOISE, CineCorruption.INVERTED, CineCorruption.COARSE)


@pytest.fixture(scope="module")
def stack() -> LabelledStack:
    labels = phantom_labels()[[0, END_SYSTOLE]]
    noise = np.random.default_rng(0).normal(0, 5, labels.shape).astype(np.float32)
    return LabelledStack(_BRIGHTNESS[labels] + noise, labels, voxel_spacing_mm(phantom_affine()))


def _spoiled(stack, corruption, seed=0):
    return spoil(stack, corruption, np.random.default_rng(seed), stack)


@pytest.mark.parametrize("corruption", _SAME_GRID)
def test_a_worse_picture_keeps_the_truth_and_is_repeatable(stack, corruption):
    once, again = (_spoiled(stack, corruption, 3) for _ in range(2))
    assert np.array_equal(once.frames, again.frames)
    assert once.frames.shape == stack.frames.shape
    assert not np.array_equal(once.frames, stack.frames)
    assert once.labels is stack.labels
    assert (once.cut, once.missing_slices, once.wrong_organ) == (False, 0, False)


def test_motion_and_low_resolution_stay_in_the_plane(stack):
    lit = np.zeros_like(stack.frames)
    lit[..., 5] = stack.frames[..., 5]
    one_slice = LabelledStack(lit, stack.labels, stack.spacing_mm)
    for corruption in (CineCorruption.MOTION, CineCorruption.COARSE):
        found = _spoiled(one_slice, corruption, 1).frames
        assert not found[..., [4, 6]].any()
        assert found[..., 5].mean() == pytest.approx(lit[..., 5].mean(), rel=0.05)


def test_inverted_muscle_is_brighter_than_blood(stack):
    found = _spoiled(stack, CineCorruption.INVERTED)
    assert found.frames[stack.labels == 2].mean() > found.frames[stack.labels == 3].mean()


@pytest.mark.parametrize("corruption", [CineCorruption.CUT, CineCorruption.SHIFTED])
def test_a_cut_heart_is_known_to_be_cut(stack, corruption):
    cut = []
    for seed in range(16):
        found = _spoiled(stack, corruption, seed)
        # Labels moved with the image: each structure keeps its brightness.
        assert found.frames[found.labels == 3].mean() == pytest.approx(420, abs=2)
        edge = found.labels[:, [0, -1]].any() or found.labels[:, :, [0, -1]].any()
        assert found.cut == (edge or np.count_nonzero(found.labels) < np.count_nonzero(stack.labels))
        cut.append(found.cut)
    assert {True, False} == set(cut)


@pytest.mark.parametrize(("corruption", "end"), [(CineCorruption.BASE, 0), (CineCorruption.APEX, -1)])
def test_slices_go_at_the_named_end_however_the_stack_is_stored(stack, corruption, end):
    turned = LabelledStack(stack.frames[..., ::-1], stack.labels[..., ::-1], stack.spacing_mm)
    shown = np.flatnonzero((stack.labels >= 2).any(axis=(0, 1, 2)))
    wide_first = (stack.labels[..., shown[0]] > 0).sum() > (stack.labels[..., shown[-1]] > 0).sum()
    for seed in range(6):
        found, mirrored = (_spoiled(one, corruption, seed) for one in (stack, turned))
        assert found.missing_slices in (2, 3)
        assert np.array_equal(mirrored.labels[..., ::-1], found.labels)
        left = np.flatnonzero((found.labels >= 2).any(axis=(0, 1, 2)))
        assert len(left) == len(shown) - found.missing_slices
        first_kept = shown[found.missing_slices] if (end == 0) == wide_first else shown[0]
        assert np.array_equal(found.labels[..., left[0]], stack.labels[..., first_kept])


def test_beside_the_heart_there_is_none(stack):
    wide = np.pad(stack.labels, ((0, 0), (60, 60), (60, 60), (0, 0)))
    surrounded = LabelledStack(_BRIGHTNESS[wide], wide, stack.spacing_mm)
    found = _spoiled(surrounded, CineCorruption.BESIDE)
    assert found.wrong_organ
    assert np.unique(found.frames).tolist() == [100.0]
    assert found.frames.shape[1:] != surrounded.frames.shape[1:]


def test_mixed_frames_are_of_two_patients_heart_on_heart(stack):
    other = LabelledStack(*(np.roll(part, 9, axis=1) for part in (stack.frames, stack.labels)), stack.spacing_mm)
    found = spoil(stack, CineCorruption.MIXED, np.random.default_rng(0), other)
    assert np.array_equal(found.frames[0], stack.frames[0])
    assert np.array_equal(found.labels[1], stack.labels[1])
    assert found.frames[1][found.labels[1] == 3].mean() == pytest.approx(420, abs=2)


def test_a_head_is_cut_into_thick_slices():
    values = np.random.default_rng(1).normal(100, 10, (150, 160, 170)).astype(np.float32)
    for seed in range(4):
        found = head_stack(Volume(values, np.eye(4)), np.random.default_rng(seed))
        assert found.wrong_organ
        assert found.spacing_mm == (1.0, 1.0, 8.0)
        assert 8 <= found.frames.shape[-1] <= 12
        assert min(found.frames.shape[1:3]) >= 150
