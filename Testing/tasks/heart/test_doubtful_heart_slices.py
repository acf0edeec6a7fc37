"""Which frames and slices of a cine a person is led to, in which order, and what is said of them."""

import numpy as np
import pytest

from quantseg.tasks.heart.doubtful_slices import doubtful_slices_of_cycle
from quantseg.tasks.heart.frame_doubt import FrameDoubt
from quantseg.tasks.heart.phases import Phases
from quantseg.tasks.heart.segmenting import CycleSegmentation
from quantseg.volume import Grid

_SHAPE, _RADII = (96, 96, 4), (24, 20, 14, 20)
_GRID = Grid(_SHAPE, np.diag([1.5, 1.5, 8.0, 1.0]))
_CAVITY, _MUSCLE = 3, 2
_PHASES = Phases(0, 2)


def _heart(frame_count=4):
    """Two members that agree on a beating cavity within its muscle, shape (T, M, I, J, K)."""
    i, j = np.meshgrid(np.arange(_SHAPE[0]), np.arange(_SHAPE[1]), indexing="ij")
    distance = np.hypot(i - 48, j - 48)
    frames = np.zeros((frame_count, 2, *_SHAPE), np.uint8)
    for frame, radius in zip(frames, _RADII, strict=False):
        frame[:, distance < radius + 6] = _MUSCLE
        frame[:, distance < radius] = _CAVITY
    return frames


def _led_to(frames, phases=_PHASES):
    labels = frames[:, 0]
    none = np.zeros(len(frames))
    doubts = tuple(FrameDoubt.of(frame) for frame in frames)
    found = CycleSegmentation(labels, np.zeros((2, len(frames), 4)), None, None, none, none, True, frame_doubts=doubts)
    return doubtful_slices_of_cycle(found, phases, _GRID, range(1, len(frames) + 1)), found


def _second_sees(frame, k, i, radius, value):
    rows, columns = np.meshgrid(np.arange(_SHAPE[0]), np.arange(_SHAPE[1]), indexing="ij")
    frame[1][..., k][np.hypot(rows - i, columns - 48) < radius] = value


def test_what_lies_apart_from_the_heart_is_in_nobodys_doubt():
    """It is taken away from the labels: its slice was the first of the list, with a volume that no label had."""
    frames = _heart()
    frames[..., 3] = 0
    frames[2, 1, 4:14, 4:14, 0] = _CAVITY
    led, found = _led_to(frames)
    assert not led
    assert not found.frame_doubts[2].doubted.any()


def test_what_changes_the_ejection_fraction_most_goes_first():
    frames = _heart()
    _second_sees(frames[0], 1, 72, 4, _CAVITY)
    _second_sees(frames[2], 2, 62, 4, _CAVITY)
    _second_sees(frames[1], 0, 68, 9, _CAVITY)
    led, found = _led_to(frames)
    assert [one.frame_number for one in led] == [3, 1, 2]
    cavity = (found.labels == _CAVITY).sum(axis=(1, 2, 3))
    assert led[0].effect.key == "ejection_fraction"
    assert (led[0].effect.region, led[0].effect.unit, led[0].segment) == ("left_ventricle", "%", "lv_cavity")
    assert led[0].effect.change == pytest.approx(100 * found.frame_doubts[2].pixels_of_label[2, 3] / cavity[0])
    assert (led[2].effect.key, led[2].effect.unit) == ("volume", "mm3")
    assert led[2].effect.change == pytest.approx(found.frame_doubts[1].pixels_of_label[0, 3] * 18)


def test_doubt_about_muscle_alone_is_told_in_its_volume():
    frames = _heart()
    _second_sees(frames[0], 1, 79, 3, _MUSCLE)
    (one,) = _led_to(frames)[0]
    assert (one.segment, one.effect.key, one.effect.region) == ("lv_myocardium", "volume", "lv_myocardium")


def test_voxels_of_a_slice_are_those_in_doubt_there():
    frames = _heart()
    _second_sees(frames[0], 1, 72, 4, _CAVITY)
    (one,), found = _led_to(frames)
    voxels = one.voxels.volume()
    marked = _GRID.to_voxel(voxels.grid.to_world(np.argwhere(voxels.array)))
    assert np.array_equal(np.round(marked), np.argwhere(found.frame_doubts[0].doubted))
    assert np.allclose(_GRID.to_voxel(np.array(one.centre_ras_mm)), np.round(marked).mean(axis=0), atol=0.2)


def test_a_single_frame_has_volumes_to_change_but_no_ejection_fraction():
    frames = _heart(1)
    _second_sees(frames[0], 1, 72, 4, _CAVITY)
    (one,) = _led_to(frames, Phases(0, 0))[0]
    assert one.effect.key == "volume"
