"""Right labels pass, and each way of being wrong is noticed in words."""

import re

import heart_phantom as made
import numpy as np
import pytest
from stacked_labels import short_axis_stack

from quantseg.measure.limits import Limits
from quantseg.measure.values import Verdict
from quantseg.tasks.heart.anatomy import HeartLabel
from quantseg.tasks.heart.features import heart_features
from quantseg.tasks.heart.phases import Phases, find_phases
from quantseg.tasks.heart.plausibility import BOUNDS, check_heart
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


@pytest.mark.parametrize(
    ("times", "verdict", "expected"),
    [(1.5, Verdict.LOOK, "expected 0.80 to 1.60"), (3.0, Verdict.FAIL, "or the spacing is wrong")],
)
def test_slices_said_to_be_farther_apart_than_they_are_make_too_long_a_ventricle(labels, times, verdict, expected):
    affine = made.phantom_affine() @ np.diag([1.0, 1.0, times, 1.0])
    checks = check_heart(short_axis_stack(labels[_PAIR], affine), Phases(0, 1, given=True))
    (found,) = [check for check in checks if check.key == "length_per_width"]
    assert found.verdict is verdict
    assert expected in found.reason


def test_limits_that_leave_one_side_free_name_the_other(labels):
    labels[:, :, :, 5][labels[:, :, :, 5] == _CAVITY] = _MUSCLE
    bounds = {**BOUNDS, "length_per_width": Limits((2.0, None))}
    checks = check_heart(
        short_axis_stack(labels[_PAIR], made.phantom_affine()), Phases(0, 1, given=True), bounds=bounds
    )
    said = {check.key: check.reason for check in checks}
    assert "(expected at least 2.00)" in said["length_per_width"]
    assert "(expected at most 0)" in said["broken_slices"]


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
    assert "at end-diastole and end-systole;" in check.reason
    labels[1][labels[1] == _CAVITY] = 0
    (check,) = check_heart(short_axis_stack(labels, None), Phases(0, 1))
    assert (check.key, check.verdict) == ("left_ventricle", Verdict.FAIL)
    assert "was found at end-systole;" in check.reason
    (check,) = check_heart(short_axis_stack(labels, None), None)
    assert (check.key, check.verdict) == ("left_ventricle", Verdict.FAIL)


def test_a_single_frame_is_not_judged_by_its_motion(phantom):
    keys = {check.key for check in check_heart(short_axis_stack(phantom[0], made.phantom_affine()), Phases(0, 0))}
    assert not keys & {"muscle_change", "ejection_fraction", "stroke_difference", "curve"}
    assert {"base_growth", "apex_share", "border", "right_ventricle"} <= keys


def test_a_missing_right_ventricle_wants_a_look(labels):
    assert flagged(np.where(labels == _RV, 0, labels))["right_ventricle"].verdict is Verdict.LOOK


def _judged(labels):
    """What is said of frames that are taken for end-diastole and end-systole as they come."""
    stack = short_axis_stack(labels, made.phantom_affine())
    checks = check_heart(stack, Phases(0, 1, given=True))
    return {check.key: check for check in checks if check.verdict is Verdict.FAIL}


_PAIR = [0, made.END_SYSTOLE]
_LEFT_KEY, _RIGHT_KEY = "ejection_fraction", "right_ejection_fraction"


def _grows(labels, cavity):
    labels[[0, 1]] = np.where(labels[[1, 0]] == cavity, cavity, np.where(labels == cavity, 0, labels))


def _ejects_nothing(labels, cavity):
    where = labels[0] == cavity
    labels[1][labels[1] == cavity] = 0
    labels[1][where] = cavity


def _ejects_all_but_a_little(labels, cavity):
    kept = labels[0] == cavity
    kept[..., [k for k in range(kept.shape[2]) if k != 5]] = False
    kept[:, ::2] = False
    labels[1][labels[1] == cavity] = 0
    labels[1][kept] = cavity


@pytest.mark.parametrize(("cavity", "key", "name"), [(_CAVITY, _LEFT_KEY, "left"), (_RV, _RIGHT_KEY, "right")])
@pytest.mark.parametrize(
    ("error", "said"),
    [
        (_grows, "is larger at end-systole than at end-diastole (ejection fraction -"),
        (_ejects_nothing, "ejects nothing: its stroke volume is 0"),
        (_ejects_all_but_a_little, "% (expected at most 90 %), more than any heart"),
    ],
)
def test_a_ventricle_that_cannot_be_fails_with_the_reason(labels, cavity, key, name, error, said):
    pair = labels[_PAIR].copy()
    assert key not in _judged(pair)
    error(pair, cavity)
    found = _judged(pair)[key]
    assert found.reason.startswith(f"The {name} ventricle ")
    assert said in found.reason


@pytest.mark.parametrize(("missed", "phase"), [(0, "end-systole"), (1, "end-diastole")])
def test_a_right_ventricle_seen_at_one_phase_alone_fails(labels, missed, phase):
    pair = labels[_PAIR].copy()
    pair[missed][pair[missed] == _RV] = 0
    assert f"outlined at {phase} alone" in _judged(pair)[_RIGHT_KEY].reason


def test_a_ventricle_that_cannot_be_fails_whatever_was_fitted(labels):
    pair = labels[_PAIR].copy()
    _ejects_all_but_a_little(pair, _CAVITY)
    wide = {**BOUNDS, _LEFT_KEY: Limits((None, 99.0), (None, 99.0))}
    stack = short_axis_stack(pair, made.phantom_affine())
    checks = {check.key: check.verdict for check in check_heart(stack, Phases(0, 1, given=True), bounds=wide)}
    assert checks[_LEFT_KEY] is Verdict.FAIL


@pytest.mark.parametrize(
    ("key", "limits"),
    [
        ("broken_slices", Limits((None, 3.0), (None, 3.0))),
        ("open_wall_share", Limits((None, 0.4), (None, 0.4))),
        ("scattered_share", Limits((None, 0.2), (None, 0.2))),
        ("muscle_change", Limits((0.5, 2.0), (0.5, 2.0))),
        ("length_per_width", Limits((0.4, 2.0), (0.4, 2.0))),
        ("stroke_difference", BOUNDS["stroke_difference"]),
    ],
)
def test_a_check_that_every_heart_passes_is_not_listed_as_passed(labels, key, limits):
    stack = short_axis_stack(labels[_PAIR], made.phantom_affine())
    checks = check_heart(stack, Phases(0, 1, given=True), bounds={**BOUNDS, key: limits})
    assert key not in {check.key for check in checks}
    usual = {check.key for check in check_heart(stack, Phases(0, 1, given=True))}
    assert (key in usual) == (key != "stroke_difference")


def test_a_wide_check_still_says_what_fails(labels):
    labels[:, 74:94, 74:94, 2:9] = _RV
    stack = short_axis_stack(labels[_PAIR], made.phantom_affine())
    bounds = {**BOUNDS, "scattered_share": Limits((None, 0.03), (None, 0.03))}
    checks = {check.key: check.verdict for check in check_heart(stack, Phases(0, 1, given=True), bounds=bounds)}
    assert checks["scattered_share"] is Verdict.FAIL


def test_a_value_just_beyond_its_limit_does_not_read_like_it(labels):
    stack = short_axis_stack(labels[_PAIR], made.phantom_affine())
    share = heart_features(stack, Phases(0, 1, given=True)).apex_share
    bounds = {**BOUNDS, "apex_share": Limits((None, share - 1e-4))}
    (found,) = [c for c in check_heart(stack, Phases(0, 1, given=True), bounds=bounds) if c.key == "apex_share"]
    value, limit = re.findall(r"\d+\.?\d*", found.reason)[:2]
    assert found.verdict is Verdict.LOOK
    assert float(value) > float(limit)


def test_a_right_ventricle_seen_only_between_the_phases_is_not_found(labels):
    for frame in (0, made.END_SYSTOLE):
        labels[frame][labels[frame] == _RV] = 0
    assert flagged(labels)["right_ventricle"].reason == "A right ventricle was not found."
