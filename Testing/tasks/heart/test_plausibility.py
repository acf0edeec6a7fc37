"""Right labels pass, and each way of being wrong is noticed in words."""

import heart_phantom as made
import numpy as np
import pytest
from stacked_labels import short_axis_stack

from quantseg.measure.values import Verdict
from quantseg.tasks.heart.anatomy import HeartLabel
from quantseg.tasks.heart.phases import Phases, find_phases
from quantseg.tasks.heart.plausibility import check_heart
from quantseg.tasks.heart.volumes import volume_curves

_RV, _MUSCLE, _CAVITY = HeartLabel.RV_CAVITY, HeartLabel.LV_MYOCARDIUM, HeartLabel.LV_CAVITY


def flagged(labels, affine=None):
    stack = short_axis_stack(labels, made.phantom_affine() if affine is None else affine)
    phases = find_phases(volume_curves(stack).voxel_counts[_CAVITY])
    return {check.key: check for check in check_heart(stack, phases) if check.verdict is not Verdict.GOOD}


@pytest.fixture
def labels(phantom):
    return phantom.copy()


def test_the_phantom_passes_every_check(stack, phases):
    checks = check_heart(stack, phases)
    assert {check.verdict for check in checks} == {Verdict.GOOD}, [c.reason for c in checks]
    assert len({check.key for check in checks}) == len(checks)


def test_a_missing_apex_is_seen_by_its_area(labels):
    assert "apex_share" in flagged(labels[..., :8])


def test_missing_base_is_seen_by_the_length(labels):
    assert "length_per_width" in flagged(labels[..., 6:])


def test_a_lost_structure_in_the_middle_is_counted(labels):
    labels[:, :, :, 5][labels[:, :, :, 5] == _CAVITY] = _MUSCLE
    found = flagged(labels)["broken_slices"]
    assert found.reason.startswith("1 slice lacks a structure that its neighbours show")


def test_a_leaking_cavity_is_seen(labels):
    j = np.argwhere(labels[0, :, :, 5] == _CAVITY)[:, 1].mean()
    wall = (labels == _MUSCLE) & (np.arange(labels.shape[2]) > j)[:, None]
    labels[wall] = 0
    assert flagged(labels)["open_wall_share"].verdict is Verdict.FAIL


def test_stray_areas_are_seen(labels):
    labels[:, 74:84, 74:84, 2:6] = _RV
    assert "scattered_share" in flagged(labels)


def test_a_heart_at_the_edge_fails_in_plane_only(labels):
    first = np.argwhere(labels.any(axis=(0, 2, 3)))[0, 0]
    for kept_from in (first + 1, first - 1):
        assert flagged(labels[:, kept_from:])["border"].verdict is Verdict.FAIL
    assert "border" not in flagged(labels[:, first - 2 :])
    assert "border" not in flagged(labels[..., 1:11])


def test_muscle_that_comes_and_goes_is_seen(labels):
    labels[made.END_SYSTOLE][labels[made.END_SYSTOLE] == _MUSCLE] = 0
    assert {"muscle_change", "open_wall_share"} <= set(flagged(labels))


def test_a_jumping_frame_is_named_as_people_count(labels):
    labels[12][labels[12] == _CAVITY] = _MUSCLE
    assert "frame 13" in flagged(labels)["curve"].reason


def test_no_left_ventricle_is_the_only_thing_said(labels):
    (check,) = check_heart(short_axis_stack(np.where(labels == _CAVITY, 0, labels), None), Phases(0, 1))
    assert (check.key, check.verdict) == ("left_ventricle", Verdict.FAIL)
    assert check_heart(short_axis_stack(labels, None), None) == (check,)


def test_a_single_frame_is_not_judged_by_its_motion(phantom):
    keys = {check.key for check in check_heart(short_axis_stack(phantom[0], made.phantom_affine()), Phases(0, 0))}
    assert not keys & {"muscle_change", "ejection_fraction", "stroke_difference", "curve"}
    assert {"base_growth", "apex_share", "border", "right_ventricle"} <= keys


def test_a_missing_right_ventricle_wants_a_look(labels):
    assert flagged(np.where(labels == _RV, 0, labels))["right_ventricle"].verdict is Verdict.LOOK
