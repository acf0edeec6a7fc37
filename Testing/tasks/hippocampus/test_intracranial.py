"""An intracranial volume that no adult has is not given, nor anything that relates to it."""

import numpy as np
import pytest

from quantseg.measure.values import Verdict
from quantseg.results.numbers import for_reading, value_text
from quantseg.tasks.hippocampus.intracranial import check_intracranial, in_ml, plausible_intracranial_volume
from quantseg.tasks.hippocampus.localise import Localisation
from quantseg.volume import Volume

_NO_LABELS = Volume(np.zeros((2, 2, 2), np.uint8), np.eye(4))


def a_localisation(intracranial_ml: float, whole: bool = True) -> Localisation:
    return Localisation(None, None, 1000 * intracranial_ml, whole, None, _NO_LABELS)


@pytest.mark.parametrize("volume_ml", [409, 574, 880, 2150, 3200], ids=lambda ml: f"{ml} ml")
def test_an_implausible_volume_is_withheld_with_a_reason(volume_ml):
    (check,) = check_intracranial(a_localisation(volume_ml))
    assert check.verdict is Verdict.LOOK
    assert f"{round(volume_ml, -1):,} ml (expected 900 to 2,100 ml)" in check.reason
    assert "per intracranial volume" in check.reason
    assert plausible_intracranial_volume(a_localisation(volume_ml)) is None


@pytest.mark.parametrize("volume_ml", [1000, 1147, 1482, 1837, 1992])
def test_an_adults_volume_is_given(volume_ml):
    (check,) = check_intracranial(a_localisation(volume_ml))
    assert check.verdict is Verdict.GOOD
    assert plausible_intracranial_volume(a_localisation(volume_ml)).value == 1000 * volume_ml


@pytest.mark.parametrize("volume_ml", [1838.6, 1844.9, 1835.1, 2104.0])
def test_the_check_says_the_number_of_the_reports_table(volume_ml):
    """And judges that number: 2,104 ml would be told as 2,100 and called too large."""
    (check,) = check_intracranial(a_localisation(volume_ml))
    table = for_reading(value_text(in_ml(a_localisation(volume_ml).intracranial_measurement())))
    assert check.verdict is Verdict.GOOD
    assert f"estimated as {table} ml (" in check.reason


def test_a_head_that_the_picture_cuts_has_no_volume_to_be_judged():
    assert check_intracranial(a_localisation(574, whole=False)) == ()
    assert plausible_intracranial_volume(a_localisation(1500, whole=False)) is None
