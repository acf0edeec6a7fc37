"""What stands below the picture of an estimated PET, and above it."""

import pytest

from quantseg.measure.values import Measurement
from quantseg.tasks.low_dose_pet.measuring import PEAKS
from quantseg.tasks.low_dose_pet.presenting.brightness import Brightness
from quantseg.tasks.low_dose_pet.presenting.picture import scale_in_words
from quantseg.tasks.low_dose_pet.presenting.sections import headline
from quantseg.tasks.low_dose_pet.regions import WHOLE


@pytest.mark.parametrize(
    ("ends", "unit", "read"),
    [
        pytest.param((10712.0, 441.0, 303.0), "1", ("White is 10,700 in", "440 either", "300 of"), id="counts"),
        pytest.param((2345678.0, 123456.0, 9999.0), "1", ("2,350,000 in", "120,000 either", "10,000 of"), id="many"),
        pytest.param((9.876, 0.123, 0.0456), "g/ml", ("9.88 g/ml in", "0.12 g/ml either", "0.046 g/ml of"), id="SUV"),
    ],
)
def test_the_scale_is_told_without_powers_of_ten(ends, unit, read):
    told = scale_in_words(Brightness(*ends), unit)
    assert "e+" not in told
    for words in read:
        assert words in told


@pytest.mark.parametrize(("count", "said"), [(0, "0 changed peaks"), (1, "1 changed peak"), (2, "2 changed peaks")])
def test_the_headline_counts_peaks_as_people_do(count, said):
    assert headline([Measurement(PEAKS, WHOLE, count, "1", "", decimals=0)]) == said
