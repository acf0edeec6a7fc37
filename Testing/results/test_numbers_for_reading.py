"""Digits as a person reads them beside a picture: real minus signs, thousands set off, half of an interval behind ±."""

import pytest

from quantseg.measure.doubt import Effect
from quantseg.measure.values import Interval, Measurement
from quantseg.results.numbers import effect_in_words, with_uncertainty


@pytest.mark.parametrize(
    ("value", "unit", "interval", "read"),
    [
        pytest.param(1515.0, "mm3", (1251.2, 1774.7), "1,515 ± 260", id="thousands, two digits of the half"),
        pytest.param(-21.42, "%", None, "\N{MINUS SIGN}21.4", id="a real minus sign"),
        pytest.param(55.94, "%", (51.0, 60.9), "55.9 ± 4.9", id="no more decimals than the value"),
        pytest.param(58.06, "%", (46.0, 70.0), "58 ± 12", id="no decimals beside two digits of doubt"),
        pytest.param(2.0, "ml", (-1.0, 5.0), "2 ± 3", id="wider than the value"),
        pytest.param(1403.0, "ml", (1000.0, 2600.0), "1,403 (1,000 to 2,600)", id="uneven: both bounds"),
        pytest.param(-0.02, "%", None, "0.0", id="no minus before nought"),
        pytest.param(12.3, "mm", (12.29, 12.31), "12.3", id="narrower than the digits"),
    ],
)
def test_value_and_interval_are_read_at_one_glance(value, unit, interval, read):
    measured = Measurement("key", "region", value, unit, "protocol", None if interval is None else Interval(*interval))
    assert with_uncertainty(measured) == read


@pytest.mark.parametrize(
    ("effect", "read"),
    [
        pytest.param(Effect("ejection_fraction", "left_ventricle", 1.17, "%"), "± 1.2 points of the ejection fraction"),
        pytest.param(
            Effect("ejection_fraction", "left_ventricle", 0.109, "%"), "± 0.11 points of the ejection fraction"
        ),
        pytest.param(Effect("volume", "left_anterior", 41.6, "mm3"), "± 42 mm³"),
        pytest.param(Effect("volume", "lv_cavity", 1234.0, "mm3"), "± 1200 mm³"),
    ],
)
def test_a_doubt_in_per_cent_says_of_what(effect, read):
    """A bare per cent would be read as a share of the value, or of the slice."""
    assert effect_in_words(effect) == read
