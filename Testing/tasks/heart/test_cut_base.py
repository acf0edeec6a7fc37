"""A stack that ends within the ventricle is told from one that shows it whole."""

import heart_phantom as made
import numpy as np
import pytest
from stacked_labels import short_axis_stack

from quantseg.measure.values import Verdict
from quantseg.tasks.heart.base_apex import base_apex_order
from quantseg.tasks.heart.cut_base import CutBase, check_cut_base, cut_base
from quantseg.tasks.heart.phases import Phases
from quantseg.tasks.heart.plausibility import check_heart

_BOTH = Phases(0, made.END_SYSTOLE)
# The phantom's first slice lies above its base, each of the next four holds 14 % of the cavity at end-diastole.
_ABOVE_BASE = 1


def _found(labels, affine, phases=_BOTH):
    stack = short_axis_stack(labels, affine)
    return cut_base(stack, phases, base_apex_order(stack))


def _check(labels, affine):
    stack = short_axis_stack(labels, affine)
    found = {check.key: check for check in check_heart(stack, _BOTH)}
    return found.get("cut_base")


@pytest.mark.parametrize("upside_down", [False, True])
def test_a_stack_without_its_basal_third_wants_a_look_and_says_how_much_may_be_missing(phantom, upside_down):
    kept = phantom[..., _ABOVE_BASE + 3 :]
    check = _check(kept[..., ::-1] if upside_down else kept, made.phantom_affine())
    assert check.verdict is Verdict.LOOK
    assert "(expected at least 0.74): slices may be missing at the base" in check.reason
    assert "about 34 ml (16 to 51) of the left cavity at end-diastole beside the 75 ml that are seen" in check.reason


def test_a_whole_ventricle_at_the_end_of_its_stack_passes(phantom):
    check = _check(phantom[..., _ABOVE_BASE:], made.phantom_affine())
    assert (check.verdict, "missing" in check.reason) == (Verdict.GOOD, False)


def test_nothing_is_said_where_the_ventricle_is_seen_to_end(phantom):
    affine = made.phantom_affine()
    assert _check(phantom, affine) is None
    cut = phantom[..., _ABOVE_BASE + 3 :].copy()
    # One more slice, in which end-systole shows the ventricle no longer.
    cut[made.END_SYSTOLE, ..., 0] = 0
    assert _found(cut, affine) is None


def test_nothing_is_said_of_one_phase_or_unknown_spacing(phantom):
    cut = phantom[..., _ABOVE_BASE + 3 :]
    assert _found(cut, made.phantom_affine(), Phases(0, 0)) is None
    assert _found(np.moveaxis(cut, -1, 1), None) is None
    assert check_cut_base(None) == []


def test_missing_volume_is_that_of_ventricles_as_long_as_usual():
    least, usual, most = CutBase(1.0, 0.6, 0.41, 100.0).missing_ml()
    assert (least, usual, most) == pytest.approx((68.3, 102.4, 134.1), abs=0.1)
    # One that is longer than some whole ones may lack nothing.
    assert CutBase(1.0, 0.73, 0.72, 100.0).missing_ml()[0] == 0


def test_a_ventricle_whose_apex_the_stack_misses_is_about_as_long_as_the_whole_one(phantom):
    affine = made.phantom_affine()
    seen = phantom[..., _ABOVE_BASE:9]
    pixels = np.count_nonzero(seen[made.END_SYSTOLE] >= 2, axis=(0, 1))
    length_seen = pixels.sum() / pixels.max() * 8.0 / (2 * np.sqrt(pixels.max() * 1.8**2 / np.pi))
    whole = _found(phantom[..., _ABOVE_BASE:], affine).length_per_width
    assert length_seen < 0.95 * whole
    assert _found(seen, affine).length_per_width == pytest.approx(whole, rel=0.02)


def test_a_length_that_would_read_like_the_limit_is_told_apart():
    (check,) = check_cut_base(CutBase(1.0, 0.739, 0.6, 100.0))
    assert check.verdict is Verdict.LOOK
    assert "0.739 times as long as wide, by its volume (expected at least 0.740)" in check.reason
