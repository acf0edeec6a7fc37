"""Only T1-weighted heads are segmented without being asked."""

import numpy as np
import pytest

from quantseg.errors import InputRefused
from quantseg.measure.values import Verdict
from quantseg.reading.scan import Acquisition
from quantseg.tasks.hippocampus.contrast import check_contrast
from quantseg.tasks.hippocampus.localise import Localisation, TissueContrast
from quantseg.volume import Volume


def a_localisation(difference: float | None) -> Localisation:
    contrast = None if difference is None else TissueContrast(100 + 10 * difference, 100, difference)
    return Localisation(None, None, 1.4e6, True, contrast, Volume(np.zeros((2, 2, 2), np.uint8), np.eye(4)))


def test_a_clear_t1_contrast_passes():
    (check,) = check_contrast(a_localisation(2.1), Acquisition(), force=False)
    assert check.verdict is Verdict.GOOD


def test_dark_white_matter_is_refused_and_says_how_to_go_on():
    with pytest.raises(InputRefused, match=r"not brighter than grey.*--force"):
        check_contrast(a_localisation(-1.0), Acquisition(), force=False)


def test_force_marks_it_as_failed_instead():
    (check,) = check_contrast(a_localisation(-1.0), Acquisition(), force=True)
    assert check.verdict is Verdict.FAIL


def test_a_long_echo_time_is_refused_even_if_white_matter_is_bright():
    with pytest.raises(InputRefused, match="echo time of 95 ms"):
        check_contrast(a_localisation(2.0), Acquisition(modality="MR", echo_time_ms=95), force=False)


def test_a_weak_contrast_and_an_unknown_one_want_a_look():
    assert check_contrast(a_localisation(0.5), Acquisition(), False)[0].verdict is Verdict.LOOK
    assert check_contrast(a_localisation(None), Acquisition(), False)[0].verdict is Verdict.LOOK
