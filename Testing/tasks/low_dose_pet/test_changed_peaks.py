"""Peaks that an estimate makes or removes are marked, and noise that it takes away is not."""

import numpy as np
import pytest
from made_pet import VOXEL_MM, made_brain

from quantseg.tasks.low_dose_pet.changed_peaks import changed_peaks
from quantseg.tasks.low_dose_pet.estimating import Estimate
from quantseg.tasks.low_dose_pet.level import level_of
from quantseg.volume import Volume

_PLACE = (30, 60, 18)


def _made(low, estimate):
    volume = Volume(low, np.diag([VOXEL_MM, VOXEL_MM, VOXEL_MM, 1.0]))
    return Estimate(volume, estimate, np.zeros_like(low), level_of(low), 0.1, False, 1.0)


def _with_lesion(image, factor):
    changed = image.copy()
    i, j, k = _PLACE
    changed[i - 2 : i + 3, j - 2 : j + 3, k - 2 : k + 3] += factor * image[image > 1].mean()
    return changed


def test_noise_that_is_taken_away_is_no_changed_peak(low):
    assert changed_peaks(_made(low, made_brain())) == ()


@pytest.mark.parametrize(
    ("in_scan", "in_estimate", "sign"),
    [pytest.param(2.0, 0.0, -1, id="a lesion removed"), pytest.param(0.0, 2.0, 1, id="a lesion made")],
)
def test_a_lesion_that_one_of_both_lacks_is_marked_where_it_lies(low, in_scan, in_estimate, sign):
    found = changed_peaks(_made(_with_lesion(low, in_scan), _with_lesion(made_brain(), in_estimate)))
    assert len(found) == 1
    assert np.sign(found[0].in_sd) == sign
    assert np.linalg.norm(np.array(found[0].position_mm) / VOXEL_MM - _PLACE) < 3
