"""What is flagged reads beyond its limit, and what reads like its limit is not flagged."""

import pytest

from quantseg.measure.limits import Limits, telling_decimals
from quantseg.measure.values import Verdict


@pytest.mark.parametrize(
    ("value", "limits", "verdict"),
    [
        (0.8211389, Limits((0.8211434222, None)), Verdict.GOOD),
        (0.8210, Limits((0.8211434222, None)), Verdict.LOOK),
        (0.250003, Limits((None, 0.25)), Verdict.GOOD),
        (0.2501, Limits((None, 0.25)), Verdict.LOOK),
        (1e-6, Limits((None, 0.0)), Verdict.LOOK),
        (-1.50001, Limits((-1.5, 1.5)), Verdict.GOOD),
        (-1.501, Limits((None, None), (-1.5, 1.5)), Verdict.FAIL),
    ],
)
def test_only_what_a_reader_can_tell_from_a_limit_lies_beyond_it(value, limits, verdict):
    assert limits.verdict(value) is verdict


def test_a_value_that_reads_like_its_limit_at_any_length_is_not_written_out():
    assert telling_decimals(0.82114339, (0.8211434222,), 2) == 2
    assert telling_decimals(0.8210, (0.8211434222,), 2) == 4
