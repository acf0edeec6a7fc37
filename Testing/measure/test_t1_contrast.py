"""Only T1-weighted heads are segmented without being asked."""

import numpy as np
import pytest

from quantseg.errors import InputRefused
from quantseg.measure.t1_contrast import SeenTissue, TissueContrast, check_contrast, measure_contrast
from quantseg.measure.values import Verdict


def a_contrast(difference: float | None) -> TissueContrast | None:
    return None if difference is None else TissueContrast(100 + 10 * difference, 100, difference)


def test_a_clear_t1_contrast_passes():
    (check,) = check_contrast(a_contrast(2.1), None, force=False)
    assert check.verdict is Verdict.GOOD


def test_dark_white_matter_is_refused_and_says_how_to_go_on():
    with pytest.raises(InputRefused, match=r"not brighter than grey.*--force"):
        check_contrast(a_contrast(-1.0), None, force=False)


def test_force_marks_it_as_failed_instead():
    (check,) = check_contrast(a_contrast(-1.0), None, force=True)
    assert check.verdict is Verdict.FAIL


def test_a_long_echo_time_is_refused_even_if_white_matter_is_bright():
    with pytest.raises(InputRefused, match="echo time of 95 ms"):
        check_contrast(a_contrast(2.0), 95.0, force=False)


def test_a_weak_contrast_and_an_unknown_one_want_a_look():
    assert check_contrast(a_contrast(0.5), None, False)[0].verdict is Verdict.LOOK
    assert check_contrast(a_contrast(None), None, False)[0].verdict is Verdict.LOOK


def test_contrast_is_taken_where_tissues_are_surest():
    """The brighter half of a mixed border would otherwise stand for grey matter."""
    image, probability = np.full((40, 40, 40), 100.0), np.full((40, 40, 40), 0.6)
    white = np.zeros((40, 40, 40), bool)
    white[20:] = True
    image[white], probability[:11], probability[29:] = 130.0, 0.99, 0.99
    image[11:29] = 115.0
    image += np.random.default_rng(0).normal(0, 2, image.shape)
    found = measure_contrast(image, SeenTissue(white, probability), SeenTissue(~white, probability), 1.0)
    assert found is not None
    assert found.white_median == pytest.approx(130, abs=0.5)
    assert found.grey_median == pytest.approx(100, abs=0.5)
    assert measure_contrast(image, SeenTissue(white, probability), SeenTissue(~white, probability), 0.1) is None
