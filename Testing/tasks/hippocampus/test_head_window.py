"""Hippocampi of any size lie whole in what the segmenter is shown, or the verdict says where they are clipped."""

import re

import numpy as np
import pytest
from stand_ins import BrightnessEnsemble, a_scan_array

from quantseg.measure.values import Verdict
from quantseg.tasks.hippocampus.head_window import check_window, segment_left_in_head
from quantseg.volume import Grid, Volume

_CENTRE_MM = np.array([-25.0, -18.0, -12.0])
_USUAL_MM3 = 1_500_000.0


def _head(times: float) -> Volume:
    """A head whose hippocampus, 12 x 28 x 14 mm in a usual one, is so many times as long, wide and high."""
    shape = (110, 110, 110)
    affine = np.eye(4)
    affine[:3, 3] = _CENTRE_MM * 0.5 - (np.array(shape) - 1) / 2
    array = a_scan_array(shape, Grid(shape, affine), _CENTRE_MM)
    affine[:3] *= times
    return Volume(array, affine)


def _segmented(times, head_mm3):
    return segment_left_in_head(_head(times), _CENTRE_MM * times, BrightnessEnsemble(), head_mm3)


def _dice(found, head):
    truth = head.array > 50
    return 2 * (truth & (found.labels > 0)).sum() / (truth.sum() + (found.labels > 0).sum())


@pytest.mark.parametrize("times", [0.7, 0.8, 1.2, 1.3, 1.5, 1.9])
def test_a_head_that_no_adult_has_is_looked_at_in_its_own_size(times):
    found = _segmented(times, _USUAL_MM3 * times**3)
    assert found.patch.spacing_mm[0] == pytest.approx(min(times, 1.5), abs=1e-6)
    assert _dice(found, _head(times)) > 0.93
    assert check_window(found, "Left hippocampus") == ()


@pytest.mark.parametrize("head_mm3", [None, 0.95e6, _USUAL_MM3, 1.839e6, 2.05e6])
def test_a_usual_head_is_looked_at_as_it_is(head_mm3):
    found = _segmented(1.0, head_mm3)
    assert found.patch.spacing_mm == (1.0, 1.0, 1.0)
    assert np.array_equal(found.labels > 0, _head(1.0).array > 50)


@pytest.mark.parametrize("times", [1.8, 1.9])
def test_a_long_hippocampus_lies_whole_in_the_patch_where_the_size_of_the_head_is_not_known(times):
    found = _segmented(times, None)
    assert found.patch.spacing_mm[0] > 1.1
    assert _dice(found, _head(times)) > 0.93
    assert check_window(found, "Left hippocampus") == ()


def test_what_no_patch_holds_fails_and_the_verdict_names_where():
    found = _segmented(4.0, _USUAL_MM3 * 64)
    (check,) = check_window(found, "Right hippocampus")
    assert check.verdict is Verdict.FAIL
    assert check.reason.startswith("Right hippocampus: clipped at ")
    assert {"the back", "the front"} & set(re.findall(r"the (?:back|front)", check.reason))
    assert "of what the models are shown" in check.reason


def test_an_image_without_a_hippocampus_is_looked_at_once():
    head = _head(1.0)
    found = segment_left_in_head(head.with_array(head.array * 0 + 1), _CENTRE_MM, BrightnessEnsemble(), 3e6)
    assert not found.labels.any()
    assert check_window(found, "Left hippocampus") == ()
